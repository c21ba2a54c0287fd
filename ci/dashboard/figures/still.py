"""A chart of runs as a drawing that reads without JavaScript: a line with its intervals, crosses where nothing is, and
what happened above it."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plots import units
from plots.chart import Chart, Event, Mark
from plots.drawing import new_figure, panels
from plots.style import MUTED, look

HEIGHT = 2.6
MOST_TICKS = 8
FEW = 60  # runs, up to which there is room for a marker at every value
FOOT = 0.05  # where the crosses stand, as a share of the height
ROOM = 0.075  # of the width, that an event with its label needs


def draw(chart: Chart) -> Figure:
    with new_figure(HEIGHT) as figure:
        axes = panels(figure, 1, 1, left=0.8, legend_lines=0, title=0.3, bottom=0.62, right=0.2)[0, 0]
        for _, stretch in groupby(chart.marks, key=lambda mark: (mark.series, mark.stretch)):
            draw_stretch(axes, list(stretch), len(chart.x.names))
        frame(axes, chart)
        draw_events(axes, chart.events, len(chart.x.names))
    return figure


def draw_stretch(axes: Axes, marks: list[Mark], runs: int) -> None:
    style = look(marks[0].series)
    there = [mark for mark in marks if mark.y is not None]
    spans = [(mark.x, mark.low, mark.high) for mark in there if mark.low is not None and mark.high is not None]
    if spans:  # one path for all of them
        x = [place for place, *_ in spans for place in (place, place, None)]
        y = [bound for _, low, high in spans for bound in (low, high, None)]
        axes.plot(x, y, color=style.colour, linewidth=2.0, alpha=0.35, solid_capstyle="butt")
    axes.plot([mark.x for mark in there], [mark.y for mark in there], color=style.colour, linewidth=1.1,
              marker=style.marker if runs <= FEW or len(there) == 1 else None, markersize=3.6)  # fmt: skip
    missing = [mark.x for mark in marks if mark.y is None]
    axes.plot(missing, [FOOT] * len(missing), transform=axes.get_xaxis_transform(), linestyle="none", marker="x",
              markersize=5, markeredgewidth=1.6, color=style.colour)  # fmt: skip


def frame(axes: Axes, chart: Chart) -> None:
    runs = len(chart.x.names)
    places = range(1, runs + 1, -(-runs // MOST_TICKS))
    axes.set_xticks(places, [chart.x.names[place - 1].replace(" ", "\n") for place in places], fontsize=7.5)
    axes.set_xlim(0.5, runs + 0.5)
    axes.set_ylim(*heights(chart.marks))
    axes.set_xlabel(chart.x.title, labelpad=1)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: worded(value, chart.y.unit)))
    for place, _ in chart.references:
        axes.axhline(place, color=MUTED, linewidth=0.8, linestyle="--", zorder=1)
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def heights(marks: Iterable[Mark]) -> tuple[float, float]:
    """From the least to the most, with their intervals, but for what of these lies further out than the values span:
    one that reaches far would flatten everything else."""
    values = [mark.y for mark in marks if mark.y is not None] or [0.0, 1.0]
    low, high = min(values), max(values)
    span = max(high - low, abs(high) * 0.02, 1e-9)
    bounds = [bound for mark in marks for bound in (mark.low, mark.high) if bound is not None]
    return (
        max(min([low, *bounds]), low - span) - 0.1 * span,
        min(max([high, *bounds]), high + span) + 0.1 * span,
    )


def worded(value: float, unit: str | None) -> str:
    if unit == "×":
        return f"{value:.6g}×"
    return units.tick(value, unit) if unit == "B" else f"{value:,.6g}{' %' if unit == '%' else ''}"


def draw_events(axes: Axes, events: Sequence[Event], runs: int) -> None:
    """Each with its label, where the next one leaves room for that."""
    ends = [event.place for event in events[1:]] + [runs + 0.5]
    for event, end in zip(events, ends, strict=False):
        axes.axvline(event.place, color=MUTED, linewidth=0.9, linestyle="-", zorder=1)
        has_room = (end - event.place) / runs > ROOM
        axes.annotate(f"{event.sign} {event.label}" if has_room else event.sign, (event.place, 1), (-3.5, 3),
                      xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8)  # fmt: skip
