"""The axes of charts to explore: from where to where, at which places there are ticks, and how they are worded. What
plots/units.py words for the drawings is worded here by expressions of Vega, which the tests hold against it."""

import json
import math
from textwrap import wrap

from plots import units
from plots.chart import Axis, Chart, Mark, Value
from plots.drawing import decades

MOST_TICKS = 12
LABEL = 32  # characters in a line of a label


def order_of(axis: Axis, marks: list[Mark], name: str) -> list[str]:
    """Of an ordinal axis the values that occur; those that the axis does not name come last."""
    if axis.scale != "ordinal":
        return []
    there = dict.fromkeys(str(getattr(mark, name)) for mark in marks if getattr(mark, name) is not None)
    return [value for value in axis.order if value in there] + [value for value in there if value not in axis.order]


def domain_of(chart: Chart, marks: list[Mark], name: str) -> tuple[float, float]:
    """From the least to the most, with a margin, so that no mark lies on the edge. A line across that is far away is
    left out on a linear axis: it would press everything else together."""
    axis, measured = {"x": chart.x, "y": chart.y}[name], name == chart.value
    if axis.names:
        return (0.5, len(axis.names) + 0.5)
    logarithmic = axis.scale == "log"
    found = [getattr(mark, name) for mark in marks]
    if measured:
        found += [bound for mark in marks for bound in (mark.low, mark.high)]
        if chart.kind == "bar":
            found += [0.0, *stack_heights(chart, marks, name)]
    values = [float(v) for v in found if isinstance(v, int | float) and math.isfinite(v) and (v > 0 or not logarithmic)]
    if not values:
        return (1.0, 10.0)
    places = [place for place, _ in chart.references if measured and (place > 0 or not logarithmic)]
    values += [place for place in places if logarithmic or min(values) / 2 <= place <= max(values) * 2]
    low, high = min(values), max(values)
    if logarithmic:
        margin = max((high / low) ** 0.04, 1.05)
        # Failures stand at the foot of a vertical axis, and must not stand on values.
        crosses = measured and name == "y" and any(mark.y is None for mark in marks)
        return (low / (margin**5 if crosses else margin), high * margin)
    margin = (high - low) * 0.04 or abs(high) * 0.04 or 1.0
    return (low if low == 0 else low - margin, high + margin)


def stack_heights(chart: Chart, marks: list[Mark], name: str) -> list[float]:
    if chart.colours != "parts":
        return []
    other = "y" if name == "x" else "x"
    heights: dict[tuple[str, Value | None], float] = {}
    for mark in marks:
        place = (mark.column, getattr(mark, other))
        heights[place] = heights.get(place, 0.0) + max(getattr(mark, name) or 0.0, 0.0)
    return list(heights.values())


def ticks(low: float, high: float) -> list[float]:
    """Round places of a log axis: few, and never more than there is room for."""
    steps = decades(low, high)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
    return found[:: -(-len(found) // MOST_TICKS)] if found else [low, high]


def tick_label(axis: Axis) -> str:
    """The expression by which Vega words a tick, as units.tick does."""
    plain = "format(datum.value, ',~r')"
    if axis.names:
        return f"split(({json.dumps(axis.names, ensure_ascii=False)})[datum.value - 1] || '', ' ')"
    if axis.unit in units.TIMES:
        ns = f"(datum.value * {units.TIMES[axis.unit]:g})"
        step = "abs({2}) >= {0} ? format({2} / {0}, ',~r') + ' {1}' : "
        steps = [step.format(size, name, ns) for size, name in (("1e9", "s"), ("1e6", "ms"), ("1e3", "µs"))]
        return f"{''.join(steps)}format({ns}, ',~r') + ' ns'"
    if axis.unit in ("B", units.RATE):
        many, few = ("", " B") if axis.unit == "B" else ("/s", "/s")
        return (
            f"abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',~r') + 'M{many}' : abs(datum.value) >= 1000 ? "
            f"format(datum.value / 1e3, ',~r') + 'k{many}' : {plain} + '{few}'"
        )
    return f"{plain} + '{'' if axis.unit == '×' else ' '}{axis.unit}'" if axis.unit else plain


def lines_of(label: str) -> list[str]:
    return wrap(label, LABEL) or [label]


def wrapped(labels: list[str]) -> str:
    """The expression by which Vega sets the labels of an ordinal axis in lines."""
    long = {label: lines_of(label) for label in labels if len(label) > LABEL}
    return f"({json.dumps(long, ensure_ascii=False)})[datum.label] || datum.label" if long else "datum.label"
