"""What the tests of figures ask of a drawing: the values that it shows, as artists draw them and its chart has them."""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from plots.chart import Mark
from plots.drawing import Drawing
from plots.files import svg_text
from plots.style import look


def texts(drawing: Drawing) -> str:
    return svg_text(drawing.figure, drawing.name)


def values(axes: Axes, model: str, along: str) -> list[float]:
    """Where the model's markers stand along an axis, "x" or "y", its crosses left out."""
    style = look(model)
    mine = [line for line in axes.lines if (line.get_color(), line.get_marker()) == (style.colour, style.marker)]
    return sorted(float(v) for line in mine for v in (line.get_xdata() if along == "x" else line.get_ydata()))


def crosses(axes: Axes) -> list[str]:
    """The colours of the crosses, one for each."""
    lines = [line for line in axes.lines if line.get_marker() == "x"]
    return sorted(line.get_color() for line in lines for _ in line.get_xdata())


def spans(axes: Axes, along: str) -> set[tuple[float, float]]:
    """The intervals that are drawn along an axis."""
    column = 0 if along == "x" else 1
    lines = [c for c in axes.collections if isinstance(c, LineCollection) and c.get_linewidth()[0] > 1]
    return {tuple(segment[:, column].tolist()) for c in lines for segment in c.get_segments()}


def failed(marks: Iterable[Mark]) -> list[str]:
    return sorted(look(mark.series).colour for mark in marks if mark.x is None or mark.y is None)
