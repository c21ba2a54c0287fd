"""How cost grows with the number of tasks: log-log, a line a model, a cross where the model failed, with its limit."""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import chart, units
from plots.chart import Chart, Mark
from plots.drawing import (
    Drawing,
    cross_handle,
    decades,
    face,
    legend,
    legend_lines,
    model_handle,
    new_figure,
    nothing_to_draw,
    panels,
)
from plots.figures.serving import WORKLOADS as SERVERS
from plots.frame import (
    Entry,
    Summary,
    Table,
    cores_label,
    cores_of,
    failure_of,
    floor_note,
    is_contest,
    metric_label,
    models_of,
    trials_note,
)
from plots.style import MUTED, look

NAME = "scaling"
SIZES = ("n", "leaves")  # the parameters that say how many tasks there are
LABELS = {"B": "bytes a task: lower is better", "ns": "a task: lower is better"}  # what can grow with them


class Panel(NamedTuple):
    workload: str
    metric: str
    unit: str
    size: str


def draw(summary: Summary) -> Drawing:
    entries = [cell for cell in summary["cells"] if size_of(cell) and is_contest(cell) and belongs(cell)]
    panels_shown = [panel for panel in dict.fromkeys(map(panel_of, entries)) if sizes_in(entries, panel) > 1]
    if not any(cell["n"] for cell in entries) or not panels_shown:
        return nothing_to_draw(NAME, "No growth to show", "no workload ran with two different numbers of tasks")
    entries = [cell for cell in entries if panel_of(cell) in panels_shown]
    cores, models = cores_of(entries), models_of(entries)
    failed = any(cell["outcome"] != "ok" for cell in entries)
    handles = [model_handle(model, line=True) for model in models] + ([cross_handle("failed")] if failed else [])
    with new_figure(0.7 + 2.2 * len(panels_shown)) as figure:
        grid = panels(figure, len(panels_shown), len(cores), left=0.95, legend_lines=legend_lines(len(handles)),
                      right=0.25, between=(0.25, 0.75), sharey="row")  # fmt: skip
        for line, panel in zip(grid, panels_shown, strict=True):
            for axes, count in zip(line, cores, strict=True):
                mine = [c for c in entries if panel_of(c) == panel and c["params"]["cores"] == count]
                draw_panel(axes, panel, mine)
                axes.set_title(f"{panel.workload}, {metric_label(panel.metric)}, {cores_label(count)}", loc="left")
            line[0].set_ylabel(LABELS[panel.unit])
        legend(figure, handles)
    crosses = (
        "A cross stands at the first size at which the model failed, at the height of its last success (at the foot "
        "where it had none)."
    )
    notes = (
        "Medians with 95 % intervals.",
        *([crosses] if failed else []),
        *failures(entries),
        floor_note(summary),
    )
    return Drawing(NAME, title_of(entries), notes, figure, table_of(entries), chart_of(entries))


def size_of(cell: Entry) -> str | None:
    return next((size for size in SIZES if size in cell["params"]), None)


def belongs(cell: Entry) -> bool:
    """What a model cannot express has no place where it failed; servers have figures of their own."""
    return cell["unit"] in LABELS and cell["outcome"] != "unsupported" and cell["workload"] not in SERVERS


def panel_of(cell: Entry) -> Panel:
    return Panel(cell["workload"], cell["metric"], cell["unit"], size_of(cell) or "")


def sizes_in(entries: list[Entry], panel: Panel) -> int:
    return len({cell["params"][panel.size] for cell in entries if panel_of(cell) == panel})


def draw_panel(axes: Axes, panel: Panel, entries: list[Entry]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for model in models_of(entries):
        mine = sorted((c for c in entries if c["model"] == model), key=lambda c: c["params"][panel.size])
        good = [cell for cell in mine if cell["median"] is not None and cell["median"] > 0]
        style, x = look(model), [cell["params"][panel.size] for cell in good]
        axes.plot(x, [cell["median"] for cell in good], color=style.colour, marker=style.marker, markersize=5,
                  linewidth=1.4, **face(model))  # fmt: skip
        spans = [(at, *c["ci95"]) for at, c in zip(x, good, strict=True) if c["ci95"] is not None and c["ci95"][0] > 0]
        if spans:
            at, low, high = zip(*spans, strict=True)
            axes.vlines(at, low, high, colors=style.colour, linewidths=2.6, alpha=0.55)
        broken = next((cell for cell in mine if cell["outcome"] != "ok"), None)
        if broken is not None:
            draw_cross(axes, broken["params"][panel.size], good, x, style.colour)
    sizes = sorted({cell["params"][panel.size] for cell in entries})
    if sizes:
        axes.set_xlim(sizes[0] / 1.5, sizes[-1] * 1.5)
    else:
        axes.text(0.5, 0.5, "not run", transform=axes.transAxes, ha="center", va="center", color=MUTED)
    axes.set_xlabel("n (tasks)" if panel.size == "n" else panel.size)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=decades(*axes.get_ylim()), numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, panel.unit)))
    axes.grid(axis="both")
    axes.set_axisbelow(True)


