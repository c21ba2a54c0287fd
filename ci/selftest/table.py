"""selftest.json as text."""

from collections.abc import Iterator
from typing import Any

from analysis.trust.bounds import percent
from analysis.trust.table import table

Document = dict[str, Any]


def lines(document: Document) -> Iterator[str]:
    bounds = document["bounds"]
    yield f"{document['histories']} histories of {document['commits']} commits, seed {document['seed']}"
    yield f"found: reported in the right direction within {document['tolerance']} commits"
    yield f"could be seen: in a history of which the watch says that it would see {percent(document['visible'] - 1)}"
    yield ""
    for part in document["parts"]:
        blocks = f"{part['blocks']} blocks"
        yield from table(f"Steps of times, {blocks}", list(steps(part)))
        yield from table(f"Steps by {bounds['percent']} %, {blocks}, by the scatter of a run", list(classes(part)))
        yield from table(f"Steps of counts, {blocks}", list(counts(part)))
        yield from table(f"All, {blocks}", list(others(part)))
    yield f"recall at {bounds['percent']} % that could be seen: {shown(document['recall'])}; bound {bounds['recall']}"
    yield f"recall at {bounds['percent']} % in all histories, also those too noisy: {shown(document['recall_of_all'])}"
    yield f"precision: {shown(document['precision'])}; bound {bounds['precision']}"


def steps(part: Document) -> Iterator[tuple[str, ...]]:
    yield "size", "could be seen: found", "regressions alone", "all: found", "median runs until", "90 % by"
    for row in part["steps"]:
        delay = row["delay"]
        yield (
            size(row),
            *(shown(row[name]) for name in ("visible", "worse", "all")),
            *("–" if delay[name] is None else f"{delay[name]:g}" for name in ("median", "p90")),
        )


def classes(part: Document) -> Iterator[tuple[str, ...]]:
    yield "scatter", "histories", "found"
    for row in part["scatter"]:
        over = f"above {percent(row['above'])}"
        upto = "" if row["at_most"] is None else f", at most {percent(row['at_most'])}"
        yield over + upto, str(row["histories"]), shown(row["found"])


def counts(part: Document) -> Iterator[tuple[str, ...]]:
    yield "size", "exact: found", "all: found"
    for row in part["counts"]:
        yield size(row), shown(row["exact"]), shown(row["all"])


def others(part: Document) -> Iterator[tuple[str, ...]]:
    words = {
        "visible": "histories in which a change could be seen",
        "drifts": "drifts, called gradual",
        "precision": "reported changes that are real",
        "false_looks": "looks at a growing history without a change that report one",
        "missing": "lost subjects that are called missing",
    }
    for name, text in words.items():
        yield text, shown(part[name])


def size(row: Document) -> str:
    return f"{row['percent']:g} %"


def shown(share: dict[str, Any]) -> str:
    """With its exact 95 % interval."""
    if share["share"] is None:
        return "–"
    low, high = share["ci95"]
    return f"{percent(share['share'])} of {share['of']} ({percent(low)} to {percent(high)})"
