"""The layout of figures with a row a workload: a panel for each number of cores, in it a band for each row, in the band
a marker with its interval for each model, or a tick for each of its samples. Used by the ratios, the times, the samples
and the A/A plot."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from plots import chart
from plots.chart import Chart, Mark
from plots.drawing import (
    band_lines,
    cross_handle,
    face,
    label_width,
    legend,
    legend_lines,
    model_handle,
    new_figure,
    panels,
)
from plots.frame import Row, cores_label, row_labels
from plots.style import GRID, INK, MUTED, PAPER, look


class Dot(NamedTuple):
    """A model's place in a band: a value with its interval, or a failure, or both where only some trials failed."""

    value: float | None
    interval: list[float] | None
    failure: str | None = None  # its reason
    note: str = ""  # what the chart says of the value besides
    ring: bool = False  # whether the value is pointed out
    samples: tuple[tuple[float, str], ...] = ()  # each with what the chart says of it


class Layout(NamedTuple):
    rows: list[Row]
    cores: list[int]
    models: list[str]


Place = tuple[Row, int, str]
Dots = dict[Place, Dot]
Side = Literal["left", "right"]
EDGES = {"left": 0.015, "right": 0.985}  # where crosses stand, as shares of a panel's width
RING = {"marker": "o", "markersize": 11, "markerfacecolor": "none", "color": INK, "linestyle": "none"}


def collect(layout: Layout, find: Callable[[Row, int, str], Dot | None]) -> Dots:
    """By model within row and cores; where `find` has nothing there is no dot."""
    places = ((row, count, model) for row in layout.rows for count in layout.cores for model in layout.models)
    return {place: dot for place in places if (dot := find(*place)) is not None}


def draw_dots(
    layout: Layout, dots: Dots, label: str, decorate: Callable[[Axes], None], *, ring: str = "",
    remarks: Mapping[tuple[Row, int], str] | None = None, worse: Side = "right",
) -> Figure:  # fmt: skip
    """`remarks` say something in bands that have no dots; `decorate` finishes each panel's axis; `ring` names what the
    rings point out; failures stand at the worse side."""
    rows, cores, models = layout
    band = max(0.26, 0.075 * len(models))
    labels = list(row_labels(rows).values())
    failed = any(dot.failure for dot in dots.values())
    handles = handles_of(dots, models, ring)
    with new_figure(1.2 + band * len(rows)) as figure:
        grid = panels(figure, 1, len(cores), left=label_width(labels), legend_lines=legend_lines(len(handles)),
                      right=0.3, between=(0.5, 0), sharex=True, sharey=True)[0]  # fmt: skip
        for axes, count in zip(grid, cores, strict=True):
            axes.set_title(cores_label(count), loc="left")
            axes.set_xscale("log")
            axes.set_xlabel(label)
            for place in range(1, len(rows), 2):
                draw_ground(axes, place)
            for rank, model in enumerate(models):
                offset = 0.8 * ((rank + 0.5) / len(models) - 0.5)
                mine = [(place + offset, dots.get((row, count, model))) for place, row in enumerate(rows)]
                draw_model(axes, model, [(y, dot) for y, dot in mine if dot is not None], 0.36 / len(models), worse)
            for place, row in enumerate(rows):
                if text := (remarks or {}).get((row, count)):
                    axes.axhspan(place - 0.5, place + 0.5, color=PAPER, linewidth=0, zorder=3)  # over the axis' lines
                    if place % 2:
                        draw_ground(axes, place, zorder=3)
                    axes.text(0.02, place, text, transform=axes.get_yaxis_transform(), ha="left", va="center",
                              color=MUTED, fontsize=7.5, zorder=3)  # fmt: skip
            starts = [p - 0.5 for p in range(1, len(rows)) if rows[p].workload != rows[p - 1].workload]
            band_lines(axes, starts, INK, 0.5)
            axes.grid(axis="x")
            axes.set_axisbelow(True)
            axes.tick_params(axis="y", length=0)
        grid[0].set_yticks(range(len(rows)), labels)
        grid[0].set_ylim(len(rows) - 0.5, -0.5)
        if failed:
            reserve_margin(grid[0], worse)
        for axes in grid:
            decorate(axes)
        legend(figure, handles)
    return figure


def draw_ground(axes: Axes, place: int, zorder: float = 1) -> None:
    axes.axhspan(place - 0.5, place + 0.5, color=GRID, alpha=0.35, linewidth=0, zorder=zorder)


def handles_of(dots: Dots, models: list[str], ring: str) -> list[Artist]:
    handles: list[Artist] = [model_handle(model) for model in models]
    if any(dot.failure for dot in dots.values()):
        handles.append(cross_handle("failed"))
    if any(dot.ring for dot in dots.values()):
        handles.append(Line2D([], [], label=ring, **RING))
    return handles


def draw_model(axes: Axes, model: str, dots: list[tuple[float, Dot]], half: float = 0.0, worse: Side = "right") -> None:
    """`half` is half the height of a sample's tick."""
    style = look(model)
    spans = [(y, *dot.interval) for y, dot in dots if dot.value is not None and dot.interval is not None]
    if spans:
        y, low, high = zip(*spans, strict=True)
        axes.hlines(y, low, high, colors=style.colour, linewidths=1.6)
    values = [(dot.value, y) for y, dot in dots if dot.value is not None]
    samples = [(value, y) for y, dot in dots for value, _ in dot.samples]
    if values:
        axes.plot(*zip(*values, strict=True), marker=style.marker, markersize=4.2, color=style.colour,
                  linestyle="none", alpha=0.35 if samples else None, **face(model))  # fmt: skip
    if samples:  # one path for all of them: a long run has ten thousand
        x = [place for value, _ in samples for place in (value, value, None)]
        y = [place for _, middle in samples for place in (middle - half, middle + half, None)]
        axes.plot(x, y, color=style.colour, linewidth=0.8, solid_capstyle="butt")
    if rings := [(dot.value, y) for y, dot in dots if dot.ring]:
        axes.plot(*zip(*rings, strict=True), **RING)
    crosses = [y for y, dot in dots if dot.failure]
    if crosses:
        axes.plot([EDGES[worse]] * len(crosses), crosses, transform=axes.get_yaxis_transform(), marker="x",
                  markersize=4.5, markeredgewidth=1.4, color=style.colour, linestyle="none", clip_on=False)  # fmt: skip


def reserve_margin(axes: Axes, worse: Side) -> None:
    """Room for the crosses, so that no cross lies on a value. The panels share their x axis."""
    low, high = axes.get_xlim()
    room = (high / low) ** 0.06
    axes.set_xlim(*((low / room, high) if worse == "left" else (low, high * room)))


def chart_of(
    layout: Layout, dots: Dots, x: chart.Axis, references: tuple[tuple[float, str], ...] = (), worse: Side = "right"
) -> Chart:
    labels = row_labels(layout.rows)
    y = chart.Axis("workload", scale="ordinal", order=tuple(labels.values()))
    marks = []
    for (row, count, model), dot in dots.items():
        at = Mark(None, labels[row], model, column=cores_label(count))
        if dot.value is not None:
            marks.append(at._replace(x=dot.value, note=dot.note, **chart.ends(dot.interval)))
        marks += [at._replace(x=value, note=note) for value, note in dot.samples]
        if dot.failure:
            marks.append(at._replace(note=dot.failure))
    return Chart("point", x, y, tuple(marks), value="x", references=references, more_is_better=worse == "left")
