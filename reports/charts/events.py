"""What happened at a place of the axis that was not measured: a line across the panel with a sign at its end, and in
words where the pointer is."""

from collections.abc import Iterator
from typing import Any

from plots.chart import Chart
from reports.charts import zoom

Spec = dict[str, Any]

COLOUR = "var(--muted)"
TOOLTIP = {"field": "t", "type": "nominal"}


def layers(chart: Chart, channel: Spec) -> Iterator[Spec]:
    """`channel` is that of the axis, with a field "v" for the place."""
    if not chart.events:
        return
    along = "y" if chart.value == "x" else "x"
    common = {
        "data": {"values": [{"v": event.place, "n": event.sign, "t": event.text} for event in chart.events]},
        "transform": [zoom.within("v")] if chart.zooms else [],
    }
    at = {along: channel, "tooltip": TOOLTIP}
    yield {**common, "mark": {"type": "rule", "color": COLOUR, "strokeWidth": 1.2}, "encoding": at}
    end = {"y": {"value": 0}} if along == "x" else {"x": {"value": "width"}}
    beyond = {"baseline": "bottom", "dy": -2} if along == "x" else {"align": "left", "dx": 3}
    yield {**common, "mark": {"type": "text", **beyond, "fontSize": 12, "color": "var(--ink)"},
           "encoding": {**at, **end, "text": {"field": "n", "type": "nominal"}}}  # fmt: skip
