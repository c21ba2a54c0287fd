"""The p99 of a server against its load: a half, three quarters, nine tenths of what it can serve. A panel for each
route and number of connections. The table has the other percentiles."""

import re

from plots import units
from plots.chart import Axis, Chart
from plots.drawing import Drawing, nothing_to_draw
from plots.figures import serving
from plots.figures.leads import lead_of
from plots.figures.lines import draw_lines, failure_notes, marks_of, panels_of
from plots.figures.serving import Place, Served
from plots.frame import Entry, Summary, Table
from plots.style import look

NAME = "server_latency"
STEPS = {"at50_p99_us": "50 %", "at75_p99_us": "75 %", "at90_p99_us": "90 %"}
TITLE = "at75_p99_us"
PERCENTILE = re.compile(r"at(\d+)_p(\d\d)(\d?)_us")
LABEL = "p99 latency: lower is better"


def draw(summary: Summary) -> Drawing:
    everything = serving.served(summary)
    found: Served = everything[1] if everything else {}
    by_title: dict[str, list[Entry]] = {}
    for place, cells in sorted(found.items(), key=lambda item: (item[0].route, item[0].connections)):
        by_title.setdefault(serving.name_of(place), []).extend(cells[m] for m in STEPS if m in cells)
    if everything is None or not any(cell["n"] for cells in by_title.values() for cell in cells):
        return nothing_to_draw(NAME, "No latency of a server was measured", f"no trial of {serving.SERVER} ended ok")
    shown, steps = panels_of({title: cells for title, cells in by_title.items() if cells}, STEPS), list(STEPS.values())
    figure = draw_lines(shown, steps, "µs", LABEL, None)
    chart = Chart(
        "line", Axis("of capacity", scale="ordinal", order=tuple(steps)), Axis(LABEL, "µs"),
        tuple(marks_of(shown, steps)), abreast=2,
    )  # fmt: skip
    notes = (
        f"A server {everything[0].words}; requests are due at a fixed rate, the share of its capacity that stands "
        "below, whatever the server does, and latency counts from when a request was due. Medians over the blocks of "
        "each trial's percentiles, with 95 % intervals. The table has p50 and p99.9 as well.",
        *lag(found),
        *less_load(found),
        *failure_notes(shown),
        serving.floors(summary, serving.MEASURES[1:2]),
    )
    return Drawing(NAME, title_of(summary, found), notes, figure, table_of(found), chart)


def lag(found: Served) -> list[str]:
    """How late the client itself was."""
    late = [c["client_lag_p99_us"]["median"] for c in found.values() if "client_lag_p99_us" in c]
    there = [value for value in late if value is not None]
    if not there:
        return []
    span = units.interval([min(there), max(there)], "µs")
    return [f"How late the client itself sent its requests is in these latencies: p99 of that {span}, by cell."]


def less_load(found: Served) -> list[str]:
    told = serving.bounded(found)
    if not told:
        return []
    return [
        "With less load than the others, because their capacity is a lower bound (how much the server used of what it "
        f"may, when it was looked for): {units.listing(told)}."
    ]


def title_of(summary: Summary, found: Served) -> str:
    """Who has the lowest p99 at three quarters, for each number of connections on the first route."""
    first = min(place.route for place in found)
    parts = []
    for size in sorted({place.connections for place in found if place.route == first}):
        cells = [c[TITLE] for p, c in found.items() if (p.connections, p.route) == (size, first) and TITLE in c]
        parts.append(f"over {size:,} connections: {lead_of(summary, serving.main_models(cells), 'below')}")
    return f"Lowest p99 at 75 % of capacity – {'; '.join(parts)}"


def table_of(found: Served) -> Table:
    columns = ("connections", "route", "model", "of capacity", "percentile", "median", "95 % interval", "outcome",
               "reason")  # fmt: skip
    return Table(columns, tuple(
        row_of(place, load, percentile, cell)
        for place, cells in found.items()
        for metric, cell in cells.items()
        for load, percentile in [said_of(metric)]
        if load
    ))  # fmt: skip


def said_of(metric: str) -> tuple[str, str]:
    found = PERCENTILE.fullmatch(metric)
    return (f"{found[1]} %", f"p{found[2]}{f'.{found[3]}' if found[3] else ''}") if found else ("", "")


def row_of(place: Place, load: str, percentile: str, cell: Entry) -> tuple[str, ...]:
    route = str(serving.ROUTES.get(place.route, place.route))
    return (f"{place.connections:,}", route, look(place.model).label, load, percentile,
            units.quantity(cell["median"], "µs"), units.interval(cell["ci95"], "µs"), cell["outcome"],
            cell["reason"] or "–")  # fmt: skip
