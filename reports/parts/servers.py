"""Servers: from how many connections on a thread for each of them is a mistake, and what that rests on."""

from typing import Any

from plots import units
from plots.figures import serving
from plots.figures.serving import value_of
from plots.frame import Table
from plots.style import look
from reports.parts.blocks import Block, Code, Text, folded, grid
from reports.parts.thread_each import FACTOR, OTHERS, THREADS, Place, answer, places_of

Summary = dict[str, Any]
COMMAND = "build/release/bin/threadmark run --profile full --workload echo_server,idle_connections && make report"


def was_run(summary: Summary) -> bool:
    return any(cell["workload"] in serving.WORKLOADS for cell in summary["cells"])


COLUMNS = ("what", "connections", look(THREADS).label, *(
    text for model in OTHERS for text in (look(model).label, f"{look(model).label} better", "95 % interval")
), "OS threads are")  # fmt: skip


def table(places: list[Place]) -> Table:
    return Table(COLUMNS, tuple(
        (
            place.measure.words, f"{place.size:,}", place.ended or value_of(place.entries[THREADS]),
            *(text for model in OTHERS for text in beside(place, model)), place.state,
        )
        for place in places
    ))  # fmt: skip


def beside(place: Place, model: str) -> tuple[str, str, str]:
    entry = place.entries.get(model)
    if entry is None:
        return "–", "–", "–"
    value = value_of(entry) if entry["outcome"] == "ok" else entry["outcome"].replace("_", " ")
    standing = next((one for one in place.standings if one.model == model), None)
    if standing is None:
        return value, "–", "–"
    return value, units.factor(standing.ratio), units.factors(standing.ci95)


def opening(summary: Summary) -> list[Block]:
    """What stands before the figures."""
    if not was_run(summary):
        return [Text("No server was run here. What runs them, and makes the page of that run:"), Code(COMMAND)]
    places = places_of(summary)
    caption = (
        f"OS threads, a thread for each connection, beside mn and Go: worse where both are better by more than the "
        f"noise and by {FACTOR:g}× or more"
    )
    return [
        Text(
            "A small HTTP server, the same in every model, with a task for each connection, which with OS threads is a "
            "thread. In the variant stackless of mn each request starts a task; in the variant http of Go net/http "
            "serves. A client outside of its process asks."
        ),
        Text(answer(places)),
        *folded("What this answer rests on", grid(table(places), caption)),
    ]
