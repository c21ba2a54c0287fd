"""Bytes per task, taken apart: stacked on a linear axis, and the whole on a log axis that reaches 1 MB. Drawn of parked
tasks, and of those that have been started and have not run yet."""

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from plots import chart, units
from plots.chart import Chart, Mark
from plots.drawing import Drawing, face, label_width, legend, new_figure, nothing_to_draw, panels
from plots.figures.memory import NO_SLOPE_NOTE, TOTAL, Task, draw_references, frame_tasks, task_axis, tasks_of
from plots.frame import Summary, Table, cores_label
from plots.style import PAPER, PARTS, REFERENCES, Part, look

RESIDENT, STACK = "bytes_per_task.resident", "bytes_per_task.stack"
WHOLE, NOT_ACCOUNTED = "bytes_per_task.whole", "bytes_per_task.not_accounted"
GAP_ALLOWED = 0.05
A_TASK = {"parked": "a parked task", "spawned": "a task that has not run yet"}


def draw(summary: Summary, workload: str = "parked") -> Drawing:
    name, a_task = f"{workload}_memory", A_TASK[workload]
    tasks = tasks_of(summary, workload)
    if not tasks:
        return nothing_to_draw(name, f"The memory of {a_task} was not measured", f"no trial of {workload} ended ok")
    with new_figure(1.3 + 0.27 * len(tasks)) as figure:
        left = label_width([task.label for task in tasks])
        stacked, whole = panels(
            figure, 1, 2, left=left, legend_lines=1, widths=(2.2, 1), between=(0.35, 0), sharey=True
        )[0]
        frame_tasks(stacked, tasks)
        frame_tasks(whole, tasks)
        draw_stacks(stacked, tasks, f"bytes {a_task}: left is better")
        draw_totals(whole, tasks)
        shown = [part for part in PARTS if any(part in parts_of(task) for task in tasks)]
        handles = [Patch(facecolor=p.colour, hatch=p.hatch, edgecolor=PAPER, label=p.label) for p in shown]
        legend(figure, handles)
    notes = [
        "All in = stack + control block + heap (together: resident) + page tables + kernel stack + kernel slab, as "
        "slope over n with its 95 % interval; the slope leaves out what the process costs once. Parts below zero "
        "(noise of the kernel's counters) are drawn as nothing. Reserved address space is not in it.",
        *accounted(tasks, summary),
        *sources(summary),
        *missing(summary, workload),
    ]
    if not all(value.is_slope for task in tasks for value in task.bytes.values()):
        notes.append(NO_SLOPE_NOTE)
    shown = chart_of(tasks, f"bytes {a_task}: left is better")
    return Drawing(name, title_of(tasks, a_task), tuple(notes), figure, table_of(tasks), shown)


def parts_of(task: Task) -> list[Part]:
    """Those that were measured; `resident` only where it could not be taken apart."""
    there = [part for part in PARTS if part.metric in task.bytes]
    apart = any(part.metric == STACK for part in there)
    return [part for part in there if not (apart and part.metric == RESIDENT)]


def gap_of(task: Task) -> float | None:
    """What the process's own cgroup was charged with beyond the sum of the parts, as a share of it."""
    whole, gap = task.bytes.get(WHOLE), task.bytes.get(NOT_ACCOUNTED)
    return None if whole is None or gap is None or whole.value <= 0 else gap.value / whole.value


def accounted(tasks: list[Task], summary: Summary) -> list[str]:
    """Whether the parts add up to the whole within the 5 % that are allowed, and where they do not."""
    gaps = [(task, gap) for task in tasks if (gap := gap_of(task)) is not None]
    if not gaps:
        read = "whole" in summary["memory_sources"]
        why = "that is read of parked tasks" if read else "the machine offers no cgroup of its own to a process"
        return [f"Not held against the whole: {why}."]
    most, gap = max(gaps, key=lambda found: abs(found[1]))
    beyond = [f"{task.label} ({share:+.1%})" for task, share in gaps if abs(share) > GAP_ALLOWED]
    held = (
        "The parts are held against what the process's own cgroup is charged with, which another part of the kernel "
        f"counts. The widest gap is {gap:+.1%}, of {most.label}"
    )
    if not beyond:
        return [f"{held}: within the {GAP_ALLOWED:.0%} that are allowed."]
    return [f"{held}. Not accounted for, beyond the {GAP_ALLOWED:.0%} that are allowed: {units.listing(beyond)}."]


