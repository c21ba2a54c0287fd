"""Makes of a chart what a reader can explore: a Vega-Lite specification for each of its panels, and what stands around
them. Pure data, nothing is drawn here. series.py has colours, shapes and words, axes.py the axes, panels.py the rest.

Invariants: every mark of the chart is in one panel, those that failed as a cross with its reason; panels that stand in
one row share both axes, and hiding a model moves no axis; a series has the colour and the shape that it has everywhere.
Colours of the page are named by its variables, so that a chart follows light and dark without being drawn again.

A panel is a view of its own, not a facet of one: so panels wrap on a narrow screen, and each is as wide as its place.
"""

from itertools import product
from typing import Any

from plots.chart import Chart
from plots.style import look
from reports.charts.hatches import fill_of
from reports.charts.panels import panel
from reports.charts.series import colour_of, label_of, series_of

Spec = dict[str, Any]

INK, MUTED, GRID = "var(--ink)", "var(--muted)", "var(--grid)"
CONFIG: Spec = {
    "aria": False,  # the chart's alternative text and table speak for it
    "background": "transparent",
    "font": "system-ui, 'DejaVu Sans', sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domainColor": MUTED, "tickColor": MUTED, "gridColor": GRID, "labelColor": INK, "titleColor": INK,
        "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 11, "labelLimit": 260, "titlePadding": 8,
    },
}  # fmt: skip


MOST_COLUMNS = 2  # of panels, however many a row has: more would leave none of them room, but where a chart says so


def can_be_explored(chart: Chart) -> bool:
    """A chart without marks, or of words both ways, has no value to point at: its drawing says more."""
    return bool(chart.marks) and not chart.x.scale == chart.y.scale == "ordinal"


def explore(chart: Chart) -> Spec:
    """What the page's script needs to draw the chart, as JSON."""
    measured = chart.x if chart.value == "x" else chart.y
    series = series_of(chart)
    rows, columns = (list(dict.fromkeys(getattr(mark, name) for mark in chart.marks)) for name in ("row", "column"))
    there = {(mark.row, mark.column) for mark in chart.marks}
    panels = [place for place in product(rows, columns) if place in there]
    return {
        "measured": chart.value,
        "log": measured.scale == "log",
        "columns": chart.abreast or min(len(columns), MOST_COLUMNS),
        "series": [entry_of(name, chart) for name in series],
        "panels": [
            {"title": ", ".join(text for text in place if text), "spec": panel(chart, *place, series)}
            for place in panels
        ],
    }  # fmt: skip


def entry_of(name: str, chart: Chart) -> Spec:
    """The legend's."""
    entry = {"name": name, "label": label_of(name, chart), "colour": colour_of(name, chart)}
    return {**entry, "glyph": look(name).glyph} if chart.colours == "models" else {**entry, "fill": fill_of(name)}
