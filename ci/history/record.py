"""A run as the store keeps it, without any database's numbers in it: what goes in, comes out and travels in files.

Invariant: two records are equal exactly if their documents are the same text. So everything here is sorted, and every
measured number is a float.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ci.history.schema import canonical

Row = dict[str, Any]
CELL_KEY = ("workload", "params", "model", "metric", "unit", "better")


@dataclass
class Record:
    run: Row  # name, started, commit, dirty, profile, blocks, environment, method, and the counts of A/A
    machine: dict[str, str]
    cells: list[Row] = field(default_factory=list)  # CELL_KEY and what was found
    ratios: list[Row] = field(default_factory=list)  # CELL_KEY, baseline and what was found
    floors: list[Row] = field(default_factory=list)
    # None where they were pruned: then raw_digest is what remains of them.
    trials: list[Row] | None = None
    samples: list[Row] | None = None
    raw_digest: str = ""

    def sorted(self) -> "Record":
        for rows in (self.cells, self.ratios, self.floors, self.trials or [], self.samples or []):
            rows.sort(key=identity)
        if self.trials is not None:
            self.raw_digest = digest(self.raw())
        return self

    def aggregates(self) -> Iterator[Row]:
        yield {"kind": "run", **self.run}
        yield {"kind": "machine", "facts": self.machine}
        yield from kinds("cell", self.cells)
        yield from kinds("ratio", self.ratios)
        yield from kinds("floor", self.floors)

    def raw(self) -> Iterator[Row]:
        yield from kinds("trials", self.trials or [])
        yield from kinds("samples", self.samples or [])

    @property
    def name(self) -> str:
        return self.run["name"]

    @property
    def fingerprint(self) -> str:
        return digest([self.machine])


def kinds(kind: str, rows: list[Row]) -> Iterator[Row]:
    return ({"kind": kind, **row} for row in rows)


def identity(row: Row) -> str:
    """What a row is sorted by: the names that tell it from its like."""
    return canonical([row.get(name) for name in (*CELL_KEY, "baseline", "subject")])


def digest(documents: Iterable[Any]) -> str:
    """One for all documents, by their canonical texts."""
    found = hashlib.sha256()
    for document in documents:
        found.update(canonical(document).encode())
        found.update(b"\n")
    return found.hexdigest()


class NotTaken(Exception):
    """A run or a file that the store does not take, or a question it cannot answer; the message is one line."""
