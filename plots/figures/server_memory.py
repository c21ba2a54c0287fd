"""What an idle connection costs a server in memory, taken apart into what the process itself holds and what the kernel
holds for it. A row a model, a panel for each number of connections, on one axis."""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plots import chart, units
from plots.chart import Chart, Mark
from plots.drawing import Drawing, label_width, legend, new_figure, nothing_to_draw, panels
from plots.figures.serving import IDLE
from plots.frame import Entry, Summary, Table, cores_label, cores_of, failure_of
from plots.style import CONNECTION_PARTS, GRID, INK, MUTED, PAPER, in_order, look

NAME = "server_memory"
TOTAL, RESERVED = "bytes_per_connection", "bytes_per_connection.reserved"
OWN, KERNEL = CONNECTION_PARTS[:2], CONNECTION_PARTS[2:]
LABEL = "bytes an idle connection: left is better"


class Held(NamedTuple):
    """One model with so many connections; `cells` by metric."""

    size: int
    model: str
    cells: dict[str, Entry]

    @property
    def total(self) -> Entry:
        return self.cells[TOTAL]

    def median(self, metric: str) -> float:
        cell = self.cells.get(metric)
        return cell["median"] if cell is not None and cell["median"] is not None else 0.0

    @property
    def own(self) -> float:
        return sum(self.median(part.metric) for part in OWN)

    @property
    def kernels(self) -> float:
        return sum(self.median(part.metric) for part in KERNEL)


def draw(summary: Summary) -> Drawing:
    cores, held = held_of(summary)
    there = [one for one in held if one.total["n"]]
    if not there:
        return nothing_to_draw(NAME, "What an idle connection costs was not measured", f"no trial of {IDLE} ended ok")
    sizes, models = list(dict.fromkeys(one.size for one in there)), in_order(one.model for one in held)
    with new_figure(1.25 + 0.3 * len(models)) as figure:
        left = label_width([look(model).label for model in models])
        grid = panels(figure, 1, len(sizes), left=left, legend_lines=1, between=(0.25, 0), sharex=True, sharey=True)[0]
        for axes, size in zip(grid, sizes, strict=True):
            draw_panel(axes, [one for one in held if one.size == size], models)
            axes.set_title(f"{size:,} idle connections", loc="left")
        grid[0].set_yticks(range(len(models)), [look(model).label for model in models])
        grid[0].set_ylim(len(models) - 0.4, -0.6)
        grid[0].set_xlim(0, 1.55 * max(one.total["median"] for one in there))
        handles = [Patch(facecolor=p.colour, hatch=p.hatch, edgecolor=PAPER, label=p.label) for p in CONNECTION_PARTS]
        legend(figure, handles)
    notes = (
        f"On {cores_label(cores)}, with connections over which nothing comes, each after one request. Medians; the "
        "thin line is the 95 % interval of the whole. The numbers are what the process itself holds (resident pages "
        "and its page tables) and what the kernel holds for it. Parts below zero (noise of the kernel's counters) are "
        "drawn as nothing. Address space reserved is not in it; the table has it.",
        *both_ends(summary),
        *failures(held),
    )
    shown = [one for one in held if one.size in sizes]
    return Drawing(NAME, title_of(there), notes, figure, table_of(held), chart_of(shown, models))


def held_of(summary: Summary) -> tuple[int, list[Held]]:
    """On the number of cores with the most values, of equals the fewest; by size, then in the models' order."""
    cells = [cell for cell in summary["cells"] if cell["workload"] == IDLE]
    counts = {count: sum(bool(c["n"]) for c in cells if c["params"]["cores"] == count) for count in cores_of(cells)}
    cores = min(counts, key=lambda count: (-counts[count], count), default=1)
    found: dict[tuple[int, str], dict[str, Entry]] = {}
    for cell in cells:
        if cell["params"]["cores"] == cores:
            found.setdefault((cell["params"].get("n", 0), cell["model"]), {})[cell["metric"]] = cell
    models = in_order(model for _, model in found)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], models.index(item[0][1])))
    return cores, [Held(size, model, metrics) for (size, model), metrics in ordered if TOTAL in metrics]


