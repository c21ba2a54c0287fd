"""All that the pages are made of, and what follows of it: which changes are open, which are settled.

A change is *open* where its history stands as regressed because of it and nobody has acknowledged it. A history that
stands as regressed and has no open change is *settled*, and no longer counted as regressed. What has ended, because
another kernel took over or the profile has dropped it, is counted nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import Any

from ci.changes.report import STATUSES, Change, History, Status, Subject, Watched
from ci.dashboard import names
from ci.dashboard.chains import Chain, chains_of
from ci.dashboard.given.notes import NOTHING, Acknowledged, Notes
from ci.history.reading import Machine, Run


@dataclass(frozen=True)
class Board:
    store: str  # where it is, in words
    profile: str
    runs: Sequence[Run]  # of the profile, the oldest first
    watched: Watched
    notes: Notes = NOTHING
    selftest: Mapping[str, Any] | None = None  # what python -m ci.selftest wrote
    commits_url: str = ""  # what a commit's name is put behind
    warnings: Sequence[str] = ()
    places: dict[str, str] = field(default_factory=dict)  # by a figure's id, the page that has it; "" for this page

    @cached_property
    def chains(self) -> Sequence[Chain]:
        return chains_of(self.watched)

    @cached_property
    def labels(self) -> Mapping[Subject, str]:
        return names.labels_of(chain.subject for chain in self.chains)

    @property
    def newest(self) -> Run | None:
        return max(self.runs, key=lambda run: run.started, default=None)

    @property
    def today(self) -> str:
        return names.day(self.newest) if self.newest else ""

    @cached_property
    def machines(self) -> Sequence[Machine]:
        """Of each hardware the one of its newest run; that of the newest run of all comes first."""
        newest = {run.machine.hardware: run for run in sorted(self.runs, key=lambda run: run.started)}
        return [run.machine for run in sorted(newest.values(), key=lambda run: run.started, reverse=True)]

    @cached_property
    def several_machines(self) -> bool:
        return len(self.machines) > 1

    def title(self, chain: Chain) -> str:
        """Of a chain among all others."""
        where = f", on {chain.newest.machine.name}" if self.several_machines else ""
        return self.labels[chain.subject] + where

    def standing(self, chain: Chain) -> str:
        """In a word, with its sign."""
        if chain.newest.ended:
            return "ended"
        if self.is_settled(chain):
            return f"{names.SETTLED} acknowledged"
        return f"{names.SIGNS[chain.status]} {chain.status.replace('_', ' ')}"

    def acknowledgement(self, history: History, change: Change) -> Acknowledged | None:
        its = (entry for entry in self.notes.acknowledged if entry.holds(self.today) and entry.is_of(history, change))
        return next(its, None)

    def sign(self, history: History, change: Change) -> str:
        if not change.worse:
            return names.BETTER
        return names.SETTLED if self.acknowledgement(history, change) else names.WORSE

    def open_changes(self, chain: Chain) -> Sequence[Change]:
        history = chain.newest
        if history.ended or chain.status != "regressed":
            return []
        falling = takewhile(lambda change: change.worse, reversed(history.changes))
        return [change for change in falling if self.acknowledgement(history, change) is None]

    def is_settled(self, chain: Chain) -> bool:
        return chain.status == "regressed" and not self.open_changes(chain)

    def with_status(self, status: Status) -> Sequence[Chain]:
        """Without those that are settled."""
        return [chain for chain in self.current if chain.status == status and not self.is_settled(chain)]

    @cached_property
    def current(self) -> Sequence[Chain]:
        return [chain for chain in self.chains if not chain.newest.ended]

    @cached_property
    def settled(self) -> Sequence[Chain]:
        return [chain for chain in self.current if self.is_settled(chain)]

    @cached_property
    def counts(self) -> Mapping[Status, int]:
        return {status: len(self.with_status(status)) for status in STATUSES}


def figure_id(chain: Chain) -> str:
    return names.slug(chain.subject.name, chain.subject.key.model, chain.newest.machine.hardware[:6])


def link_to(board: Board, chain: Chain) -> str:
    return f"{board.places.get(figure_id(chain), '')}#figure-{figure_id(chain)}"
