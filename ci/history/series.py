"""Histories: what many runs found of one cell or one ratio, a series for each machine.

Numbers of two machines never stand in one series, because they are of two clocks; `reading.changes` says what tells
two machines apart. Within a series the points are ordered by time, or by the order of commits that is given.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Select

from ci.history.database import Store
from ci.history.reading import (
    Cell,
    CellKey,
    Machine,
    Ratio,
    Run,
    cell_of,
    cells_query,
    ratio_of,
    ratios_query,
    runs_of,
)  # fmt: skip
from ci.history.schema import cell_keys, cells, ratios

Found = TypeVar("Found", Cell, Ratio)
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Point(Generic[Found]):
    run: Run
    found: Found


@dataclass(frozen=True)
class Series(Generic[Found]):
    machine: Machine
    points: list[Point[Found]]


@dataclass(frozen=True)
class Selection:
    """Which runs, and in which order. What is None does not choose."""

    machine: str | None = None  # a fingerprint, or the beginning of one
    hardware: str | None = None
    profile: str | None = None
    commits: Sequence[str] | None = None  # the oldest first; runs of other commits are left out
    dirty: bool = True  # False: only runs of exactly their commit

    def of(self, runs: list[Run]) -> list[Run]:
        """`runs` are in the order of time, and stay so within a commit."""
        chosen = [run for run in runs if self.takes(run)]
        if self.commits is None:
            return chosen
        place = {commit: at for at, commit in enumerate(self.commits)}
        return sorted((run for run in chosen if run.commit in place), key=lambda run: place[run.commit])

    def takes(self, run: Run) -> bool:
        return (
            (self.machine is None or run.machine.fingerprint.startswith(self.machine))
            and (self.hardware is None or run.machine.hardware == self.hardware)
            and (self.profile is None or run.profile == self.profile)
            and (self.dirty or run.dirty is False)
        )


ALL = Selection()


def cell_history(store: Store, key: CellKey, selection: Selection = ALL) -> list[Series[Cell]]:
    """Of one cell; empty where no run has it. Machines are in the order of their first points."""
    return cell_histories(store, selection, [key]).get(key, [])


def ratio_history(store: Store, key: CellKey, baseline: str, selection: Selection = ALL) -> list[Series[Ratio]]:
    return ratio_histories(store, selection, [key]).get((key, baseline), [])


def cell_histories(
    store: Store, selection: Selection = ALL, keys: Sequence[CellKey] | None = None
) -> dict[CellKey, list[Series[Cell]]]:
    """Of many cells, or all, in one reading. A run without the cell has no point: the gap is for the reader to see."""
    return histories(store, selection, keys, cells_query(), cells.c.run_id, cell_of, lambda cell: cell.key)


def ratio_histories(
    store: Store, selection: Selection = ALL, keys: Sequence[CellKey] | None = None
) -> dict[tuple[CellKey, str], list[Series[Ratio]]]:
    """By key and baseline, the A/A pairs among them."""
    return histories(
        store, selection, keys, ratios_query(), ratios.c.run_id, ratio_of, lambda ratio: (ratio.key, ratio.baseline)
    )


def histories(
    store: Store, selection: Selection, keys: Sequence[CellKey] | None, query: Select[Any], run_id: Column[int],
    make: Callable[[Mapping[str, Any]], Found], key_of: Callable[[Found], Key],
) -> dict[Key, list[Series[Found]]]:  # fmt: skip
    if keys is not None and len(keys) == 1:
        (key,) = keys
        for name in ("workload", "params", "model", "metric", "unit", "better"):
            query = query.where(cell_keys.c[name] == getattr(key, name))
    wanted = None if keys is None else set(keys)
    with store.reading() as connection:
        chosen = selection.of(runs_of(connection))
        by_run: dict[int, list[Found]] = {}
        for row in connection.execute(query.where(run_id.in_([run.id for run in chosen]))).mappings():
            found = make(row)
            if wanted is None or found.key in wanted:
                by_run.setdefault(row["run_id"], []).append(found)
    gathered: dict[Key, dict[str, Series[Found]]] = {}
    for run in chosen:
        for found in by_run.get(run.id, []):
            of_machines = gathered.setdefault(key_of(found), {})
            its = of_machines.setdefault(run.machine.fingerprint, Series(run.machine, []))
            its.points.append(Point(run, found))
    return {key: list(of_machines.values()) for key, of_machines in gathered.items()}
