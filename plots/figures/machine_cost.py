"""What one operation costs the machine: CPU time, context switches, page faults, a row a workload. See "Costs" in
analysis/README.md for what is counted and how it is shared out."""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import units
from plots.chart import Axis, Chart, Mark
from plots.drawing import (
    Drawing,
    cross_handle,
    face,
    label_width,
    legend,
    legend_lines,
    model_handle,
    new_figure,
    nothing_to_draw,
    panels,
)
from plots.figures.costs import (
    CPU,
    ENOUGH,
    Choice,
    choose,
    find,
    has_failed,
    kind,
    least_of,
    most_switches,
    operation,
)
from plots.figures.dots import Dot, draw_model
from plots.frame import Entry, Summary, Table, cores_label, cores_of, failure_of, is_contest, models_of, params_label
from plots.style import GRID, look

NAME = "machine_cost"
PANELS = {
    CPU: "CPU time",
    "voluntary_switches": "voluntary switches",
    "involuntary_switches": "involuntary switches",
    "minor_faults": "page faults",
}
MAJOR = "major_faults"
BAND = 0.42


def draw(summary: Summary) -> Drawing:
    costs = [cost for cost in summary["costs"] if is_contest(cost)]
    if not any(cost["n"] for cost in costs):
        title = "What an operation costs the machine was not measured"
        why = "no trial of a workload that repeats one operation ended ok and left Google Benchmark's own result"
        return nothing_to_draw(NAME, title, why)
    rows, cores = choose(costs), cores_of(costs)[-1]
    floor = summary["aa"]["noise_floor"] or summary["method"]["assumed_floor"]
    entries = [cost for cells in rows.values() for cost in cells]
    models = models_of(entries)
    failed = any(has_failed(cost) for cost in entries)
    handles = [model_handle(model) for model in models] + ([cross_handle("failed")] if failed else [])
    with new_figure(0.95 + BAND * len(rows)) as figure:
        grid = panels(figure, 1, len(PANELS), left=label_width(list(rows)), legend_lines=legend_lines(len(handles)),
                      bottom=0.3, right=0.25, between=(0.25, 0), sharey=True)[0]  # fmt: skip
        for axes, (cost, title) in zip(grid, PANELS.items(), strict=True):
            axes.set_title(title, loc="left")
            draw_panel(axes, rows, models, cost)
        grid[0].set_yticks(range(len(rows)), list(rows))
        grid[0].set_ylim(len(rows) - 0.5, -0.5)
        legend(figure, handles)
    chart = Chart(
        "point", Axis("for one operation: left is better"), Axis("workload", scale="ordinal", order=tuple(rows)),
        tuple(marks_of(rows, models)), "x",
        row_axes=((PANELS[CPU], Axis("for one operation: left is better", "ns")),),
    )  # fmt: skip
    notes = (
        f"On {cores_label(cores)}, for one operation: medians with 95 % intervals, logarithmic. Left is better.",
        "CPU time is of the counted loop, all threads, user and kernel. Switches and faults are of the whole "
        "process, shared out by CPU time; its start is in them, so values far below one say no more than that "
        "hardly any come of the operation. A zero stands at the left edge.",
        *major_note(entries),
        "Of each workload the parameters that most models ended ok, and of those where an operation takes least: "
        f"{units.listing(parameters(rows))}.",
        f"Clearly: the interval, of {ENOUGH} values or more, lies below that of every other model, and the median by "
        f"more than {units.factor(floor)}, the noise floor.",
        *failures(rows),
    )
    return Drawing(NAME, title_of(rows, models, cores, floor), notes, figure, table_of(costs), chart)


def draw_panel(axes: Axes, rows: Choice, models: list[str], which: str) -> None:
    axes.set_xscale("log")
    for place in range(1, len(rows), 2):
        axes.axhspan(place - 0.5, place + 0.5, color=GRID, alpha=0.35, linewidth=0)
    for rank, model in enumerate(models):
        style, offset = look(model), 0.8 * ((rank + 0.5) / len(models) - 0.5)
        found = [(place + offset, find(cells, model, which)) for place, cells in enumerate(rows.values())]
        draw_model(axes, model, [(y, dot_of(cell)) for y, cell in found if cell is not None])
        if zeros := [y for y, cell in found if cell is not None and cell["median"] == 0]:
            axes.plot([0.015] * len(zeros), zeros, transform=axes.get_yaxis_transform(), marker=style.marker,
                      markersize=4.2, color=style.colour, linestyle="none", clip_on=False, **face(model))  # fmt: skip
    axes.xaxis.set_major_locator(LogLocator(base=10, numticks=3))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, which)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)


