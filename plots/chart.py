"""What a figure shows, as data: for the reader who wants to point at a value, hide a model, change an axis, or take the
numbers away. A figure function fills in one of these beside its drawing; reports/explore.py makes the page's
interactive chart of it, and the CSV.

Invariant: a chart has every value that the drawing has, no more and no less, and says of each mark what the drawing
says of it. It knows nothing of how it will be shown.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Value = float | str


class Axis(NamedTuple):
    title: str
    unit: str | None = None  # as in a summary, so that ticks are worded like everywhere; None: a plain number
    scale: Literal["log", "linear", "ordinal"] = "log"
    # Of an ordinal axis, its values in the order in which they stand, the first at the top or left.
    order: tuple[str, ...] = ()
    # Of a linear axis along which things follow each other, what stands at its places 1, 2, 3, …; in two lines where
    # there is a blank.
    names: tuple[str, ...] = ()

    def name_of(self, place: Value | None) -> Value | None:
        """What stands there, where that has a name."""
        return self.names[int(place) - 1] if self.names and isinstance(place, int | float) else place


class Mark(NamedTuple):
    """One point, bar or corner of a line. A value of None is a place at which something failed."""

    x: Value | None
    y: Value | None
    series: str  # a model's name, or a part's metric: what has the colour
    low: float | None = None  # the 95 % interval, along the axis of the value
    high: float | None = None
    row: str = ""  # the panel that it stands in
    column: str = ""
    note: str = ""  # what there is to say besides: a failure's reason, the number of trials
    stretch: str = ""  # a line joins only what is of one stretch
    at_least: bool = False  # the value is a lower bound, and has the sign ≥


class Event(NamedTuple):
    """Something that happened at a place of the axis that was not measured."""

    place: float
    sign: str
    label: str  # what stands beside the sign where there is room
    text: str  # all that there is to say of it


@dataclass(frozen=True)
class Chart:
    kind: Literal["point", "line", "bar"]
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    value: Literal["x", "y"] = "y"  # the axis that shows what was measured: intervals lie along it
    colours: Literal["models", "parts"] = "models"
    # Where the rows of panels measure different things: what stands at the axis of the value of each.
    row_axes: tuple[tuple[str, Axis], ...] = ()
    # Lines across, such as 1 of a ratio, or the sizes that a claim names: place on the axis of the value, and name.
    references: tuple[tuple[float, str], ...] = ()
    events: tuple[Event, ...] = ()
    zooms: bool = False  # whether there is so much along the axis that was not measured that one looks at a part of it
    more_is_better: bool = False  # failures stand at the worse end of an axis
    rows_the_other_way: tuple[str, ...] = ()  # rows of panels in which it is the other way round
    abreast: int = 0  # how many panels stand side by side where there is room; 0: those of a row, two at most
    # Whether the chart can stand in the drawing's place. False where the drawing shows the same values in a second way.
    stands_alone: bool = True


def measured_axis(chart: Chart, row: str) -> Axis:
    """The axis of the value in a row of panels."""
    return dict(chart.row_axes).get(row, chart.x if chart.value == "x" else chart.y)


def better_with_more(chart: Chart, row: str) -> bool:
    return chart.more_is_better != (row in chart.rows_the_other_way)


def ends(interval: list[float] | None) -> dict[str, float | None]:
    """A mark's `low` and `high`."""
    low, high = interval or (None, None)
    return {"low": low, "high": high}
