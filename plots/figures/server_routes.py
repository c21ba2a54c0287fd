"""The routes of a server side by side, over as many connections: one that answers at once, one that waits first, one
that computes first. A row a route, a panel each for requests a second, latency and the CPU time of a request."""

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import chart, units
from plots.chart import Axis, Chart, Mark
from plots.drawing import (
    Drawing,
    cross_handle,
    decades,
    label_width,
    legend,
    legend_lines,
    model_handle,
    new_figure,
    nothing_to_draw,
    panels,
)
from plots.figures import serving
from plots.figures.dots import Dot, draw_model, reserve_margin
from plots.figures.leads import lead_of
from plots.figures.serving import (
    AT_LEAST,
    DIRECTIONS,
    MEASURES,
    RATE,
    ROUTES,
    SHARE,
    WAIT_MS,
    WORK_US,
    Measure,
    Served,
)
from plots.frame import Entry, Summary, failure_of
from plots.style import GRID, INK

NAME = "server_routes"
WHAT = {0: "/ answers at once", 1: f"/wait waits {WAIT_MS} ms", 2: f"/work computes {WORK_US} µs"}
BAND = 0.75  # inches, a route


def draw(summary: Summary) -> Drawing:
    everything = serving.served(summary)
    found = side_by_side(everything[1]) if everything else {}
    routes = sorted({place.route for place in found})
    if everything is None or len(routes) < 2:
        title = "The routes of a server cannot be set side by side"
        return nothing_to_draw(
            NAME, title, f"{serving.SERVER} ended ok on fewer than two routes with as many connections"
        )
    size = next(iter(found)).connections
    models, failed = serving.legend_models(found)
    handles = [model_handle(model) for model in models] + ([cross_handle("failed")] if failed else [])
    with new_figure(1.35 + BAND * len(routes)) as figure:
        grid = panels(figure, 1, len(MEASURES), left=label_width(list(WHAT.values())), right=0.25, between=(0.3, 0),
                      legend_lines=legend_lines(len(handles)), title=0.42, bottom=0.3, sharey=True)[0]  # fmt: skip
        for axes, measure in zip(grid, MEASURES, strict=True):
            draw_panel(axes, measure, found, routes, models)
        grid[0].set_yticks(range(len(routes)), [label_of(route) for route in routes])
        grid[0].set_ylim(len(routes) - 0.5, -0.5)
        legend(figure, handles)
    notes = (
        serving.how(everything[0], summary["method"].get("busy_percent", 90.0)),
        *ceilings(size, routes),
        *serving.bounds(found),
        *serving.errors(found),
        *serving.failures(found),
        serving.floors(summary),
    )
    return Drawing(NAME, title_of(summary, found, size, routes), notes, figure, serving.table_of(found),
                   chart_of(found, routes))  # fmt: skip


def side_by_side(found: Served) -> Served:
    """Those over as many connections as have the most routes; of several numbers the largest."""
    routes: dict[int, set[int]] = {}
    for place, cells in found.items():
        if any(cell["n"] for cell in cells.values()):
            routes.setdefault(place.connections, set()).add(place.route)
    if not routes:
        return {}
    size = max(routes, key=lambda size: (len(routes[size]), size))
    return {place: cells for place, cells in found.items() if place.connections == size}


def label_of(route: int) -> str:
    return WHAT.get(route, f"route {route}")


def ceilings(size: int, routes: list[int]) -> list[str]:
    """What no server can pass on a route whose answer has to wait."""
    if 1 not in routes:
        return []
    most = units.quantity(1000 * size / WAIT_MS, "1/s")
    return [f"On {ROUTES[1]} nobody can serve more than {most}: so often {size:,} connections can wait {WAIT_MS} ms."]


def dot_of(cell: Entry) -> Dot:
    failure = failure_of(cell) if cell["outcome"] not in ("ok", "unsupported") else None
    value = cell["median"] if cell["median"] is not None and cell["median"] > 0 else None
    return Dot(value, cell["ci95"] if value is not None else None, failure)


def cell_at(found: Served, measure: Measure, route: int, model: str) -> Entry | None:
    return next((c.get(measure.metric) for p, c in found.items() if (p.route, p.model) == (route, model)), None)


def draw_panel(axes: Axes, measure: Measure, found: Served, routes: list[int], models: list[str]) -> None:
    axes.set_xscale("log")
    axes.set_title(f"{measure.title}:\n{measure.better}", loc="left")
    for place in range(1, len(routes), 2):
        axes.axhspan(place - 0.5, place + 0.5, color=GRID, alpha=0.35, linewidth=0)
    worse = "left" if measure.more_is_better else "right"
    failed = False
    for rank, model in enumerate(models):
        offset = 0.8 * ((rank + 0.5) / len(models) - 0.5)
        cells = [(place + offset, cell_at(found, measure, route, model)) for place, route in enumerate(routes)]
        dots = [(y, dot_of(cell)) for y, cell in cells if cell is not None]
        draw_model(axes, model, dots, worse=worse)
        failed = failed or any(dot.failure for _, dot in dots)
        for y, cell in cells:
            if cell is not None and cell.get("at_least"):
                axes.annotate(AT_LEAST, (cell["median"], y), (5, -3), textcoords="offset points", fontsize=9,
                              fontweight="bold", color=INK)  # fmt: skip
    if failed:
        reserve_margin(axes, worse)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=decades(*axes.get_xlim()), numticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, measure.unit)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)


def chart_of(found: Served, routes: list[int]) -> Chart:
    axes = tuple((measure.title, Axis(measure.label, measure.unit)) for measure in MEASURES)
    order = tuple(label_of(route) for route in routes)
    return Chart("point", Axis(DIRECTIONS), Axis("route", scale="ordinal", order=order), tuple(marks_of(found)), "x",
                 row_axes=axes, rows_the_other_way=tuple(m.title for m in MEASURES if m.more_is_better))  # fmt: skip


def marks_of(found: Served) -> Iterator[Mark]:
    for measure in MEASURES:
        for place, cells in found.items():
            cell = cells.get(measure.metric)
            if cell is None:
                continue
            at, dot = Mark(None, label_of(place.route), place.model, row=measure.title), dot_of(cell)
            if dot.value is not None:
                yield at._replace(x=dot.value, note=serving.note_of(cell, cells.get(SHARE)),
                                  at_least=bool(cell.get("at_least")), **chart.ends(dot.interval))  # fmt: skip
            if dot.failure:
                yield at._replace(note=dot.failure)


def title_of(summary: Summary, found: Served, size: int, routes: list[int]) -> str:
    parts = []
    for route in routes:
        rates = [cells[RATE] for place, cells in found.items() if place.route == route and RATE in cells]
        parts.append(f"{ROUTES.get(route, route)}: {lead_of(summary, serving.main_models(rates), 'as many as')}")
    return f"Most requests a second over {size:,} connections – {'; '.join(parts)}"
