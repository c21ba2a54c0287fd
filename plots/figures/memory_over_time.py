"""What tasks hold from moment to moment: parked, deep in their stacks, back, left alone, asked to give back, ended."""

from plots import units
from plots.chart import Axis, Chart
from plots.drawing import Drawing, nothing_to_draw
from plots.figures.lines import Panel, draw_lines, failure_notes, marks_of, panels_of
from plots.frame import Entry, Summary, Table, cores_label, params_label
from plots.style import in_order, look

NAME = "memory_over_time"
MOMENTS = ("parked", "deep", "returned", "idle", "asked", "ended")
STEPS = {f"{moment}_bytes_per_task": moment for moment in MOMENTS}
SMALLEST_SHARE = 0.01  # what differs by less is not told, as with verdicts


def draw(summary: Summary) -> Drawing:
    entries = [cell for cell in summary["cells"] if cell["workload"] == NAME and cell["metric"] in STEPS]
    if not any(cell["n"] for cell in entries):
        title = "Memory over time was not measured"
        return nothing_to_draw(NAME, title, "no trial of memory_over_time ended ok")
    by_title: dict[str, list[Entry]] = {}
    for cell in sorted(entries, key=lambda cell: cell["params"].get("depth_bytes", 0)):
        by_title.setdefault(title_of_panel(cell["params"]), []).append(cell)
    shown = panels_of(by_title, STEPS)
    label = "bytes a task: lower is better"
    figure = draw_lines(shown, list(MOMENTS), "B", label, None)
    chart = Chart(
        "line", Axis("moment", scale="ordinal", order=MOMENTS), Axis(label, "B"), tuple(marks_of(shown, list(MOMENTS)))
    )
    notes = (
        "Medians with 95 % intervals of all memory that the process holds beyond its start, resident and in the "
        "kernel, for each task. idle: after a while in which nothing happened. asked: after a call for what is not "
        "needed to be given back (Go: debug.FreeOSMemory; the others: malloc_trim). ended: all tasks are over, the "
        "process is not.",
        *failure_notes(shown),
    )
    return Drawing(NAME, title_of(shown), notes, figure, table_of(entries), chart)


def title_of_panel(params: dict[str, int]) -> str:
    depth = params.get("depth_bytes", 0) / 1024
    deep = f"{depth:g} KiB" if depth < 1024 else f"{depth / 1024:g} MiB"
    return f"{deep} deep, {params.get('n', 0):,} tasks, {cores_label(params['cores'])}"


def title_of(shown: list[Panel]) -> str:
    """Of the panel in which most models have values (of several, where fewest failed): growth, what is given back."""
    panel = max(shown, key=lambda panel: (len(whole(panel)), -len(panel.failures())))
    models = whole(panel)
    if not models:
        return "No model has a value for each moment"

    def times(moment: str, of: str) -> list[tuple[float, str]]:
        found = [(panel.cells[m, moment]["median"] / panel.cells[m, of]["median"], look(m).label) for m in models]
        return sorted(found, reverse=True)

    growth = units.listing([f"{units.factor(value)} in {label}" for value, label in times("deep", "parked")])
    parts = [f"{panel.title}: memory grows {growth}"]
    for moment, words in (("idle", "by itself"), ("asked", "when asked")):
        given = [(share, look(m).label) for m in models if (share := given_back(panel, m, moment)) is not None]
        told = units.listing([f"{share:.0%} in {label}" for share, label in sorted(given, reverse=True)])
        parts.append(f"given back {words}: {told or 'nothing that could be told'}")
    kept = units.listing([f"{max(0.0, value):.0%} in {label}" for value, label in times("ended", "deep")])
    return "; ".join([*parts, f"left after the end: {kept}"])


def whole(panel: Panel) -> list[str]:
    """The models that have a value for each moment, and one above zero where shares are taken of it."""

    def sound(model: str) -> bool:
        line = panel.line(model, list(MOMENTS))
        return len(line) == len(MOMENTS) and all(cell["median"] > 0 for _, cell in line[:2])

    return [model for model in in_order(model for model, _ in panel.cells) if sound(model)]


def given_back(panel: Panel, model: str, moment: str) -> float | None:
    """The share of the deep stacks' memory that is gone; None where the intervals do not tell it."""
    deep, later = panel.cells[model, "deep"], panel.cells[model, moment]
    if deep["ci95"] is None or later["ci95"] is None or later["ci95"][1] >= deep["ci95"][0]:
        return None
    share = 1 - later["median"] / deep["median"]
    return share if share >= SMALLEST_SHARE else None


def table_of(entries: list[Entry]) -> Table:
    columns = ("parameters", "cores", "model", "moment", "bytes a task", "95 % interval", "outcome", "reason")
    rows = tuple(
        (
            params_label(cell["params"]), cores_label(cell["params"]["cores"]), look(cell["model"]).label,
            STEPS[cell["metric"]], units.quantity(cell["median"], "B"), units.interval(cell["ci95"], "B"),
            cell["outcome"], cell["reason"] or "–",
        )
        for cell in entries
    )  # fmt: skip
    return Table(columns, rows)
