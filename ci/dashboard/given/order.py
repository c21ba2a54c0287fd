"""The order in which the runs stand: that of the repository's commits where it knows them, else that of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ci.changes.__main__ import rev_list
from ci.dashboard import names
from ci.history.reading import Run
from ci.history.record import NotTaken


@dataclass(frozen=True)
class Order:
    commits: Sequence[str] | None  # the oldest first; None: the order of time
    warnings: Sequence[str] = ()


def order_of(runs: Sequence[Run], repository: Path, asked: bool) -> Order:
    """A repository that nobody named may have nothing to do with the store, or be none."""
    try:
        commits = rev_list(repository)
    except NotTaken:
        if asked:
            raise
        return Order(None)
    known = set(commits)
    strangers = [run for run in runs if run.commit not in known]
    if not strangers:
        return Order(commits)
    if len(strangers) == len(runs):
        return Order(None, ["The repository has none of the runs’ commits, so they stand in the order of time."])
    left_out = names.counted(len(strangers), "run is of a commit", "runs are of commits")
    return Order(commits, [f"{left_out} that the repository’s HEAD does not come from; left out."])
