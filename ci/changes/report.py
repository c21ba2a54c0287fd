"""What is known of a history, typed: what the detection gives, and the dashboard shows.

A *history* is one subject's values on one machine, in the order of the commits. Another machine, which includes another
kernel or compiler, is another history (ci/history/machine.py). Every factor is turned so that above 1 is better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ci.history.reading import CellKey, FactChange, Interval, Machine, Run

Status = Literal["regressed", "improved", "unchanged", "cannot_tell", "missing"]
# The worst first: what is missing is as bad as what has become worse, because nobody knows what it hides.
STATUSES: Sequence[Status] = ("missing", "regressed", "cannot_tell", "improved", "unchanged")


@dataclass(frozen=True)
class Subject:
    """What is watched. Times are watched as the ratio to a yardstick in the same run, because the machine's drift
    from run to run falls out of it; counts and bytes as they are."""

    key: CellKey
    yardstick: str | None  # the model that a time is divided by; None for counts and bytes

    @property
    def name(self) -> str:
        """ "ping_pong/capacity:0/cores:1 ns_per_round_trip", as a person would look for it."""
        params = "".join(f"/{name}:{value}" for name, value in self.key.parameters.items())
        return f"{self.key.workload}{params} {self.key.metric}"


@dataclass(frozen=True)
class Point:
    """A run's value of the subject: a ratio (above 1: better than the yardstick) or a count (the key's `better` says
    which way is better). None where the run should have it and has not; `reason` then says why."""

    run: Run
    value: float | None
    ci95: Interval | None
    reason: str | None = None


@dataclass(frozen=True)
class Change:
    """The level changed between two runs that follow each other in the history, or, where it is gradual, over them."""

    before: Run  # the last of the old level
    after: Run  # the first of the new one
    factor: float  # of the new level to the old one; above 1 is better
    ci95: Interval | None  # of the factor
    p: float  # for all the places it might have been at, in all histories that are watched
    exact: bool  # a count that repeats to the digit: the step itself is the evidence
    gradual: bool = False  # the level went from `before` to `after` over many runs: no one commit did it

    @property
    def worse(self) -> bool:
        return self.factor < 1


@dataclass(frozen=True)
class History:
    subject: Subject
    machine: Machine
    points: Sequence[Point]  # the oldest first
    changes: Sequence[Change]  # the oldest first
    status: Status
    reason: str  # of the status, one sentence
    visible: float | None = None  # a step by this factor would be found, at its run; None where nothing can be said
    ended: bool = False  # no later run goes on with it: another machine took over, or the profile has dropped it

    @property
    def latest(self) -> Run:
        return self.points[-1].run


@dataclass(frozen=True)
class MachineChange:
    """Where one machine's runs end and another's, with the same hardware, begin: a series ends, a new one starts."""

    before: Run
    after: Run
    facts: Sequence[FactChange]


@dataclass(frozen=True)
class FalseAlarms:
    """A/A pairs of one run that the analysis would have called different, of all of them."""

    run: Run
    pairs: int
    alarms: int


@dataclass(frozen=True)
class Watched:
    """All that there is to say of a store."""

    histories: Sequence[History]  # by STATUSES, then by the size of the latest change; what has ended comes last
    machine_changes: Sequence[MachineChange]
    false_alarms: Sequence[FalseAlarms]  # the oldest first
    counts: Mapping[Status, int]  # of the histories that go on
