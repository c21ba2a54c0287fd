"""ci/notes.toml: changes that somebody has looked at and accepted, and notes on commits.

A file in the repository, so that whoever accepts a change does so in a commit that others see. What the file may hold
is in notes.schema.json. A commit may be abbreviated to seven characters; that of an acknowledgement is the first run's
of the new level. An acknowledgement ends with the day `until`, by the day of the newest run and not of the calendar,
so that one store and one file always give the same page.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from analysis.contracts import describe
from ci.changes.report import Change, History
from ci.dashboard.given import Unusable
from ci.history.reading import Run

SCHEMA = Path(__file__).with_name("notes.schema.json")


@dataclass(frozen=True)
class Acknowledged:
    subject: str
    commit: str
    why: str
    machine: str = ""
    by: str = ""
    until: str = ""

    def is_of(self, history: History, change: Change) -> bool:
        return (
            self.subject == history.subject.name
            and history.machine.fingerprint.startswith(self.machine)
            and (change.after.commit or "").startswith(self.commit)
        )

    def holds(self, today: str) -> bool:
        return not self.until or today <= self.until


@dataclass(frozen=True)
class Note:
    commit: str
    text: str

    def is_of(self, run: Run) -> bool:
        return (run.commit or "").startswith(self.commit)


@dataclass(frozen=True)
class Notes:
    acknowledged: tuple[Acknowledged, ...] = ()
    notes: tuple[Note, ...] = ()


NOTHING = Notes()


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def read(path: Path, asked: bool) -> Notes:
    """A file that nobody named need not be there."""
    if not asked and not path.exists():
        return NOTHING
    try:
        # A date of TOML is a text of the same form.
        found = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path}: {error}") from error
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    fault = best_match(validator().iter_errors(found))
    if fault is not None:
        raise Unusable(f"{path}: {describe(fault)}")
    return Notes(
        tuple(Acknowledged(**entry) for entry in found.get("acknowledged", [])),
        tuple(Note(**entry) for entry in found.get("note", [])),
    )


def warnings(notes: Notes, runs: Iterable[Run], histories: Iterable[History], today: str) -> Iterator[str]:
    """What is in the file and speaks of nothing that is in the store."""
    commits = {run.commit for run in runs if run.commit}
    histories = list(histories)
    names = {history.subject.name for history in histories}
    for entry in (*notes.acknowledged, *notes.notes):
        if not any(commit.startswith(entry.commit) for commit in commits):
            yield f"ci/notes.toml speaks of commit {entry.commit}, of which the store has no run."
    for entry in notes.acknowledged:
        if entry.subject not in names:
            yield f"ci/notes.toml acknowledges {entry.subject}, which is not watched."
        elif not any(entry.is_of(history, change) for history in histories for change in history.changes):
            yield f"ci/notes.toml acknowledges a change of {entry.subject} at {entry.commit}; there is none."
        elif not entry.holds(today):
            yield f"ci/notes.toml acknowledged {entry.subject} at {entry.commit} until {entry.until}; that is over."
