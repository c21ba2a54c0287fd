"""How a chart's series look: a model's colour and shape, a part's colour and hatch, the same that they have in the
drawings; and what is said of a mark."""

from plots import units
from plots.chart import Axis, Chart, Mark, Value, measured_axis
from plots.style import ALL_PARTS, in_order, look
from reports.charts.hatches import fill_of

# matplotlib's markers as Vega names them, or as a path in a square from -1 to 1.
SHAPES = {
    "o": "circle", "s": "square", "^": "triangle-up", "D": "diamond", "v": "triangle-down", "P": "cross",
    "<": "triangle-left", ">": "triangle-right",
    "X": "M-.8,-.4L-.4,-.8L0,-.4L.4,-.8L.8,-.4L.4,0L.8,.4L.4,.8L0,.4L-.4,.8L-.8,.4L-.4,0Z",
    "p": "M0,-1L.95,-.31L.59,.81L-.59,.81L-.95,-.31Z", "h": "M0,-1L.87,-.5L.87,.5L0,1L-.87,.5L-.87,-.5Z",
    "*": "M0,-1L.22,-.31L.95,-.31L.36,.12L.59,.81L0,.38L-.59,.81L-.36,.12L-.95,-.31L-.22,-.31Z",
}  # fmt: skip


def series_of(chart: Chart) -> list[str]:
    there = {mark.series for mark in chart.marks}
    if chart.colours == "models":
        return in_order(there)
    listed = [part.metric for part in ALL_PARTS if part.metric in there]
    return listed + sorted(there - set(listed))


def label_of(name: str, chart: Chart) -> str:
    if chart.colours == "models":
        return look(name).label
    return next((part.label for part in ALL_PARTS if part.metric == name), name.replace("_", " "))


def colour_of(name: str, chart: Chart) -> str:
    if chart.colours == "models":
        return look(name).colour
    return next((part.colour for part in ALL_PARTS if part.metric == name), look(name).colour)


def fills_of(series: list[str], chart: Chart) -> list[str]:
    """What fills bars and points: a hatch, nothing but paper for a variant, else the colour."""
    if chart.colours == "parts":
        return [fill_of(name) for name in series]
    return ["var(--paper)" if look(name).hollow else look(name).colour for name in series]


def shapes_of(series: list[str], chart: Chart) -> list[str]:
    return [SHAPES[look(name).marker] if chart.colours == "models" else "circle" for name in series]


def worded(value: Value, axis: Axis) -> str:
    value = axis.name_of(value)
    if isinstance(value, str):
        return value
    if axis.unit is not None:
        return units.factor(value) if axis.unit == "×" else units.quantity(value, axis.unit)
    return f"{value:,.0f}" if value == int(value) else units.number(value)


def tip(mark: Mark, chart: Chart) -> str:
    """What the pointer shows of a mark: a line each."""
    measured, other = measured_axis(chart, mark.row), chart.y if chart.value == "x" else chart.x
    value, place = getattr(mark, chart.value), getattr(mark, "y" if chart.value == "x" else "x")
    found = "failed" if value is None else ("at least " if mark.at_least else "") + worded(value, measured)
    if value is not None and mark.low is not None and mark.high is not None:
        found += f" (95 % interval {worded(mark.low, measured)} – {worded(mark.high, measured)})"
    named = "" if place is None else worded(place, other)
    if isinstance(place, int | float):
        named = f"{short(other)}: {named}"
    where = ", ".join(text for text in (named, mark.row, mark.column) if text)
    return "\n".join(text for text in (label_of(mark.series, chart), found, where, mark.note) if text)


def short(axis: Axis) -> str:
    """The axis's title without what it says of direction."""
    return axis.title.partition(":")[0]
