"""A figure's numbers as CSV (RFC 4180) in a link: they can be taken away without JavaScript and without a server."""

import csv
from io import StringIO
from urllib.parse import quote

from plots import Drawing
from plots.chart import Chart
from plots.style import look

COLUMNS = ("row", "column", "series", "x", "y", "interval low", "interval high", "note")


def data_uri(drawing: Drawing) -> str:
    return f"data:text/csv;charset=utf-8,{quote(csv_of(drawing), safe=' ,/:()')}".replace(" ", "%20")


def csv_of(drawing: Drawing) -> str:
    """The marks of its chart, with all digits; where it has none, its table."""
    text = StringIO()
    writer = csv.writer(text)
    if drawing.chart is not None:
        writer.writerows(rows_of(drawing.chart))
    else:
        writer.writerows([drawing.table.columns, *drawing.table.rows])
    return text.getvalue()


def rows_of(chart: Chart) -> list[tuple[object, ...]]:
    """Headers name the axes; what is not there is an empty field."""
    header = (*COLUMNS[:3], *(f"{name}: {axis.title}" + (f" [{axis.unit}]" if axis.unit else "")
                              for name, axis in (("x", chart.x), ("y", chart.y))), *COLUMNS[5:])  # fmt: skip
    named = chart.colours == "models"
    units = {row: f" [{axis.unit}]" for row, axis in chart.row_axes if axis.unit}
    return [header, *(
        (m.row + units.get(m.row, ""), m.column, look(m.series).label if named else m.series, chart.x.name_of(m.x),
         chart.y.name_of(m.y), m.low, m.high, m.note)
        for m in chart.marks
    )]  # fmt: skip