def sources(summary: Summary) -> list[str]:
    read = [f"{part.replace('_', ' ')}: {', '.join(where)}" for part, where in summary["memory_sources"].items()]
    return [f"Read from: {'; '.join(read)}."] if read else []


def missing(summary: Summary, workload: str) -> list[str]:
    """Who cannot express the workload at all, and why."""
    cells = [cell for cell in summary["cells"] if cell["workload"] == workload and cell["outcome"] == "unsupported"]
    found = {cell["model"]: cell["reason"] for cell in cells}
    return [f"Not there: {look(model).label} ({reason})." for model, reason in found.items()]


def draw_stacks(axes: Axes, tasks: list[Task], label: str) -> None:
    for place, task in enumerate(tasks):
        left = 0.0
        for part in parts_of(task):
            value = task.bytes[part.metric]
            if value.value > 0:
                axes.barh(place, value.value, left=left, height=0.72, color=part.colour, hatch=part.hatch,
                          edgecolor=PAPER, linewidth=0.4)  # fmt: skip
                left += value.value
        text = units.quantity(task.bytes[TOTAL].value, "B")
        axes.annotate(text, (left, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
    most = max(max(task.bytes[TOTAL].value, 1.0) for task in tasks)
    axes.set_xlim(0, max(most * 1.16, REFERENCES[0][0] * 1.5))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel(label)
    draw_references(axes, REFERENCES[:1])


def draw_totals(axes: Axes, tasks: list[Task]) -> None:
    axes.set_xscale("log")
    for place, task in enumerate(tasks):
        total, style = task.bytes[TOTAL], look(task.model)
        if total.value <= 0:
            continue
        if total.interval is not None and total.interval[0] > 0:
            axes.plot(total.interval, [place, place], color=style.colour, linewidth=2)
        axes.plot(total.value, place, marker=style.marker, color=style.colour, markersize=6, **face(task.model))
    low = min((task.bytes[TOTAL].value for task in tasks if task.bytes[TOTAL].value > 0), default=1024.0)
    high = max(task.bytes[TOTAL].value for task in tasks)
    axes.set_xlim(min(640.0, low / 1.6), max(2_800_000.0, high * 1.6))
    axes.xaxis.set_major_locator(LogLocator(base=10, numticks=8))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, "B")))
    axes.set_xlabel("the same, log axis")
    draw_references(axes)


def chart_of(tasks: list[Task], label: str) -> Chart:
    """The stacks; what the other panel shows, the whole with its interval, is said of each part."""
    marks = []
    for task in tasks:
        total = task.bytes[TOTAL]
        whole = f"all in {units.quantity(total.value, 'B')} ({units.interval(total.interval, 'B')})"
        for part in parts_of(task):
            if task.bytes[part.metric].value > 0:
                marks.append(Mark(task.bytes[part.metric].value, task.label, part.metric, note=whole))
    return Chart("bar", chart.Axis(label, "B", "linear"), task_axis(tasks), tuple(marks), value="x", colours="parts",
                 references=REFERENCES[:1], stands_alone=False)  # fmt: skip


def title_of(tasks: list[Task], a_task: str) -> str:
    """Each model's total on the fewest cores, smallest first."""
    first: dict[str, float] = {}
    for task in tasks:
        first.setdefault(task.model, task.bytes[TOTAL].value)
    ordered = sorted(first.items(), key=lambda item: item[1])
    return f"On {cores_label(tasks[0].cores)} {a_task} takes " + units.listing(
        [f"{units.quantity(value, 'B')} in {look(model).label}" for model, value in ordered]
    )


def most_of(task: Task) -> str:
    n, total = task.bytes[TOTAL].most
    return f"{n:,} in {units.quantity(total, 'B')}"


def table_of(tasks: list[Task]) -> Table:
    parts = [part for part in PARTS if any(part in parts_of(task) for task in tasks)]
    columns = ("model", "cores", "all in", "95 % interval", *(part.label for part in parts), "not accounted",
               "rests on", "most at once")  # fmt: skip
    rows = tuple(
        (
            look(task.model).label, cores_label(task.cores), units.quantity(task.bytes[TOTAL].value, "B"),
            units.interval(task.bytes[TOTAL].interval, "B"),
            *(units.quantity(task.bytes[part.metric].value, "B") if part in parts_of(task) else "–" for part in parts),
            "–" if (gap := gap_of(task)) is None else f"{gap:+.1%}",
            ("slope, " if task.bytes[TOTAL].is_slope else "median, ") + task.bytes[TOTAL].n,
            most_of(task),
        )
        for task in tasks
    )  # fmt: skip
    return Table(columns, rows)
