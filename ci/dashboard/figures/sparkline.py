"""A chart of runs as a small SVG, for the many histories in which nothing has changed: a hundredth of the size and of
the time of a drawing by matplotlib. Text in, text out."""

from collections.abc import Callable, Iterator
from html import escape
from itertools import groupby

from plots.chart import Chart, Mark
from plots.style import look
from reports.charts.series import worded

WIDTH, HEIGHT = 720, 84
LEFT, RIGHT, TOP, BOTTOM = 76, 6, 14, 8  # margins
CROSS, LINE = 3, 11
Scale = Callable[[float], float]


def svg(chart: Chart, label: str) -> str:
    values = [mark.y for mark in chart.marks if mark.y is not None]
    x, y = scales(chart, values)
    text = "".join([*events(chart, x), *extremes(chart, values, y), *lines(chart, x, y)])
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label, quote=True)}" '
        f'font-family="system-ui, sans-serif" font-size="10">{text}</svg>'
    )


def scales(chart: Chart, values: list[float]) -> tuple[Scale, Scale]:
    """Heights go by the values alone: an interval that reaches far is cut off."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    middle, half = (low + high) / 2, max((high - low) / 2, abs(high) * 0.01, 1e-9)
    runs = max(len(chart.x.names), 1)

    def x(place: float) -> float:
        return LEFT + (place - 0.5) / runs * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        share = min(max((value - middle) / half, -1.25), 1.25) / 2.5 + 0.5
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    return x, y


def lines(chart: Chart, x: Scale, y: Scale) -> Iterator[str]:
    for _, stretch in groupby(chart.marks, key=lambda mark: (mark.series, mark.stretch)):
        marks = list(stretch)
        colour = look(marks[0].series).colour
        there = [mark for mark in marks if mark.y is not None]
        spans = "".join(interval(mark, x, y) for mark in there)
        if spans:
            yield f'<path d="{spans}" stroke="{colour}" stroke-opacity=".35" stroke-width="2"/>'
        corners = " ".join(f"{x(mark.x):.1f},{y(mark.y):.1f}" for mark in there)
        if len(there) > 1:
            yield f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="1.2"/>'
        if len(there) == 1:
            yield f'<circle cx="{x(there[0].x):.1f}" cy="{y(there[0].y):.1f}" r="2.5" fill="{colour}"/>'
        crosses = "".join(cross(x(mark.x)) for mark in marks if mark.y is None)
        if crosses:
            yield f'<path d="{crosses}" stroke="{colour}" stroke-width="1.6"/>'


def interval(mark: Mark, x: Scale, y: Scale) -> str:
    if mark.low is None or mark.high is None or mark.low == mark.high:
        return ""
    return f"M{x(mark.x):.1f},{y(mark.low):.1f}V{y(mark.high):.1f}"


def cross(x: float) -> str:
    foot = HEIGHT - BOTTOM - CROSS
    return f"M{x - CROSS:.1f},{foot - CROSS}l{2 * CROSS},{2 * CROSS}m0,-{2 * CROSS}l-{2 * CROSS},{2 * CROSS}"


def extremes(chart: Chart, values: list[float], y: Scale) -> Iterator[str]:
    """The largest and the smallest value, at the left of a line at their height; one of them where they are close."""
    ends = sorted({max(values), min(values)}) if values else []
    for value in ends if len(ends) < 2 or y(ends[0]) - y(ends[1]) > LINE else ends[:1]:
        height = y(value)
        line = f'<path d="M{LEFT},{height:.1f}H{WIDTH - RIGHT}" style="stroke: var(--grid)"/>'
        words = escape(worded(value, chart.y))
        place = f'x="{LEFT - 6}" y="{height + 3.5:.1f}" text-anchor="end" style="fill: var(--ink)"'
        yield f"{line}<text {place}>{words}</text>"


def events(chart: Chart, x: Scale) -> Iterator[str]:
    for event in chart.events:
        place = x(event.place)
        line = f'<path d="M{place:.1f},{TOP - 2}V{HEIGHT - BOTTOM}" style="stroke: var(--muted)"/>'
        sign = escape(event.sign)
        yield f'{line}<text x="{place:.1f}" y="9" text-anchor="middle" style="fill: var(--ink)">{sign}</text>'
