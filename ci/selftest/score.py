"""Holds what was reported of simulated histories against what was planted into them.

Found is a planted step where a change of the right direction is reported within TOLERANCE commits of it, at the end of
the history; a drift where a gradual change of its direction overlaps it. False is every reported change that is no
planted one's, so also a step that is reported of a drift, and one of the right size at the wrong commit.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ci.changes.detect import SHORTEST
from ci.changes.judge import EFFECT
from ci.changes.points import changes_of
from ci.changes.report import Change, History, Point, Watched
from ci.selftest.noise import LEFTOVER
from ci.selftest.records import Name, Simulated
from ci.selftest.truth import Planted

TOLERANCE = 2  # commits
LOOKS = 10  # a look at a growing history is tried every so many runs
LATEST = 60  # runs: a change that is not found by then is late

Places = Mapping[str | None, int]


@dataclass(frozen=True)
class Find:
    planted: Planted
    change: Change | None


@dataclass(frozen=True)
class Scored:
    history: History
    finds: Sequence[Find]
    false: Sequence[Change]
    scatter: float | None  # the true one, of a run's log ratio; None of counts
    truth_is_flat: bool

    @property
    def visible(self) -> bool:
        """The watch itself says that it would see a change by EFFECT."""
        return self.history.visible is not None and self.history.visible <= EFFECT

    @property
    def is_time(self) -> bool:
        return self.history.subject.yardstick is not None


def scored(watched: Watched, simulated: Simulated) -> list[Scored]:
    places = {commit: at for at, commit in enumerate(simulated.commits)}
    return [score(history, simulated, places) for history in watched.histories]


def score(history: History, simulated: Simulated, places: Places) -> Scored:
    name = name_of(history)
    first, last = places[history.points[0].run.commit], places[history.latest.commit]
    planted = [one for one in simulated.truths[name].planted if first <= one.first <= last]
    finds, false = matched(planted, history.changes, places)
    latest = history.latest
    spread = simulated.spreads.get((latest.profile, name))
    scatter = spread * math.sqrt(math.pi / latest.blocks + LEFTOVER**2) if spread is not None else None
    return Scored(history, finds, false, scatter, not planted)


def name_of(history: History) -> Name:
    key = history.subject.key
    return Name(key.workload, key.params, key.metric, key.unit)


def matched(planted: Iterable[Planted], changes: Iterable[Change], places: Places) -> tuple[list[Find], list[Change]]:
    """Each planted change with the nearest one that is its own, and the changes that are nobody's."""
    left, finds = list(changes), []
    for one in planted:
        own = [change for change in left if is_of(change, one, places)]
        change = min(own, key=lambda change: abs(places[change.after.commit] - one.first), default=None)
        if change is not None:
            left.remove(change)
        finds.append(Find(one, change))
    return finds, left


def is_of(change: Change, planted: Planted, places: Places) -> bool:
    before, after = places[change.before.commit], places[change.after.commit]
    if change.worse != planted.worse or change.gradual != (planted.kind == "drift"):
        return False
    if planted.kind == "drift":
        return before <= planted.last and planted.first <= after
    return abs(after - planted.first) <= TOLERANCE


def delay_of(one: Scored, find: Find, histories: int, places: Places) -> int | None:
    """After how many runs of the new level a step is found first; None where not within LATEST."""
    present = present_of(one)
    new = sum(places[point.run.commit] < find.planted.first for point in present)
    for runs in range(SHORTEST, min(LATEST, len(present) - new) + 1):
        changes, _ = changes_of(one.history.subject, present[: new + runs], histories)
        if any(is_of(change, find.planted, places) for change in changes):
            return runs
    return None


def looks_of(one: Scored, histories: int) -> Iterator[bool]:
    """Whether anything is reported of a history in which nothing changes, as it grows."""
    present = present_of(one)
    for runs in range(LOOKS, len(present) + 1, LOOKS):
        yield bool(changes_of(one.history.subject, present[:runs], histories)[0])


def present_of(one: Scored) -> list[Point]:
    return [point for point in one.history.points if point.value is not None]