def tick(value: float, which: str) -> str:
    return units.tick(value, "ns") if which == CPU else np.format_float_positional(value, trim="-")


def dot_of(cell: Entry) -> Dot:
    """Zero has no place on a log axis, nor has an interval that begins there, but for the part above."""
    failure = failure_of(cell) if has_failed(cell) else None
    if not cell["median"]:
        return Dot(None, None, failure)
    interval = cell["ci95"] and [max(cell["ci95"][0], cell["median"] * 1e-3), cell["ci95"][1]]
    return Dot(cell["median"], interval, failure)


def marks_of(rows: Choice, models: list[str]) -> Iterator[Mark]:
    for which, title in PANELS.items():
        for label, cells in rows.items():
            for cell in filter(None, (find(cells, model, which) for model in models)):
                low, high = cell["ci95"] or (None, None)
                if cell["median"] is not None:
                    note = f"{cell['n']} trials"
                    yield Mark(cell["median"], label, cell["model"], low, high, row=title, note=note)
                if has_failed(cell):
                    yield Mark(None, label, cell["model"], row=title, note=f"{cell['outcome']}: {cell['reason']}")


def major_note(entries: list[Entry]) -> list[str]:
    """Faults that needed the disk are a matter of the machine; they are only told where there are any."""
    found = [cost for cost in entries if kind(cost) == MAJOR and cost["median"]]
    if not found:
        return ["Page faults are those without the disk; there were none with it (medians)."]
    told = [f"{look(cost['model']).label} {cost['workload']}: {units.number(cost['median'])}" for cost in found]
    return [f"Page faults are those without the disk. With it: {units.listing(told)}."]


def parameters(rows: Choice) -> list[str]:
    return [f"{cells[0]['workload']} ({params_label(cells[0]['params'])})" for cells in rows.values()]


def failures(rows: Choice) -> list[str]:
    broken = [cell for cells in rows.values() for cell in cells if has_failed(cell) and kind(cell) == CPU]
    return [f"× {look(c['model']).label}, {c['workload']}: {c['outcome']}: {c['reason']}" for c in broken]


def title_of(rows: Choice, models: list[str], cores: int, floor: float) -> str:
    """Who clearly takes the least CPU time, in how many rows; and each model's most context switches."""
    times = [[cell for cell in cells if kind(cell) == CPU] for cells in rows.values()]
    wins = [winner for cells in times if (winner := least_of(cells, floor)) is not None]
    counts = sorted(((wins.count(model), look(model).label) for model in set(wins)), reverse=True)
    told = units.listing([f"{label} in {count}" for count, label in counts]) or "nobody in any"
    first = f"Clearly the least CPU time on {cores_label(cores)}: {told} of {len(rows)} workloads"
    most = sorted(
        ((count, look(m).label) for m in models if (count := most_switches(rows, m)) is not None), reverse=True
    )
    switches = units.listing([f"{units.number(count)} in {label}" for count, label in most])
    return f"{first}; context switches for one operation, at most: {switches}" if most else first


def table_of(costs: list[Entry]) -> Table:
    columns = ("workload", "parameters", "cores", "model", "what", "for one", "median", "95 % interval", "outcome",
               "reason")  # fmt: skip
    names = {**PANELS, MAJOR: "page faults with the disk"}

    def told(cost: Entry, value: float | None) -> str:
        return units.quantity(value, "ns" if cost["unit"] == "ns" else "")

    rows = tuple(
        (
            cost["workload"], params_label(cost["params"]), cores_label(cost["params"]["cores"]),
            look(cost["model"]).label, names[kind(cost)], operation(cost), told(cost, cost["median"]),
            " – ".join(told(cost, bound) for bound in cost["ci95"]) if cost["ci95"] else "–", cost["outcome"],
            cost["reason"] or "–",
        )
        for cost in costs
    )  # fmt: skip
    return Table(columns, rows)
