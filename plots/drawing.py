"""What a figure function gives back, and the frame that all figures share.

Places are worked out in inches, not by a layout engine: an engine measures every text of a figure several times over,
which costs more than drawing it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import wrap

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from plots.chart import Chart
from plots.frame import Table
from plots.style import INK, MUTED, PAPER, RC, look

WIDTH = 9.6  # inches, every figure
EDGE = 0.1  # inches, around everything
CHARACTER = 0.073  # inches, a character of the usual size, on the wide side
LEGEND_LINE = 0.24
TITLE_LINE, TITLE_CHARACTERS = 0.23, 86
NOTE_LINE, NOTE_CHARACTERS = 0.15, 148


@dataclass(frozen=True)
class Drawing:
    """A figure without its title and notes: a page sets those as text, `titled` puts them in for a file. One that is
    for a page alone may be the text of an SVG that can stand in it as it is."""

    name: str
    title: str
    notes: tuple[str, ...]
    figure: Figure | str
    table: Table
    chart: Chart | None = None  # None: nothing to explore


@contextmanager
def new_figure(height: float) -> Iterator[Figure]:
    """A figure outside pyplot, so that making one changes no state of the program."""
    with mpl.rc_context(RC):
        yield Figure(figsize=(WIDTH, height))


def panels(
    figure: Figure, rows: int, columns: int, *, left: float, legend_lines: int, title: float = 0.25,
    bottom: float = 0.5, right: float = EDGE, between: tuple[float, float] = (0.2, 0.7),
    widths: Sequence[float] | None = None, **share: bool | str,
) -> np.ndarray:  # fmt: skip
    """A grid of axes with margins in inches; `between` is the gap between columns and between rows."""
    width, height = figure.get_size_inches()
    top = legend_lines * LEGEND_LINE + title + EDGE
    inner_width, inner_height = width - left - right, height - top - bottom
    gap = {
        "wspace": between[0] * columns / (inner_width - between[0] * (columns - 1)),
        "hspace": between[1] * rows / (inner_height - between[1] * (rows - 1)),
    }
    edges = {"left": left / width, "right": 1 - right / width, "bottom": bottom / height, "top": 1 - top / height}
    return figure.subplots(rows, columns, squeeze=False, width_ratios=widths, gridspec_kw={**edges, **gap}, **share)


def label_width(labels: Sequence[str]) -> float:
    """Inches that labels at the left of an axis need."""
    return max(map(len, labels), default=0) * CHARACTER + EDGE + 0.1


def nothing_to_draw(name: str, title: str, why: str) -> Drawing:
    with new_figure(1.2) as figure:
        figure.text(0.5, 0.5, f"no data: {why}", ha="center", va="center", color=MUTED, fontsize=11)
    return Drawing(name, title, (), figure, Table((), ()))


def titled(drawing: Drawing) -> Figure:
    """The figure grown by its title above and its notes below, as a file needs them."""
    figure = drawing.figure
    title = wrap(drawing.title, TITLE_CHARACTERS)
    notes = [line for note in drawing.notes for line in wrap(note, NOTE_CHARACTERS, subsequent_indent="   ")]
    above = len(title) * TITLE_LINE + EDGE
    below = len(notes) * NOTE_LINE + EDGE if notes else 0.0
    old = figure.get_figheight()
    new = old + above + below
    places = [(axes, axes.get_position().bounds) for axes in figure.axes]
    figure.set_figheight(new)
    for axes, (x, y, width, height) in places:
        axes.set_position((x, (y * old + below) / new, width, height * old / new))
    for text in figure.texts:
        text.set_y((text.get_position()[1] * old + below) / new)
    for box in figure.legends:
        box.set_bbox_to_anchor((EDGE / WIDTH, 1 - above / new))
    with mpl.rc_context(RC):
        common = {"x": EDGE / WIDTH, "ha": "left"}
        figure.text(y=1 - EDGE / new, s="\n".join(title), va="top", fontsize=12, fontweight="bold", color=INK, **common)
        figure.text(y=EDGE / new, s="\n".join(notes), va="bottom", fontsize=8, color=MUTED, **common)
    return figure


def model_handle(model: str, *, line: bool = False) -> Line2D:
    """The legend's entry for a model."""
    style = look(model)
    return Line2D(
        [], [], color=style.colour, marker=style.marker, markersize=6, label=style.label,
        linestyle="-" if line else "none", **face(model),
    )  # fmt: skip


def cross_handle(label: str) -> Line2D:
    return Line2D([], [], color=MUTED, marker="x", markersize=6, markeredgewidth=1.6, linestyle="none", label=label)


def face(model: str) -> dict[str, str]:
    """Paper, not nothing, so that no interval shows through."""
    return {"markerfacecolor": PAPER} if look(model).hollow else {}


def legend_lines(entries: int) -> int:
    return -(-entries // 7)


def legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """At the top; leave `legend_lines` of room for it."""
    figure.legend(handles=list(handles), loc="upper left", bbox_to_anchor=(EDGE / WIDTH, 1.0), borderaxespad=0.2,
                  ncols=min(len(handles), 7), handletextpad=0.4, columnspacing=1.4, borderpad=0.2)  # fmt: skip


def decades(low: float, high: float) -> tuple[float, ...]:
    """Where ticks stand within a decade: more of them where the axis spans few."""
    return (1.0,) if low <= 0 or high / low > 150 else (1.0, 2.0, 5.0)


def band_lines(axes: Axes, places: Sequence[float], colour: str, width: float) -> None:
    """Thin lines between rows."""
    if len(places):
        axes.hlines(places, 0, 1, transform=axes.get_yaxis_transform(), colors=colour, linewidths=width, zorder=4)