def draw_panel(axes: Axes, held: list[Held], models: list[str]) -> None:
    for place in range(1, len(models), 2):
        axes.axhspan(place - 0.5, place + 0.5, color=GRID, alpha=0.35, linewidth=0)
    words = {one.model: f"× {one.total['outcome'].replace('_', ' ')}" for one in held if not one.total["n"]}
    words |= {model: "not run" for model in models if model not in {one.model for one in held}}
    for model, said in words.items():
        axes.annotate(said, (0, models.index(model)), (4, 0), textcoords="offset points", va="center", fontsize=8,
                      color=MUTED)  # fmt: skip
    for one in held:
        place, left = models.index(one.model), 0.0
        if not one.total["n"]:
            continue
        for part in CONNECTION_PARTS:
            value = one.median(part.metric)
            if value > 0:
                axes.barh(place, value, left=left, height=0.66, color=part.colour, hatch=part.hatch, edgecolor=PAPER,
                          linewidth=0.4)  # fmt: skip
                left += value
        end = left
        if one.total["ci95"] is not None:
            axes.hlines(place, *one.total["ci95"], colors=INK, linewidths=1.4, zorder=5)
            end = max(left, one.total["ci95"][1])
        text = f"{units.whole(one.own)} + {units.quantity(one.kernels, 'B')}"
        axes.annotate(text, (end, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, "B")))
    axes.set_xlabel(LABEL)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def both_ends(summary: Summary) -> list[str]:
    """Where the kernel is read of as a whole, what it holds for the client is in it."""
    machine_wide = [where for where in summary["memory_sources"].get("kernel_slab", []) if "meminfo" in where]
    if not machine_wide:
        return []
    return [
        f"The kernel's part is of the whole machine ({units.listing(machine_wide)}): the client's end of each "
        "connection is in it as well, for every model alike."
    ]


def failures(held: list[Held]) -> list[str]:
    """One line for each reason, with whose and where; what all failed at has no panel."""
    places: dict[str, dict[int, list[str]]] = {}
    for one in held:
        why = failure_of(one.total)
        if why:
            places.setdefault(why, {}).setdefault(one.size, []).append(look(one.model).label)
    return [
        f"× {units.listing([f'{size:,} connections: {units.listing(who)}' for size, who in sizes.items()])}: {why}"
        for why, sizes in places.items()
    ]


def title_of(there: list[Held]) -> str:
    """What each model holds by itself with the most connections that most of them had, the least first."""
    sizes = [one.size for one in there]
    size = max(sizes, key=lambda size: (sizes.count(size), size))
    found = sorted((one for one in there if one.size == size), key=lambda one: one.own)
    own = units.listing([f"{units.quantity(one.own, 'B')} in {look(one.model).label}" for one in found])
    kernels = [one.kernels for one in found]
    span = units.interval([min(kernels), max(kernels)], "B")
    return f"With {size:,} idle connections each takes, in the process itself, {own}; in the kernel {span}"


def table_of(held: list[Held]) -> Table:
    columns = ("idle connections", "model", "all in", "95 % interval", *(part.label for part in CONNECTION_PARTS),
               "reserved", "outcome", "reason")  # fmt: skip
    metrics = (*(part.metric for part in CONNECTION_PARTS), RESERVED)
    return Table(columns, tuple(
        (
            f"{one.size:,}", look(one.model).label, units.quantity(one.total["median"], "B"),
            units.interval(one.total["ci95"], "B"),
            *(units.quantity(one.cells[m]["median"], "B") if m in one.cells else "–" for m in metrics),
            one.total["outcome"], one.total["reason"] or "–",
        )
        for one in held
    ))  # fmt: skip


def chart_of(held: list[Held], models: list[str]) -> Chart:
    """The stacks; the interval, which is of the whole, is said of each part. What failed has a cross in place of its
    first part."""
    marks = []
    for one in held:
        total = one.total
        at = Mark(None, look(one.model).label, OWN[0].metric, column=f"{one.size:,} idle connections")
        if why := failure_of(total):
            marks.append(at._replace(note=why))
        if not total["n"]:
            continue
        whole = f"all in {units.quantity(total['median'], 'B')} ({units.interval(total['ci95'], 'B')})"
        at = at._replace(note=whole)
        marks += [
            at._replace(x=one.median(part.metric), series=part.metric)
            for part in CONNECTION_PARTS
            if one.median(part.metric) > 0
        ]
    order = tuple(look(model).label for model in models)
    return Chart("bar", chart.Axis(LABEL, "B", "linear"), chart.Axis("model", scale="ordinal", order=order),
                 tuple(marks), value="x", colours="parts", stands_alone=False)  # fmt: skip
