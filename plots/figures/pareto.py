"""Speed against memory: the bytes of a parked task and the time of an operation, log-log, a marker a model, with the
Pareto front: those than whom nobody is both smaller and faster.

Smaller and faster are meant as a verdict means them: the intervals lie apart, and the medians beyond the noise floor.
So a model within the noise of another stays on the front.
"""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import chart, units
from plots.chart import Chart, Mark
from plots.drawing import (
    Drawing,
    decades,
    face,
    legend,
    legend_lines,
    model_handle,
    new_figure,
    nothing_to_draw,
    panels,
)
from plots.figures.memory import NO_SLOPE_NOTE, TOTAL, tasks_of
from plots.frame import Row, Summary, Table, cores_label, is_contest, params_label, row_of
from plots.style import MUTED, in_order, look

NAME = "pareto"
# What a task costs besides memory: to start and to end it, and to hand something over.
OPERATIONS = ("spawn_join", "ping_pong")
X_LABEL, Y_LABEL = "bytes a parked task: left is better", "time: lower is better"
FRONT = {"color": MUTED, "linewidth": 1.2, "linestyle": "--"}


class Measured(NamedTuple):
    value: float
    interval: list[float] | None

    def is_below(self, other: "Measured", floor: float) -> bool:
        apart = (self.interval or [self.value])[-1] < (other.interval or [other.value])[0]
        return apart and self.value * floor < other.value


class Point(NamedTuple):
    model: str
    size: Measured
    time: Measured
    is_slope: bool

    def dominates(self, other: "Point", floors: "Floors") -> bool:
        return self.size.is_below(other.size, floors.size) and self.time.is_below(other.time, floors.time)


class Floors(NamedTuple):
    """The factors that two models must differ by."""

    size: float
    time: float


class Panel(NamedTuple):
    row: Row
    cores: int
    points: list[Point]
    floors: Floors

    def above(self, point: Point) -> list[str]:
        """Who is both smaller and faster."""
        return [other.model for other in self.points if other.dominates(point, self.floors)]

    @property
    def front(self) -> list[Point]:
        return [point for point in self.points if not self.above(point)]


def draw(summary: Summary) -> Drawing:
    shown = panels_of(summary)
    if not shown:
        title = "Speed cannot be held against memory"
        return nothing_to_draw(NAME, title, f"no two models have both a parked task's bytes and a time of "
                                            f"{units.listing(list(OPERATIONS))}")  # fmt: skip
    rows, cores = list(dict.fromkeys(p.row for p in shown)), sorted({p.cores for p in shown})
    models = in_order(point.model for panel in shown for point in panel.points)
    handles = [*map(model_handle, models), Line2D([], [], label="Pareto front", **FRONT)]
    with new_figure(0.7 + 2.9 * len(rows)) as figure:
        grid = panels(figure, len(rows), len(cores), left=0.95, legend_lines=legend_lines(len(handles)), right=0.25,
                      between=(0.25, 0.75), sharex=True, sharey="row")  # fmt: skip
        for draw_part in (draw_panel, draw_front):
            for panel in shown:
                draw_part(grid[rows.index(panel.row)][cores.index(panel.cores)], panel)
        for line in grid:
            line[0].set_ylabel(Y_LABEL)
        legend(figure, handles)
    floors = shown[0].floors
    notes = [
        "Medians with 95 % intervals on both axes; bytes are a slope over n. Of each operation the first parameters "
        "with which the most models ended ok.",
        "Smaller, or faster: the intervals lie apart, and the medians are further apart than the noise floor of "
        f"{units.factor(floors.size)} for bytes and {units.factor(floors.time)} for times. On the "
        "front is every model that no other is both smaller and faster than; the drawing has a line along its medians.",
    ]
    if not all(point.is_slope for panel in shown for point in panel.points):
        notes.append(NO_SLOPE_NOTE)
    return Drawing(NAME, title_of(shown), tuple(notes), figure, table_of(shown), chart_of(shown))


def panels_of(summary: Summary) -> list[Panel]:
    """Those with two models or more."""
    sizes = {(task.model, task.cores): task.bytes[TOTAL] for task in tasks_of(summary, "parked")}
    cells = [c for c in summary["cells"] if c["workload"] in OPERATIONS and c["unit"] == "ns" and is_contest(c)]
    found: dict[Row, dict[int, list[Point]]] = {}
    for cell in cells:
        size = sizes.get((cell["model"], cell["params"]["cores"]))
        if size is not None and size.value > 0 and cell["outcome"] == "ok" and cell["median"] is not None:
            point = Point(cell["model"], Measured(size.value, size.interval), Measured(cell["median"], cell["ci95"]),
                          size.is_slope)  # fmt: skip
            found.setdefault(row_of(cell), {}).setdefault(cell["params"]["cores"], []).append(point)
    floors = floors_of(summary)
    shown = []
    for workload in OPERATIONS:
        rows = [row for row in found if row.workload == workload]
        if rows:
            row = max(rows, key=lambda row: sum(map(len, found[row].values())))  # of equals the first
            by_cores = sorted(found[row].items())
            shown += [Panel(row, cores, points, floors) for cores, points in by_cores if len(points) > 1]
    return shown


