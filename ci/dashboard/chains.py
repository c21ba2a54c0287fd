"""What stands in one chart: a subject's histories on machines of the same hardware, one after the other.

A history ends where the kernel, the compiler or a library changes. A reader wants to see what was before, so it stands
in the same chart; but no line joins the two, and nothing is compared across the seam.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ci.changes.report import Change, History, Point, Status, Subject, Watched
from ci.history.reading import FactChange, Run, changes


@dataclass(frozen=True)
class Placed:
    place: int  # along the chain, from 1 on
    point: Point
    history: History


@dataclass(frozen=True)
class Seam:
    """Between two places, where the software of the machine changed."""

    place: float
    before: Run
    after: Run
    facts: Sequence[FactChange]


@dataclass(frozen=True)
class Chain:
    histories: Sequence[History]  # the oldest first

    @property
    def newest(self) -> History:
        return self.histories[-1]

    @property
    def subject(self) -> Subject:
        return self.newest.subject

    @property
    def status(self) -> Status:
        return self.newest.status

    @property
    def changed(self) -> bool:
        """Whether a reader should look at it."""
        return not self.newest.ended and self.status in ("missing", "regressed", "improved")

    @cached_property
    def points(self) -> Sequence[Placed]:
        every = [(point, history) for history in self.histories for point in history.points]
        return [Placed(place, *one) for place, one in enumerate(every, start=1)]

    @cached_property
    def seams(self) -> Sequence[Seam]:
        pairs = zip(self.points, self.points[1:], strict=False)
        return [
            Seam(two.place - 0.5, one.point.run, two.point.run, changes(one.history.machine, two.history.machine))
            for one, two in pairs
            if one.history is not two.history
        ]

    def changes(self) -> Iterator[tuple[float, History, Change]]:
        """Each with its place, which is between two runs."""
        for history in self.histories:
            places = {one.point.run.id: one.place for one in self.points if one.history is history}
            for change in history.changes:
                yield places[change.after.id] - 0.5, history, change


def chains_of(watched: Watched) -> list[Chain]:
    """In the order of the histories that are the newest of their chains."""
    gathered: dict[tuple[Subject, str], list[History]] = {}
    for history in watched.histories:
        gathered.setdefault((history.subject, history.machine.hardware), []).append(history)
    chains = [Chain(sorted(its, key=lambda history: history.latest.started)) for its in gathered.values()]
    order = {id(history): place for place, history in enumerate(watched.histories)}
    return sorted(chains, key=lambda chain: order[id(chain.newest)])
