"""Ratio overview: how many times better each model is than one baseline, a row a workload, on a log axis."""

from functools import partial

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import chart, units
from plots.drawing import Drawing, nothing_to_draw
from plots.figures.dots import Dot, Layout, chart_of, collect, draw_dots
from plots.figures.serving import is_detail
from plots.frame import (
    Entry,
    Row,
    Summary,
    Table,
    cores_label,
    cores_of,
    failure_of,
    floor_note,
    index,
    is_contest,
    metric_label,
    models_of,
    params_label,
    row_of,
    rows_of,
)
from plots.style import GRID, INK, look


def draw(summary: Summary, baseline: str) -> Drawing:
    name, against = f"ratio_{baseline}", look(baseline).label
    entries = [entry for entry in summary["ratios"] if entry["baseline"] == baseline and is_contest(entry)]
    entries = [entry for entry in entries if not is_detail(entry)]
    if not any(entry["ratio"] is not None for entry in entries):
        title = f"Nothing can be compared with {against}"
        return nothing_to_draw(name, title, f"no block in which {against} and another model both ended ok")
    layout = Layout(rows_of(entries), cores_of(entries), models_of(entries))
    found = index(entries)
    cells = index(summary["cells"])

    def find(row: Row, count: int, model: str) -> Dot | None:
        entry = found.get((row, count, model))
        mine, theirs = cells.get((row, count, model)), cells.get((row, count, baseline))
        if entry is None or (mine is not None and mine["outcome"] == "unsupported"):
            return None
        failure = failure_of(mine) if mine is not None and theirs is not None and theirs["outcome"] == "ok" else None
        return Dot(entry["ratio"], entry["ci95"], failure, f"{entry['verdict'].replace('_', ' ')}: {entry['reason']}")

    def remark(row: Row, count: int) -> str | None:
        cell = cells.get((row, count, baseline))
        if cell is None:
            return f"{against}: not run"
        if cell["n"]:
            return None
        if cell["outcome"] in ("ok", "unsupported"):
            return f"{against}: {'no value' if cell['outcome'] == 'ok' else 'cannot be expressed'}"
        return f"{against} failed here: {cell['outcome']}"

    dots, floor = collect(layout, find), summary["aa"]["noise_floor"]
    places = [(row, count) for row in layout.rows for count in layout.cores]
    remarks = {place: text for place in places if (text := remark(*place))}
    label = f"times better than {against}"
    figure = draw_dots(layout, dots, label, partial(decorate, floor=floor), remarks=remarks, worse="left")
    notes = (
        "Median of the paired per-block ratios with its 95 % interval; above 1 the model is better, "
        "whatever the metric. On both sides of 1 is the noise floor. A cross at the left: not all trials ended ok.",
        floor_note(summary),
    )
    failed = {
        (row, count, baseline): Dot(None, None, failure_of(cell))
        for row, count in places
        if (cell := cells.get((row, count, baseline))) is not None and not cell["n"]
    }
    shown = chart_of(layout, dots | failed, chart.Axis(label), references(against, floor), "left")
    return Drawing(name, title_of(entries, baseline), notes, figure, table_of(entries), shown)


def references(against: str, floor: float | None) -> tuple[tuple[float, str], ...]:
    band = () if floor is None or floor <= 1 else ((1 / floor, "noise floor"), (floor, "noise floor"))
    return ((1.0, f"as good as {against}"), *band)


def decorate(axes: Axes, floor: float | None) -> None:
    axes.axvline(1.0, color=INK, linewidth=1.0)
    if floor is not None and floor > 1:
        axes.axvspan(1 / floor, floor, color=GRID, alpha=0.9, linewidth=0)
    axes.xaxis.set_major_locator(LogLocator(base=10, numticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.xaxis.set_minor_locator(NullLocator())


def title_of(entries: list[Entry], baseline: str) -> str:
    """Counts the verdicts; a model that is nowhere better is named with 0."""
    against = look(baseline).label
    counts = []
    for model in models_of(entries):
        mine = [entry for entry in entries if entry["model"] == model and entry["ratio"] is not None]
        if mine:
            better = sum(entry["verdict"] == "better" for entry in mine)
            counts.append((better, f"{look(model).label} in {better} of {len(mine)}"))
    counts.sort(key=lambda count: -count[0])
    return f"Clearly better than {against}: {units.listing([text for _, text in counts])}"


def table_of(entries: list[Entry]) -> Table:
    columns = ("workload", "parameters", "cores", "metric", "model", "times better", "95 % interval", "adjusted p",
               "could have seen", "verdict", "because")  # fmt: skip
    rows = tuple(
        (
            entry["workload"], params_label(row_of(entry).params), cores_label(entry["params"]["cores"]),
            metric_label(entry["metric"]), look(entry["model"]).label, units.factor(entry["ratio"]),
            units.factors(entry["ci95"]), "–" if entry["p_adjusted"] is None else f"{entry['p_adjusted']:.3f}",
            units.factor(entry["mde"]), entry["verdict"].replace("_", " "), entry["reason"],
        )
        for entry in entries
    )  # fmt: skip
    return Table(columns, rows)