def floors_of(summary: Summary) -> Floors:
    assumed = summary["method"]["assumed_floor"]
    size, time = (summary["aa"]["floors"].get(group, {}).get("factor", assumed) for group in (TOTAL, "ns"))
    return Floors(size, time)


def draw_panel(axes: Axes, panel: Panel) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(f"{name_of(panel.row)}, {cores_label(panel.cores)}", loc="left")
    for point in panel.points:
        (x, across), (y, along), colour = point.size, point.time, look(point.model).colour
        if across is not None and across[0] > 0:
            axes.hlines(y, *across, colors=colour, linewidths=1.6)
        if along is not None and along[0] > 0:
            axes.vlines(x, *along, colors=colour, linewidths=1.6)
        axes.plot(x, y, marker=look(point.model).marker, color=colour, markersize=6, linestyle="none",
                  **face(point.model))  # fmt: skip
    axes.margins(0.12)
    axes.set_xlabel(X_LABEL)
    axes.tick_params(labelbottom=True)
    axes.grid(axis="both")
    axes.set_axisbelow(True)


def draw_front(axes: Axes, panel: Panel) -> None:
    """Once all points are there, because panels share their axes, and the front runs to their ends."""
    x, y = stairs(panel.front)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    axes.plot([x[0], *x, right], [top, *y, y[-1]], drawstyle="steps-post", zorder=1, **FRONT)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    for axis, limits, unit in ((axes.xaxis, (left, right), "B"), (axes.yaxis, (bottom, top), "ns")):
        axis.set_major_locator(LogLocator(base=10, subs=decades(*limits), numticks=9))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _, unit=unit: units.tick(value, unit)))


def stairs(front: list[Point]) -> tuple[list[float], list[float]]:
    """The corners of the best medians, from the smallest to the fastest."""
    x: list[float] = []
    y: list[float] = []
    for point in sorted(front, key=lambda point: (point.size.value, point.time.value)):
        if not y or point.time.value < y[-1]:
            x.append(point.size.value)
            y.append(point.time.value)
    return x, y


def name_of(row: Row) -> str:
    return f"{row.workload} ({params_label(row.params)})" if row.params else row.workload


def title_of(shown: list[Panel]) -> str:
    """Who is on the front, and where: panels with one front are told together."""
    fronts: dict[tuple[str, ...], dict[str, list[int]]] = {}
    for panel in shown:
        labels = tuple(look(model).label for model in in_order(point.model for point in panel.front))
        fronts.setdefault(labels, {}).setdefault(panel.row.workload, []).append(panel.cores)
    told = []
    for labels, places in fronts.items():
        by_cores: dict[str, list[str]] = {}
        for workload, cores in places.items():
            by_cores.setdefault(units.listing([str(count) for count in cores]), []).append(workload)
        where = [f"in {units.listing(names)} on {counted(cores)}" for cores, names in by_cores.items()]
        told.append(f"than {units.listing(list(labels))} {units.listing(where)}")
    return f"Nobody is clearly both smaller and faster {'; '.join(told)}"


def counted(cores: str) -> str:
    return "1 core" if cores == "1" else f"{cores} cores"


def table_of(shown: list[Panel]) -> Table:
    columns = ("operation", "parameters", "cores", "model", "bytes a parked task", "95 % interval", "time",
               "95 % interval", "clearly both smaller and faster")  # fmt: skip
    rows = tuple(
        (
            panel.row.workload, params_label(panel.row.params), cores_label(panel.cores), look(point.model).label,
            units.quantity(point.size.value, "B") + ("" if point.is_slope else " *"),
            units.interval(point.size.interval, "B"), units.quantity(point.time.value, "ns"),
            units.interval(point.time.interval, "ns"), standing(panel, point),
        )
        for panel in shown
        for point in panel.points
    )  # fmt: skip
    return Table(columns, rows)


def standing(panel: Panel, point: Point) -> str:
    above = panel.above(point)
    return units.listing([look(model).label for model in in_order(above)]) if above else "nobody: on the front"


def chart_of(shown: list[Panel]) -> Chart:
    """Intervals lie along the time; those of the bytes are said of each mark."""
    marks = tuple(
        Mark(
            point.size.value, point.time.value, point.model, row=name_of(panel.row), column=cores_label(panel.cores),
            note=f"bytes {units.interval(point.size.interval, 'B')}; clearly both smaller and faster: "
                 f"{standing(panel, point)}",
            **chart.ends(point.time.interval),
        )
        for panel in shown
        for point in panel.points
    )  # fmt: skip
    return Chart("point", chart.Axis(X_LABEL, "B"), chart.Axis(Y_LABEL, "ns"), marks)
