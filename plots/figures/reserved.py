"""Reserved against resident: the address space a parked task sets aside, and the memory it holds, on a log axis."""

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import chart, units
from plots.chart import Chart, Mark
from plots.drawing import Drawing, face, label_width, legend, new_figure, nothing_to_draw, panels
from plots.figures.memory import NO_SLOPE_NOTE, Task, draw_references, frame_tasks, task_axis, tasks_of
from plots.frame import Summary, Table, cores_label, metric_label
from plots.style import MUTED, REFERENCES, look

NAME = "reserved_resident"
RESIDENT = "bytes_per_task.resident"
RESERVED = "bytes_per_task.reserved"


def draw(summary: Summary) -> Drawing:
    tasks = [task for task in tasks_of(summary, "parked") if RESIDENT in task.bytes and RESERVED in task.bytes]
    if not any(min(task.bytes[RESIDENT].value, task.bytes[RESERVED].value) > 0 for task in tasks):
        title = "Reserved and resident memory were not measured"
        return nothing_to_draw(NAME, title, "no model has both for a parked task")
    with new_figure(1.3 + 0.27 * len(tasks)) as figure:
        left = label_width([task.label for task in tasks])
        axes = panels(figure, 1, 1, left=left, legend_lines=1, right=1.9)[0][0]
        draw_rows(axes, tasks)
        handles = [
            Line2D([], [], color=MUTED, marker="o", markersize=7, linestyle="none", label="resident"),
            Line2D(
                [], [], color=MUTED, marker="|", markersize=12, markeredgewidth=3, linestyle="none", label="reserved"
            ),
        ]
        legend(figure, handles)
    notes = [
        "Both are slopes over n, but where a star says otherwise. Reserved space costs no memory until it is touched."
    ]
    if not all(task.bytes[metric].is_slope for task in tasks for metric in (RESIDENT, RESERVED)):
        notes.append(NO_SLOPE_NOTE)
    return Drawing(NAME, title_of(tasks), tuple(notes), figure, table_of(tasks), chart_of(tasks))


def draw_rows(axes: Axes, tasks: list[Task]) -> None:
    axes.set_xscale("log")
    frame_tasks(axes, tasks)
    ends = []
    for place, task in enumerate(tasks):
        resident, reserved = task.bytes[RESIDENT].value, task.bytes[RESERVED].value
        colour = look(task.model).colour
        if min(resident, reserved) > 0:
            axes.plot([resident, reserved], [place, place], color=colour, linewidth=2, alpha=0.6)
        for value, marker in ((resident, {"marker": "o", "markersize": 7}),
                              (reserved, {"marker": "|", "markersize": 12, "markeredgewidth": 3})):  # fmt: skip
            if value > 0:
                axes.plot(value, place, color=colour, linestyle="none", **marker, **face(task.model))
                ends.append(value)
        text = f"{units.quantity(resident, 'B')} of {units.quantity(reserved, 'B')}"
        axes.text(1.015, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    axes.set_xlim(min(1000.0, min(ends) / 2), max(*ends, 1_048_576) * 2)
    axes.xaxis.set_major_locator(LogLocator(base=10, numticks=9))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, "B")))
    axes.set_xlabel("bytes a parked task")
    draw_references(axes)


def chart_of(tasks: list[Task]) -> Chart:
    marks = [
        Mark(task.bytes[metric].value, task.label, task.model, note=metric_label(metric))
        for task in tasks
        for metric in (RESIDENT, RESERVED)
        if task.bytes[metric].value > 0
    ]
    x = chart.Axis("bytes a parked task", "B")
    return Chart("point", x, task_axis(tasks), tuple(marks), value="x", references=REFERENCES)


def title_of(tasks: list[Task]) -> str:
    first: dict[str, float] = {}
    for task in tasks:
        resident, reserved = task.bytes[RESIDENT].value, task.bytes[RESERVED].value
        if min(resident, reserved) > 0:
            first.setdefault(task.model, reserved / resident)
    (most, high), (least, low) = max(first.items(), key=lambda i: i[1]), min(first.items(), key=lambda i: i[1])
    title = f"{look(most).label}: {units.factor(high)} as much address space reserved as resident"
    return title if most == least else f"{title}; {look(least).label}: {units.factor(low)}"


def table_of(tasks: list[Task]) -> Table:
    columns = ("model", "cores", "resident", "95 % interval", "reserved", "95 % interval", "reserved / resident")
    rows = []
    for task in tasks:
        resident, reserved = task.bytes[RESIDENT], task.bytes[RESERVED]
        share = reserved.value / resident.value if resident.value > 0 else None
        rows.append((
            look(task.model).label, cores_label(task.cores), units.quantity(resident.value, "B"),
            units.interval(resident.interval, "B"), units.quantity(reserved.value, "B"),
            units.interval(reserved.interval, "B"), units.factor(share),
        ))  # fmt: skip
    return Table(columns, tuple(rows))
