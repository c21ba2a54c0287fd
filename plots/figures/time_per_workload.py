"""Time per workload: every model's median time for one unit of work, a row a workload, on a log axis."""

from collections import Counter

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import chart, units
from plots.drawing import Drawing, nothing_to_draw
from plots.figures.dots import Dot, Layout, chart_of, collect, draw_dots
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
    trials_note,
)
from plots.style import look

NAME = "time_per_workload"


def draw(summary: Summary) -> Drawing:
    entries = [cell for cell in summary["cells"] if cell["unit"] == "ns" and is_contest(cell)]
    if not any(cell["n"] for cell in entries):
        return nothing_to_draw(NAME, "No times were measured", "no trial that measures a time ended ok")
    found = index(entries)

    def find(row: Row, cores: int, model: str) -> Dot | None:
        cell = found.get((row, cores, model))
        if cell is None or cell["outcome"] == "unsupported":
            return None
        return Dot(cell["median"], cell["ci95"], failure_of(cell), trials_note(cell))

    layout = Layout(rows_of(entries), cores_of(entries), models_of(entries))
    dots = collect(layout, find)
    label = "time for one operation: left is better"
    figure = draw_dots(layout, dots, label, decorate)
    notes = (
        "Median over the blocks with its 95 % interval. Compare models within a row only. A cross at the "
        "right: not all trials of this cell ended ok.",
        floor_note(summary),
    )
    shown = chart_of(layout, dots, chart.Axis(label, "ns"))
    return Drawing(NAME, title_of(entries), notes, figure, table_of(entries), shown)


def decorate(axes: Axes) -> None:
    axes.xaxis.set_major_locator(LogLocator(base=10, numticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, "ns")))
    axes.xaxis.set_minor_locator(NullLocator())


def title_of(entries: list[Entry]) -> str:
    best: dict[tuple[Row, int], Entry] = {}
    for cell in entries:
        place = (row_of(cell), cell["params"]["cores"])
        if cell["median"] is not None and (place not in best or cell["median"] < best[place]["median"]):
            best[place] = cell
    counts = Counter(cell["model"] for cell in best.values())
    shares = [f"{look(model).label} in {count}" for model, count in counts.most_common()]
    return f"Shortest median time of {len(best)} timed cells: {units.listing(shares)}"


def table_of(entries: list[Entry]) -> Table:
    columns = ("workload", "parameters", "cores", "metric", "model", "median", "95 % interval", "outcome")
    rows = tuple(
        (
            cell["workload"], params_label(row_of(cell).params), cores_label(cell["params"]["cores"]),
            metric_label(cell["metric"]), look(cell["model"]).label, units.quantity(cell["median"], cell["unit"]),
            units.interval(cell["ci95"], cell["unit"]), cell["outcome"],
        )
        for cell in entries
    )  # fmt: skip
    return Table(columns, rows)
