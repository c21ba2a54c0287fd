"""What `python -m ci.selftest` found on simulated histories: how many of the planted changes are found, and how many of
the reported ones are real."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.contracts import describe
from analysis.run import read_document
from ci.dashboard.given import Unusable
from ci.selftest import table
from ci.selftest.document import validator
from plots.frame import Table
from reports.parts.blocks import Block, Grid, Heading, Text

Document = Mapping[str, Any]

NOT_TRIED = "The detection was not tried on simulated histories beside this: python -m ci.selftest does that."


def read(path: Path, asked: bool) -> Document | None:
    """A file that nobody named need not be there."""
    if not asked and not path.is_file():
        return None
    document = read_document(path)
    fault = next(validator().iter_errors(document), None)
    if fault is not None:
        raise Unusable(f"{path}: {describe(fault)}")
    return document


def sentences(document: Document | None) -> Iterator[str]:
    if document is None:
        yield NOT_TRIED
        return
    bounds = document["bounds"]
    yield (
        f"Tried on {document['histories']:,} simulated histories of {document['commits']} commits with planted "
        f"changes: of those by {bounds['percent']} % that could be seen {table.shown(document['recall'])} were found, "
        f"of all of that size, also where a history is too noisy, {table.shown(document['recall_of_all'])}; "
        f"of all that were reported {table.shown(document['precision'])} were real."
    )
    if document["missed"]:
        yield f"A bound fixed beforehand is missed: {'; '.join(document['missed'])}."


def blocks(document: Document | None) -> list[Block]:
    if document is None:
        return []
    found: list[Block] = [Heading("selftest", "The detection tried on what is known"), *map(Text, sentences(document))]
    size = f"{document['bounds']['percent']} %"
    for part in document["parts"]:
        by = f"{part['blocks']} blocks in a run"
        found += [
            Grid(rows(table.steps(part)), f"Planted steps of times that were found, {by}"),
            Grid(rows(table.classes(part)), f"Those by {size} that were found, by the scatter of a run, {by}"),
            Grid(rows(table.counts(part)), f"Planted steps of counts that were found, {by}"),
            Grid(rows((("of", "share"), *table.others(part))), f"All else, {by}"),
        ]
    return found


def rows(lines: Any) -> Table:
    """The first line names the columns."""
    columns, *others = (tuple(line) for line in lines)
    return Table(columns, tuple(others))
