"""How times scale with the cores: what each model gains on the most cores over the fewest, a row a workload."""

from functools import partial

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from plots import units
from plots.chart import Axis
from plots.drawing import Drawing, nothing_to_draw
from plots.figures.dots import Dot, Layout, chart_of, collect, draw_dots
from plots.frame import (
    Entry,
    Row,
    Summary,
    Table,
    cores_label,
    cores_of,
    floor_note,
    index,
    is_contest,
    metric_label,
    models_of,
    params_label,
    row_of,
    rows_of,
)
from plots.style import INK, look

NAME = "cores"
LABEL = "times as fast on more cores: right is better"
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def draw(summary: Summary) -> Drawing:
    entries = [entry for entry in summary["across_cores"] if is_contest(entry)]
    entries = [entry for entry in entries if entry["params"]["cores"] == cores_of(entries)[-1]]
    if not any(entry["ratio"] is not None for entry in entries):
        return nothing_to_draw(NAME, "Times against cores cannot be told", why_none(summary))
    rows, models, found = rows_of(entries), models_of(entries), index(entries)
    most, fewest = entries[0]["params"]["cores"], min(entry["baseline_cores"] for entry in entries)
    failed = failures(summary, found, most)

    def find(row: Row, cores: int, model: str) -> Dot | None:
        entry = found.get((row, cores, model))
        failure = failed.get((row, cores, model))
        if entry is None or (entry["ratio"] is None and failure is None):
            return None
        return Dot(entry["ratio"], entry["ci95"], failure, entry["verdict"].replace("_", " "))

    ideal = most / fewest
    layout = Layout(rows, [most], models)
    dots = collect(layout, find)
    figure = draw_dots(layout, dots, LABEL, partial(decorate, ideal=ideal), worse="left")
    references = ((1.0, "no gain"), (ideal, f"{units.number(ideal)} times"))
    chart = chart_of(layout, dots, Axis(LABEL), references, "left")
    notes = (
        f"Median of the per-block ratios of {cores_label(fewest)} to {cores_label(most)}, each model with itself, with "
        f"its 95 % interval. The line at 1 is no gain, that at {units.factor(ideal)} as much as there are more cores. "
        "What computes reaches it at best; what waits for its turn on one core may pass it; a hand-off between two "
        "tasks gains nothing.",
        "The two trials of a pair stand somewhere in the same block, so drift within it widens the intervals.",
        floor_note(summary),
    )
    return Drawing(NAME, title_of(entries, most, fewest), notes, figure, table_of(entries), chart)


def why_none(summary: Summary) -> str:
    counts = cores_of(summary["cells"])
    if len(counts) == 1:
        return f"everything ran on {cores_label(counts[0])}"
    return "no time of a model was measured on two numbers of cores"


def failures(summary: Summary, found: dict[tuple[Row, int, str], Entry], most: int) -> dict[tuple[Row, int, str], str]:
    """Where a model failed on the most cores, with the reason; what it cannot express is no failure."""
    cells = index(summary["cells"])
    broken = {place: cells[place] for place in found if place in cells and place[1] == most}
    return {
        place: f"{cell['outcome']}: {cell['reason']}"
        for place, cell in broken.items()
        if cell["outcome"] not in ("ok", "unsupported")
    }


def decorate(axes: Axes, ideal: float) -> None:
    axes.axvline(1.0, color=INK, linewidth=1.0)
    axes.axvline(ideal, color=INK, linewidth=1.0, linestyle="--")
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.45), max(high, ideal * 1.15))
    axes.xaxis.set_major_locator(FixedLocator(TICKS))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.xaxis.set_minor_locator(NullLocator())


def title_of(entries: list[Entry], most: int, fewest: int) -> str:
    """Counts the verdicts of each model: how often more cores help, and how often they harm."""
    counts = []
    for model in models_of(entries):
        mine = [entry["verdict"] for entry in entries if entry["model"] == model and entry["ratio"] is not None]
        if mine:
            counts.append(f"{look(model).label} {mine.count('better')} / {mine.count('worse')} of {len(mine)}")
    return f"On {cores_label(most)} instead of {fewest}, clearly faster / slower: {units.listing(counts)}"


def table_of(entries: list[Entry]) -> Table:
    columns = ("workload", "parameters", "metric", "model", "cores", "times as fast", "95 % interval",
               "could have seen", "verdict", "because")  # fmt: skip
    rows = tuple(
        (
            entry["workload"], params_label(row_of(entry).params), metric_label(entry["metric"]),
            look(entry["model"]).label, f"{entry['baseline_cores']} → {entry['params']['cores']}",
            units.factor(entry["ratio"]), units.factors(entry["ci95"]), units.factor(entry["mde"]),
            entry["verdict"].replace("_", " "), entry["reason"],
        )
        for entry in entries
    )  # fmt: skip
    return Table(columns, rows)
