"""The layout of figures with a row a workload: a panel for each number of cores, in it a band for each row, in the band
a marker with its interval for each model. Used by the ratios and by the times."""

from collections.abc import Callable
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
from plots.style import GRID, INK, MUTED, look


class Dot(NamedTuple):
    """A model's place in a band: a value with its interval, or a failure, or both where only some trials failed."""

    value: float | None
    interval: list[float] | None
    failed: bool = False


class Layout(NamedTuple):
    rows: list[Row]
    cores: list[int]
    models: list[str]


Find = Callable[[Row, int, str], Dot | None]
Remark = Callable[[Row, int], str | None]


def draw_dots(layout: Layout, find: Find, remark: Remark, label: str, decorate: Callable[[Axes], None]) -> Figure:
    """`remark` may say something in a band that has no dots; `decorate` finishes each panel's axis."""
    rows, cores, models = layout
    band = max(0.26, 0.075 * len(models))
    labels = [row_labels(rows)[row] for row in rows]
    dots = {(r, c, m): dot for r in rows for c in cores for m in models if (dot := find(r, c, m)) is not None}
    failed = any(dot.failed for dot in dots.values())
    handles = [model_handle(model) for model in models] + ([cross_handle("failed")] if failed else [])
    with new_figure(1.2 + band * len(rows)) as figure:
        grid = panels(figure, 1, len(cores), left=label_width(labels), legend_lines=legend_lines(len(handles)),
                      right=0.2, sharex=True, sharey=True)[0]  # fmt: skip
        for axes, count in zip(grid, cores, strict=True):
            axes.set_title(cores_label(count), loc="left")
            axes.set_xscale("log")
            axes.set_xlabel(label)
            for place in range(1, len(rows), 2):
                axes.axhspan(place - 0.5, place + 0.5, color=GRID, alpha=0.35, linewidth=0)
            for rank, model in enumerate(models):
                offset = 0.8 * ((rank + 0.5) / len(models) - 0.5)
                mine = [(place + offset, dots.get((row, count, model))) for place, row in enumerate(rows)]
                draw_model(axes, model, [(y, dot) for y, dot in mine if dot is not None])
            for place, row in enumerate(rows):
                if text := remark(row, count):
                    axes.text(0.5, place, text, transform=axes.get_yaxis_transform(), ha="center", va="center",
                              color=MUTED, fontsize=7.5)  # fmt: skip
            starts = [p - 0.5 for p in range(1, len(rows)) if rows[p].workload != rows[p - 1].workload]
            band_lines(axes, starts, INK, 0.5)
            decorate(axes)
            axes.grid(axis="x")
            axes.set_axisbelow(True)
            axes.tick_params(axis="y", length=0)
        grid[0].set_yticks(range(len(rows)), labels)
        grid[0].set_ylim(len(rows) - 0.5, -0.5)
        if failed:
            reserve_margin(grid[0])
        legend(figure, handles)
    return figure


def draw_model(axes: Axes, model: str, dots: list[tuple[float, Dot]]) -> None:
    style = look(model)
    spans = [(y, *dot.interval) for y, dot in dots if dot.value is not None and dot.interval is not None]
    if spans:
        y, low, high = zip(*spans, strict=True)
        axes.hlines(y, low, high, colors=style.colour, linewidths=1.6)
    values = [(dot.value, y) for y, dot in dots if dot.value is not None]
    if values:
        axes.plot(*zip(*values, strict=True), marker=style.marker, markersize=4.2, color=style.colour,
                  linestyle="none", **face(model))  # fmt: skip
    crosses = [y for y, dot in dots if dot.failed]
    if crosses:
        axes.plot([0.985] * len(crosses), crosses, transform=axes.get_yaxis_transform(), marker="x", markersize=4.5,
                  markeredgewidth=1.4, color=style.colour, linestyle="none", clip_on=False)  # fmt: skip


def reserve_margin(axes: Axes) -> None:
    """Room at the right for the crosses, so that no cross lies on a value. The panels share their x axis."""
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * (high / low) ** 0.06)
