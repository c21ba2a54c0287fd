"""A panel of a chart to explore as a specification of Vega-Lite: lines across, intervals, lines, points or bars, and
crosses for what failed."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from plots.chart import Chart, Mark, Value, better_with_more, measured_axis
from reports.charts import events, zoom
from reports.charts.axes import LABEL, MOST_TICKS, domain_of, lines_of, order_of, tick_label, ticks, wrapped
from reports.charts.series import colour_of, fills_of, shapes_of, tip

Spec = dict[str, Any]

HEIGHT = 260  # pixels, where the vertical axis is a quantity
TALL = 500  # pixels, from which on the foot of a panel is out of sight
STEP, LEAST_BAND, LINE = 7, 20, 13  # pixels, of a series in a band, of a band, of a line of its label
NAME_ROOM = 0.2  # of an axis, between the names of two lines across
CROSS = "M-0.7,-0.7L0.7,0.7M0.7,-0.7L-0.7,0.7"
TOOLTIP = {"field": "t", "type": "nominal"}
INK = "var(--ink)"


def panel(chart: Chart, row: str, column: str, series: list[str]) -> Spec:
    in_row = [mark for mark in chart.marks if mark.row == row]
    marks = [mark for mark in in_row if mark.column == column]
    frame = Frame(chart, row, in_row, series)
    return {
        "width": "container",
        "height": frame.height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [{"name": "hidden", "value": []}, *([zoom.parameter(frame.along)] if chart.zooms else [])],
        "transform": [{"filter": "indexof(hidden, datum.s) < 0"}, *([zoom.within(frame.other)] if chart.zooms else [])],
        "data": {"values": [frame.datum(mark) for mark in marks]},
        "layer": list(frame.layers(marks)),
    }


class Frame:
    """What the panels of one row share: axes, order, places."""

    def __init__(self, chart: Chart, row: str, marks: list[Mark], series: list[str]) -> None:
        self.chart, self.row, self.marks, self.series = chart, row, marks, series
        self.value, self.other = chart.value, "y" if chart.value == "x" else "x"
        self.axes = {"x": chart.x, "y": chart.y}
        self.axes[self.value] = measured_axis(chart, row)
        self.orders = {name: order_of(axis, marks, name) for name, axis in self.axes.items()}
        shared = {(mark.column, getattr(mark, self.other)) for mark in marks}
        several = len({(mark.column, getattr(mark, self.other), mark.series) for mark in marks}) > len(shared)
        # Series that share a band stand side by side in it; stacked ones, those that are alone in theirs, and points
        # of lines, do not.
        beside = several and not self.stacked and chart.kind != "line"
        self.apart = beside and self.axes[self.other].scale == "ordinal"
        measurable = [name for name, axis in self.axes.items() if axis.scale != "ordinal"]
        self.domains = {name: domain_of(chart, marks, name) for name in measurable}
        bands = len(self.orders["y"])
        lines = max((len(lines_of(label)) for label in self.orders["y"]), default=1)
        band = max(LEAST_BAND, LINE * lines, STEP * len(series) + STEP if self.apart else 0)
        self.height = band * bands if self.axes["y"].scale == "ordinal" else HEIGHT
        self.axis_above = self.value == "x" and self.height > TALL

    @property
    def along(self) -> tuple[float, float]:
        """From where to where, on the axis that was not measured."""
        return self.domains[self.other]

    @property
    def stacked(self) -> bool:
        return self.chart.kind == "bar" and self.chart.colours == "parts"

    def datum(self, mark: Mark) -> Spec:
        """Short keys, because there may be ten thousand of them: s series, i its place among them, l and h interval,
        t what the pointer shows, g the stretch of a line, b a lower bound, f the place of a failure in pixels: at the
        foot of a vertical axis, one above the other."""
        entry = {"x": mark.x, "y": mark.y, "s": mark.series, "l": mark.low, "h": mark.high, "t": tip(mark, self.chart)}
        if self.axes[self.value].scale == "log" and mark.low is not None:
            # What is zero or below has no place on a logarithmic axis: the interval goes on to its foot.
            entry["l"] = max(mark.low, self.domains[self.value][0])
        place = self.series.index(mark.series)
        if self.stacked:
            entry["i"] = place
        if mark.stretch:
            entry["g"] = mark.stretch
        if mark.at_least:
            entry["b"] = 1
        if getattr(mark, self.value) is None:
            last = self.last_before(mark)
            entry |= {"failed": 1, **({"f": self.height - 6 - STEP * place} if last is None else {self.value: last})}
        return {key: value for key, value in entry.items() if value is not None}

    def last_before(self, failure: Mark) -> Value | None:
        """Where a line ends before it fails: there its cross stands."""
        if self.chart.kind != "line":
            return None
        place, same = getattr(failure, self.other), failure._replace(low=None, high=None, note="", x=None, y=None)
        before = [
            (getattr(m, self.other), getattr(m, self.value))
            for m in self.marks
            if m._replace(low=None, high=None, note="", x=None, y=None) == same and getattr(m, self.value) is not None
            and not isinstance(place, str | None) and getattr(m, self.other) < place
        ]  # fmt: skip
        return max(before)[1] if before else None

    def layers(self, marks: list[Mark]) -> Iterator[Spec]:
        yield from self.references()
        yield from events.layers(self.chart, self.channel(self.other, "v"))
        there = {"filter": "!datum.failed"}
        if any(mark.low is not None and mark.high is not None for mark in marks):
            along = {self.value: self.channel(self.value, "l"), f"{self.value}2": {"field": "h"}}
            yield {
                "transform": [there, {"filter": "isValid(datum.l)"}],
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
                "encoding": {self.other: self.channel(self.other), **along, **self.offset(), "color": self.colour()},
            }
        both = {name: self.channel(name) for name in ("x", "y")}
        if self.chart.kind == "line":
            detail = {"detail": {"field": "g", "type": "nominal"}} if any(mark.stretch for mark in marks) else {}
            yield {
                "transform": [there],
                "mark": {"type": "line", "strokeWidth": 1.5},
                "encoding": {**both, "color": self.colour(), "order": {"field": self.other, "type": "quantitative"}
                             if self.axes[self.other].scale != "ordinal" else {"value": 0}, **detail},
            }  # fmt: skip
        yield {"transform": [there], **self.mark(both), **(zoom.brush(self.other) if self.chart.zooms else {})}
        if any(mark.at_least for mark in marks):
            yield self.lower_bounds(both)
        if any(getattr(mark, self.value) is None for mark in marks):
            yield from self.crosses()
        if empty := self.empty(marks):
            yield self.not_run(empty)

    def empty(self, marks: list[Mark]) -> list[str]:
        """Places that other panels of the row have and this one has not."""
        there = {getattr(mark, self.other) for mark in marks}
        return [place for place in self.orders[self.other] if place not in there] if self.chart.kind != "line" else []

    def not_run(self, places: list[str]) -> Spec:
        """Says why a place is empty, as the drawing does."""
        along = self.channel(self.value)
        del along["field"]
        return {
            "data": {"values": [{self.other: place} for place in places]},
            "mark": {"type": "text", "text": "not run", "color": "var(--muted)", "fontSize": 10},
            "encoding": {self.other: self.channel(self.other), self.value: {**along, "datum": self.free_place()}},
        }

    def free_place(self) -> float:
        """Where a word stands clear of the lines across, if anywhere."""
        low, high = self.domains[self.value]
        taken = [self.share(place) for place, _ in self.chart.references if low <= place <= high]
        clear = [share for share in (0.5, 0.75, 0.25) if all(abs(share - other) > NAME_ROOM for other in taken)]
        share = clear[0] if clear else 0.5
        if self.axes[self.value].scale == "log":
            return low * (high / low) ** share
        return low + (high - low) * share

    def mark(self, both: Spec) -> Spec:
        fill = self.by_series(fills_of(self.series, self.chart))
        if self.chart.kind == "bar":
            stack = {self.value: {**both[self.value], "stack": "zero" if self.stacked else None}}
            order = {"order": {"field": "i", "type": "quantitative"}} if self.stacked else {}
            return {
                "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 0.5},
                "encoding": {**both, **stack, **order, **self.offset(), "fill": fill, "tooltip": TOOLTIP},
            }
        size = zoom.point_size() if self.chart.zooms else 40
        return {
            "mark": {"type": "point", "size": size, "strokeWidth": 1.4, "opacity": 1},
            "encoding": {**both, **self.offset(), "color": self.colour(), "fill": fill,
                         "shape": self.by_series(shapes_of(self.series, self.chart)), "tooltip": TOOLTIP},
        }  # fmt: skip

    def lower_bounds(self, both: Spec) -> Spec:
        """The sign stands where no interval does."""
        clear = {"dx": 6, "dy": 10, "align": "left"} if self.value == "y" else {"dy": -9}
        return {
            "transform": [{"filter": "datum.b"}],
            "mark": {"type": "text", "text": "≥", "color": INK, "fontSize": 12, "fontWeight": "bold", **clear},
            "encoding": {**both, **self.offset()},
        }

    def crosses(self) -> Iterator[Spec]:
        worse = 6 if better_with_more(self.chart, self.row) else "width"  # pixels, clear of the names of the rows
        foot = {"x": {"value": worse}} if self.value == "x" else {
            "y": {"field": "f", "type": "quantitative", "scale": None, "axis": None}
        }  # fmt: skip
        places = {f"isValid(datum.{self.value})": {self.value: self.channel(self.value)},
                  f"!isValid(datum.{self.value})": foot}  # fmt: skip
        for which, place in places.items():
            yield {
                "transform": [{"filter": f"datum.failed && {which}"}],
                "mark": {"type": "point", "shape": CROSS, "size": 60, "strokeWidth": 2.2, "opacity": 1, "clip": False},
                "encoding": {self.other: self.channel(self.other), **place, **self.offset(), "color": self.colour(),
                             "tooltip": TOOLTIP},
            }  # fmt: skip

    def references(self) -> Iterator[Spec]:
        """Lines across, each with its name where there is room for one."""
        low, high = self.domains.get(self.value, (-math.inf, math.inf))
        shown = [(place, name) for place, name in self.chart.references if low <= place <= high]
        if not shown:
            return
        named: list[float] = []
        rows = []
        for place, name in shown:
            has_room = all(abs(self.share(place) - other) > NAME_ROOM for other in named)
            named += [self.share(place)] if has_room else []
            rows.append({"v": place, "t": name, "n": name if has_room else ""})
        data = {"values": rows}
        at = {self.value: self.channel(self.value, "v")}
        yield {"data": data, "mark": {"type": "rule", "color": INK, "strokeDash": [5, 3]},
               "encoding": {**at, "tooltip": TOOLTIP}}  # fmt: skip
        where = {"align": "center" if self.value == "x" else "right", "baseline": "bottom", "dy": -3}
        if self.axis_above:
            where |= {"baseline": "top", "dy": 4}
        end = {"y": {"value": "height" if self.axis_above else 0}} if self.value == "x" else {"x": {"value": "width"}}
        yield {"data": data, "mark": {"type": "text", **where, "color": INK},
               "encoding": {**at, **end, "text": {"field": "n", "type": "nominal"}}}  # fmt: skip

    def share(self, place: float) -> float:
        """How far along the axis of what was measured, from 0 to 1."""
        low, high = self.domains[self.value]
        if self.axes[self.value].scale == "log":
            return math.log(place / low) / math.log(high / low)
        return (place - low) / (high - low)

    def channel(self, name: str, field: str | None = None) -> Spec:
        axis = self.axes[name]
        title = {"title": None if axis.scale == "ordinal" else axis.title}
        if axis.scale == "ordinal":
            order = self.orders[name]
            # The second line of a label goes below its place, so the first must stand above it.
            broken = {"condition": {"test": f"length(datum.label) > {LABEL}", "value": "bottom"}, "value": "middle"}
            grid = {"grid": True, "tickBand": "extent", "labelAngle": 0, "ticks": False, "labelExpr": wrapped(order)}
            if name == "y":
                grid["labelBaseline"] = broken
            scale = {"domain": order, "type": "band"}
            return {"field": field or name, "type": "ordinal", "sort": order, "scale": scale, "axis": grid, **title}
        low, high = self.domains[name]
        scale = {"type": axis.scale, "domain": [low, high], "nice": False, "zero": False}
        marked = {"labelExpr": tick_label(axis), "labelOverlap": True, "tickCount": 6}
        if axis.names:
            marked["tickMinStep"] = 1
        if name == "x" and self.axis_above:
            marked["orient"] = "top"
        if name == "x" and self.axes["y"].scale == "ordinal":
            marked["titleAnchor"] = "end"  # on a phone the title is longer than the axis, and the names are to its left
        if axis.scale == "log":
            del scale["zero"]
            along = self.chart.kind == "line" and name == self.other  # its few sizes are what the reader looks for
            own = sorted({getattr(mark, name) for mark in self.marks} - {None}) if along else []
            marked["values"] = own if 1 < len(own) <= MOST_TICKS else ticks(low, high)
        return {"field": field or name, "type": "quantitative", "scale": scale, "axis": marked, **title}

    def offset(self) -> Spec:
        if not self.apart:
            return {}
        return {f"{self.other}Offset": {"field": "s", "type": "nominal", "scale": {"domain": self.series}}}

    def colour(self) -> Spec:
        return self.by_series([colour_of(name, self.chart) for name in self.series])

    def by_series(self, values: Sequence[str]) -> Spec:
        scale = {"domain": self.series, "range": list(values)}
        return {"field": "s", "type": "nominal", "legend": None, "scale": scale}
