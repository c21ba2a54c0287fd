"""Every sample: each block's value of each model as a tick, divided by the best median of its row, on a log axis. What
a median hides shows here: outliers, and distributions with two humps."""

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import chart, units
from plots.drawing import Drawing, nothing_to_draw
from plots.figures.dots import Dot, Layout, chart_of, collect, draw_dots
from plots.figures.serving import is_variant
from plots.frame import (
    Entry,
    Row,
    Summary,
    Table,
    cores_label,
    cores_of,
    failure_of,
    index,
    is_contest,
    metric_label,
    models_of,
    params_label,
    row_of,
    rows_of,
)
from plots.style import INK, look

NAME = "samples"
LABEL = "times the best median of the row"


def draw(summary: Summary) -> Drawing:
    entries = [cell for cell in summary["cells"] if is_contest(cell) and not is_variant(cell)]
    best = best_medians(entries)
    shown = [cell for cell in entries if place_of(cell) in best and cell["outcome"] != "unsupported"]
    if not any(samples_of(cell) for cell in shown):
        return nothing_to_draw(NAME, "There are no samples", "no trial ended ok with a value above zero")
    found = index(shown)

    def find(row: Row, cores: int, model: str) -> Dot | None:
        cell = found.get((row, cores, model))
        if cell is None:
            return None
        scale = best[row, cores]
        samples = tuple((value / scale, f"trial {order}") for order, value in samples_of(cell))
        median = cell["median"] / scale if samples and cell["median"] > 0 else None
        return Dot(median, None, failure_of(cell), "median", samples=samples)

    layout = Layout(rows_of(shown), cores_of(shown), models_of(shown))
    dots = collect(layout, find)
    figure = draw_dots(layout, dots, LABEL, decorate)
    notes = [
        "A tick a sample: one trial of one block, a process of its own. The pale marker is the model's median over the "
        "blocks. All are divided by the best median of their row, so ticks compare within a row. A cross at the right: "
        "not all trials of this cell ended ok."
    ]
    if any(is_variant(cell) for cell in summary["cells"]):
        notes.append("Those of servers' variants are in summary.json.")
    if left_out := sum(value is not None and value <= 0 for cell in shown for value in cell["values"]):
        notes.append(f"Samples of zero or below, which have no place on a log axis: {left_out}.")
    return Drawing(NAME, title_of(shown), tuple(notes), figure, table_of(shown, best),
                   chart_of(layout, dots, chart.Axis(LABEL), ((1.0, "the best median"),)))  # fmt: skip


def place_of(cell: Entry) -> tuple[Row, int]:
    return row_of(cell), cell["params"]["cores"]


def best_medians(entries: list[Entry]) -> dict[tuple[Row, int], float]:
    """Of each row and number of cores, where it is above zero."""
    medians: dict[tuple[Row, int], list[float]] = {}
    for cell in entries:
        if cell["median"] is not None and cell["median"] > 0:
            medians.setdefault(place_of(cell), []).append(cell["median"])
    higher = {place_of(cell) for cell in entries if cell["better"] == "higher"}
    return {place: max(values) if place in higher else min(values) for place, values in medians.items()}


def samples_of(cell: Entry) -> list[tuple[int, float]]:
    """(order, value) of each, those above zero."""
    present = zip(cell["trials"], cell["values"], strict=True)
    return [(order, value) for order, value in present if value is not None and value > 0]


def spread_of(cell: Entry) -> float | None:
    """The largest sample over the smallest."""
    values = [value for _, value in samples_of(cell)]
    return max(values) / min(values) if len(values) > 1 else None


def decorate(axes: Axes) -> None:
    axes.axvline(1.0, color=INK, linewidth=1.0, zorder=1)
    axes.xaxis.set_major_locator(LogLocator(base=10, numticks=6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.xaxis.set_minor_locator(NullLocator())


def title_of(cells: list[Entry]) -> str:
    """How far samples of one cell lie apart: usually, and at worst."""
    count = sum(len(samples_of(cell)) for cell in cells)
    spreads = sorted(((spread, cell) for cell in cells if (spread := spread_of(cell))), key=lambda found: found[0])
    if not spreads:
        return f"{count:,} samples, none of them with a second one to compare"
    (middle, _), (widest, cell) = spreads[len(spreads) // 2], spreads[-1]
    where = f"{look(cell['model']).label}, {cell['workload']}, {metric_label(cell['metric'])}"
    return (
        f"{count:,} samples: in half of the {len(spreads)} cells the largest is at most {units.factor(middle)} the "
        f"smallest; at worst {units.factor(widest)} ({where}, {cores_label(cell['params']['cores'])})"
    )


def table_of(cells: list[Entry], best: dict[tuple[Row, int], float]) -> Table:
    columns = ("workload", "parameters", "cores", "metric", "model", "n", "the row's best median", "largest / smallest",
               "samples, times the best median")  # fmt: skip
    rows = tuple(
        (
            cell["workload"], params_label(row_of(cell).params), cores_label(cell["params"]["cores"]),
            metric_label(cell["metric"]), look(cell["model"]).label, str(cell["n"]),
            units.quantity(best[place_of(cell)], cell["unit"]), units.factor(spread_of(cell)),
            ", ".join(units.number(value / best[place_of(cell)]) for _, value in samples_of(cell)) or "–",
        )
        for cell in cells
    )  # fmt: skip
    return Table(columns, rows)
