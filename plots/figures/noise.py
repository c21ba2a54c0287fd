"""The noise log: what the hypervisor stole from each trial, and the load, in the order in which the trials ran."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from plots import chart
from plots.chart import Chart, Mark
from plots.drawing import Drawing, legend, new_figure, nothing_to_draw, panels
from plots.frame import Summary, Table
from plots.style import GRID, INK, MUTED

NAME = "noise"
STOLEN, LOAD = "steal ticks", "load"
X_LABEL = "trials, in the order in which they ran"
# Neither is a model's: these speak of the machine.
STEAL_COLOUR, LOAD_COLOUR = "#bb5566", "#4477aa"
MARKED = {"marker": "o", "markersize": 8, "markerfacecolor": "none", "color": INK, "linestyle": "none"}
REPLACED = {"marker": "x", "markersize": 5, "markeredgewidth": 1.4, "color": INK, "linestyle": "none"}
Log = dict[str, Any]


def draw(summary: Summary) -> Drawing:
    log: Log = summary["noise"]
    if not any(ticks is not None for ticks in log["steal_ticks"]):
        return nothing_to_draw(NAME, "There is no log of the noise", "no trial could read what was stolen from it")
    marked = sorted({at for places in log["marks"].values() for at in places})
    handles = [
        Line2D([], [], color=STEAL_COLOUR, linewidth=2, label=STOLEN),
        Line2D([], [], color=LOAD_COLOUR, label="load, runnable tasks over the last minute"),
        Line2D([], [], label="marked trial", **MARKED),
        Line2D([], [], label="replaced", **REPLACED),
    ]
    with new_figure(4.2) as figure:
        stolen, load = panels(figure, 2, 1, left=0.75, legend_lines=1, between=(0, 0.25), right=0.2, sharex=True)[:, 0]
        draw_blocks((stolen, load), log["block"])
        robbed = [(at, ticks) for at, ticks in enumerate(log["steal_ticks"], 1) if ticks]
        # One path with gaps, as a long run has hundreds of them.
        x = [place for at, _ in robbed for place in (at, at, None)]
        y = [height for _, ticks in robbed for height in (0, ticks, None)]
        stolen.plot(x, y, color=STEAL_COLOUR, linewidth=1.2, solid_capstyle="butt")
        for places, style in ((marked, MARKED), (log["replaced"], REPLACED)):
            stolen.plot([at + 1 for at in places], [log["steal_ticks"][at] or 0 for at in places], **style)
        stolen.set_ylim(0, max(4, *(ticks or 0 for ticks in log["steal_ticks"])) * 1.15)
        stolen.set_ylabel("steal ticks a trial")
        loads = [float("nan") if value is None else value for value in log["load1"]]
        load.plot(range(1, len(loads) + 1), loads, color=LOAD_COLOUR, linewidth=1.2)
        load.set_ylim(bottom=0)
        load.set_ylabel("load")
        load.set_xlabel(X_LABEL)
        load.set_xlim(0.5, len(log["order"]) + 0.5)
        legend(figure, handles)
    notes = (
        "A steal tick is the smallest time that the kernel counts, in which the hypervisor let something else run on a "
        "CPU that the trial may use. A trial that loses more than 5 % of its time, and two ticks or more, is marked "
        "and run again at once; the later one counts. The load has the benchmark's own tasks in it.",
    )
    return Drawing(NAME, title_of(log, marked), notes, figure, table_of(log, marked), chart_of(log))


def draw_blocks(grid: tuple[Axes, Axes], blocks: list[int]) -> None:
    """Every second block has a ground, and each its number above."""
    starts = [at for at in range(len(blocks)) if at == 0 or blocks[at] != blocks[at - 1]]
    for rank, (start, end) in enumerate(zip(starts, [*starts[1:], len(blocks)], strict=True)):
        if rank % 2:
            for axes in grid:
                axes.axvspan(start + 0.5, end + 0.5, color=GRID, alpha=0.35, linewidth=0)
        name = f"block {blocks[start]}" if len(starts) <= 10 else str(blocks[start])
        grid[0].text((start + end + 1) / 2, 1.02, name, transform=grid[0].get_xaxis_transform(), ha="center",
                     va="bottom", fontsize=8, color=MUTED)  # fmt: skip
    for axes in grid:
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.grid(axis="y")
        axes.set_axisbelow(True)


def title_of(log: Log, marked: list[int]) -> str:
    read = [ticks for ticks in log["steal_ticks"] if ticks is not None]
    robbed = [ticks for ticks in read if ticks]
    fates = f"{len(marked)} marked, {len(log['replaced'])} replaced"
    if not robbed:
        return f"No time was stolen from any of {len(read):,} trials; {fates}"
    return (
        f"Time was stolen from {len(robbed):,} of {len(read):,} trials: {sum(robbed):,.0f} ticks in all, at most "
        f"{max(robbed):,.0f} from one; {fates}"
    )


def table_of(log: Log, marked: list[int]) -> Table:
    """A row a block, with the orders of the trials that are marked in it."""
    columns = ("block", "trials", "robbed", STOLEN, "least load", "most load", "marked trials, by order", "replaced")
    rows = []
    for block in dict.fromkeys(log["block"]):
        places = [at for at, other in enumerate(log["block"]) if other == block]
        ticks = [log["steal_ticks"][at] for at in places if log["steal_ticks"][at] is not None]
        loads = [log["load1"][at] for at in places if log["load1"][at] is not None]
        orders = [str(log["order"][at]) for at in marked if log["block"][at] == block]
        rows.append((
            str(block), str(len(places)), str(sum(t > 0 for t in ticks)), f"{sum(ticks):,.0f}" if ticks else "–",
            f"{min(loads):.2f}" if loads else "–", f"{max(loads):.2f}" if loads else "–", ", ".join(orders) or "–",
            str(sum(log["block"][at] == block for at in log["replaced"])),
        ))  # fmt: skip
    return Table(columns, tuple(rows))


def chart_of(log: Log) -> Chart:
    """A panel for what was stolen, where anything was, and one for the load; both are numbers of their own."""
    said = [[f"trial {order}, block {block}"] for order, block in zip(log["order"], log["block"], strict=True)]
    for mark, places in log["marks"].items():
        for at in places:
            said[at].append(f"marked: {mark.replace('_', ' ')}")
    for at in log["replaced"]:
        said[at].append("replaced")
    marks = [
        Mark(at + 1, value, name, row=name, note="; ".join(said[at]))
        for name, column in ((STOLEN, "steal_ticks"), (LOAD, "load1"))
        for at, value in enumerate(log[column])
        if value is not None and (value or name == LOAD or len(said[at]) > 1)
    ]
    return Chart("point", chart.Axis(X_LABEL, scale="linear"), chart.Axis("a trial", scale="linear"), tuple(marks))