def draw_cross(axes: Axes, where: float, good: list[Entry], x: list[float], colour: str) -> None:
    before = [(size, cell["median"]) for size, cell in zip(x, good, strict=True) if size < where]
    cross = {"marker": "x", "markersize": 7, "markeredgewidth": 2.0, "color": colour, "zorder": 5}
    if before:
        size, height = before[-1]
        axes.plot([size, where], [height, height], color=colour, linewidth=1.0, linestyle=":")
        axes.plot(where, height, **cross)
    else:
        axes.plot(where, 0.04, transform=axes.get_xaxis_transform(), **cross)


def failures(entries: list[Entry]) -> list[str]:
    """One line for each model and reason, with where it happened."""
    places: dict[tuple[str, str], list[str]] = {}
    for cell in entries:
        if cell["outcome"] != "ok":
            size = size_of(cell) or ""
            where = f"{cell['workload']} {size} {cell['params'][size]:,}"
            reasons = places.setdefault((cell["model"], f"{cell['outcome']}: {cell['reason']}"), [])
            if where not in reasons:
                reasons.append(where)
    ordered = sorted(places.items(), key=lambda item: models_of(entries).index(item[0][0]))
    return [f"× {look(model).label}, {units.listing(where)}: {reason}" for (model, reason), where in ordered]


def title_of(entries: list[Entry]) -> str:
    """Who fails first where, and who reaches every size."""
    firsts: dict[tuple[int, str], list[str]] = {}
    whole = []
    for model in models_of(entries):
        broken = [cell for cell in entries if cell["model"] == model and cell["outcome"] != "ok"]
        if broken:
            first = min(broken, key=lambda cell: cell["params"][size_of(cell) or ""])
            place = (first["params"][size_of(first) or ""], first["workload"])
            firsts.setdefault(place, []).append(look(model).label)
        else:
            whole.append(look(model).label)
    parts = [
        f"failed at {workload} from {size:,} tasks: {units.listing(models)}"
        for (size, workload), models in sorted(firsts.items())
    ]
    if whole:
        parts.append(f"ended ok at every size that was tried: {units.listing(whole)}")
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


def chart_of(entries: list[Entry]) -> Chart:
    """What ended ok, and each line's first failure, at which it stops."""
    marks, stopped = [], set()
    for cell in sorted(entries, key=lambda cell: cell["params"][size_of(cell) or ""]):
        panel = panel_of(cell)
        label = metric_label(panel.metric)
        row = f"{panel.workload}, {label}" + ("" if label.startswith(f"{panel.unit} ") else f" in {panel.unit}")
        at = Mark(cell["params"][panel.size], None, cell["model"], row=row, column=cores_label(cell["params"]["cores"]))
        if cell["median"] is not None and cell["median"] > 0:
            marks.append(at._replace(y=cell["median"], note=trials_note(cell), **chart.ends(cell["ci95"])))
        line = (panel, at.series, at.column)
        if cell["outcome"] != "ok" and line not in stopped:
            stopped.add(line)
            marks.append(at._replace(note=failure_of(cell)))
    return Chart("line", chart.Axis("tasks"), chart.Axis("a task: lower is better"), tuple(marks))


def table_of(entries: list[Entry]) -> Table:
    columns = ("workload", "metric", "cores", "model", "size", "median", "95 % interval", "outcome", "reason")
    rows = tuple(
        (
            cell["workload"], metric_label(cell["metric"]), cores_label(cell["params"]["cores"]),
            look(cell["model"]).label, f"{size_of(cell)} {cell['params'][size_of(cell) or '']:,}",
            units.quantity(cell["median"], cell["unit"]), units.interval(cell["ci95"], cell["unit"]), cell["outcome"],
            cell["reason"] or "–",
        )
        for cell in entries
    )  # fmt: skip
    return Table(columns, rows)
