"""A server under load against the number of its connections: requests a second, latency, and the CPU time of a
request, a line a model. Log-log; a cross where the model failed."""

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import chart, units
from plots.chart import Axis, Chart, Mark
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
from plots.figures import serving
from plots.figures.leads import lead_of
from plots.figures.scaling import draw_cross
from plots.figures.serving import AT_LEAST, DIRECTIONS, MEASURES, RATE, SHARE, Measure, Served
from plots.frame import Entry, Summary, failure_of
from plots.style import INK, look

NAME = "servers"
ROUTE = 0
DODGE = 1.035  # how many times further right a model's markers stand than those of the model before it
LEAST_REACH = 2.0  # an axis shows a factor of at least so much, so that noise does not look like a difference


def draw(summary: Summary) -> Drawing:
    everything = serving.served(summary)
    found = {} if everything is None else {p: cells for p, cells in everything[1].items() if p.route == ROUTE}
    if everything is None or not any(cell["n"] for cells in found.values() for cell in cells.values()):
        title = "How many requests a second were served was not measured"
        return nothing_to_draw(NAME, title, f"no trial of {serving.SERVER} that asks for / ended ok")
    models, failed = serving.legend_models(found)
    handles = [model_handle(model, line=True) for model in models] + ([cross_handle("failed")] if failed else [])
    with new_figure(3.7) as figure:
        grid = panels(figure, 1, len(MEASURES), left=0.6, legend_lines=legend_lines(len(handles)), title=0.42,
                      between=(0.6, 0), right=0.15)[0]  # fmt: skip
        for axes, measure in zip(grid, MEASURES, strict=True):
            draw_panel(axes, measure, found, models)
        legend(figure, handles)
    crosses = "A cross stands at the first number of connections at which the model failed."
    notes = (
        serving.how(everything[0], summary["method"].get("busy_percent", 90.0)),
        *serving.bounds(found),
        *serving.errors(found),
        *([crosses] if failed else []),
        *serving.failures(found),
        serving.floors(summary),
    )
    return Drawing(NAME, title_of(summary, found), notes, figure, serving.table_of(found), chart_of(found))


def lines_of(measure: Measure, found: Served, model: str) -> list[tuple[int, Entry]]:
    """The model's cells by number of connections, whether they ended ok or not."""
    mine = [(p.connections, cells[measure.metric]) for p, cells in found.items()
            if p.model == model and measure.metric in cells]  # fmt: skip
    return sorted(mine, key=lambda place: place[0])


def draw_panel(axes: Axes, measure: Measure, found: Served, models: list[str]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(f"{measure.title}:\n{measure.better}", loc="left")
    for rank, model in enumerate(models):
        style, dodge = look(model), DODGE ** (rank - (len(models) - 1) / 2)
        line = lines_of(measure, found, model)
        good = [(size * dodge, cell) for size, cell in line if cell["median"] is not None and cell["median"] > 0]
        axes.plot([x for x, _ in good], [cell["median"] for _, cell in good], color=style.colour, marker=style.marker,
                  markersize=5, linewidth=1.3, **face(model))  # fmt: skip
        spans = [(x, *cell["ci95"]) for x, cell in good if cell["ci95"] is not None and cell["ci95"][0] > 0]
        if spans:
            x, low, high = zip(*spans, strict=True)
            axes.vlines(x, low, high, colors=style.colour, linewidths=2.6, alpha=0.55)
        for x, cell in good:
            if cell.get("at_least"):
                axes.annotate(AT_LEAST, (x, cell["median"]), (3, -12), textcoords="offset points", fontsize=9,
                              fontweight="bold", color=INK)  # fmt: skip
        broken = next((size for size, cell in line if cell["outcome"] not in ("ok", "unsupported")), None)
        if broken is not None:
            draw_cross(axes, broken * dodge, [cell for _, cell in good], [x for x, _ in good], style.colour)
    frame(axes, measure.unit, sorted({place.connections for place in found}))


def frame(axes: Axes, unit: str, sizes: list[int]) -> None:
    low, high = axes.get_ylim()
    if high / low < LEAST_REACH:
        middle = (low * high) ** 0.5
        low, high = middle / LEAST_REACH**0.5, middle * LEAST_REACH**0.5
    axes.set_ylim(low, high)
    axes.set_xlim(sizes[0] / 1.7, sizes[-1] * 1.7)
    axes.set_xlabel("connections")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=decades(low, high), numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, unit)))
    axes.grid(axis="both")
    axes.set_axisbelow(True)


def chart_of(found: Served) -> Chart:
    axes = tuple((measure.title, Axis(measure.label, measure.unit)) for measure in MEASURES)
    return Chart("line", Axis("connections"), Axis(DIRECTIONS), tuple(marks_of(found)), row_axes=axes,
                 rows_the_other_way=tuple(m.title for m in MEASURES if m.more_is_better), abreast=3)  # fmt: skip


def marks_of(found: Served) -> Iterator[Mark]:
    """What ended ok, and each line's first failure, at which it stops."""
    for measure in MEASURES:
        for model in serving.legend_models(found)[0]:
            stopped = False
            for size, cell in lines_of(measure, found, model):
                at = Mark(size, None, model, row=measure.title)
                if cell["median"] is not None and cell["median"] > 0:
                    share = next((cells.get(SHARE) for p, cells in found.items()
                                  if (p.connections, p.model) == (size, model)), None)  # fmt: skip
                    yield at._replace(y=cell["median"], note=serving.note_of(cell, share),
                                      at_least=bool(cell.get("at_least")), **chart.ends(cell["ci95"]))  # fmt: skip
                if cell["outcome"] not in ("ok", "unsupported") and not stopped:
                    stopped = True
                    yield at._replace(note=failure_of(cell) or "")


def title_of(summary: Summary, found: Served) -> str:
    """Who serves the most, for each number of connections, where the verdicts allow it."""
    parts = []
    for size in sorted({place.connections for place in found}):
        rates = [cells[RATE] for place, cells in found.items() if place.connections == size and RATE in cells]
        lead = lead_of(summary, serving.main_models(rates), "as many as")
        parts.append(f"over {size:,} connections: {lead}")
    return f"Most requests a second – {'; '.join(parts)}"
