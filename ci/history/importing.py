"""Takes runs into the store: each in one transaction of its own, each once.

A run is known by its name. The same name with the same content is the same run, and is counted once; with other
content it is refused, because the store cannot know which of the two is meant.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from ci.history import rows
from ci.history.database import Store
from ci.history.files import SUFFIX, read_file
from ci.history.machine import describe
from ci.history.record import NotTaken, Record, digest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # `export` makes a file's name of it


@dataclass(frozen=True)
class Taken:
    name: str
    new: bool  # False: the store had it
    said: str  # one line


def sources_in(path: Path) -> list[Path]:
    """The runs' folders and exported files that a path stands for: itself, or what is in it."""
    if path.is_file() or (path / "environment.json").exists():
        return [path]
    if not path.is_dir():
        raise NotTaken(f"{path}: no such file or folder")
    # A link, such as `latest`, names a run that is there under its own name.
    inside = sorted(entry for entry in path.iterdir() if not entry.is_symlink())
    found = [entry for entry in inside if entry.name.endswith(SUFFIX) or (entry / "environment.json").exists()]
    if not found:
        raise NotTaken(f"{path}: neither a run, nor a folder of runs or of *{SUFFIX}")
    return found


def take(store: Store, source: Path) -> Taken:
    record = record_of(source)
    if not NAME.fullmatch(record.name):
        raise NotTaken(f"{source}: a run's name is letters, digits, '.', '_' and '-', not {record.name!r}")
    with store.writing() as connection:
        known = rows.digests_of(connection, record.name)
        if known is not None:
            return the_same(record, dict(known))
        new_machine = rows.write(connection, record)
    kept = "" if record.trials is not None else "; its raw samples had been pruned"
    said = f"{record.name}: {len(record.cells)} cells and {len(record.ratios)} ratios{kept}"
    if new_machine:
        said += f"; a new machine, {record.fingerprint[:8]}: {describe(record.machine)}"
    return Taken(record.name, True, said)


def record_of(source: Path) -> Record:
    if source.is_file():
        return read_file(source)
    # Brings scipy along, which takes longer to load than all else here takes to run.
    from ci.history.run_folder import record_of_folder

    return record_of_folder(source)


def the_same(record: Record, known: dict[str, object]) -> Taken:
    same_trials = known["raw_digest"] == record.raw_digest
    if not same_trials:
        raise NotTaken(f"{record.name}: the store has a run of this name with other trials; this one is not taken")
    if known["aggregates_digest"] != digest(record.aggregates()):
        raise NotTaken(
            f"{record.name}: the store has this run, its trials summarised in another way or its environment another; "
            "this one is not taken"
        )
    pruned = "" if known["raw"] else "; its raw samples were pruned and stay so"
    return Taken(record.name, False, f"{record.name}: already in the store, counted once{pruned}")
