"""Which subjects of a store are watched, and what each run has of them.

A subject is a number of mn: times as the ratio to a yardstick in the same run, counts and bytes as they are. Two
profiles never stand in one track, because they differ in blocks, and so in noise.

Invariant: from the first run that has a subject on, every run of the same machine and profile has a point of it, with
a value or with the reason why there is none. Only what the profile has dropped ends without one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import TypeVar

from analysis.contracts import BLOCKS, catalogue, plan_of, profiles
from analysis.ratios import BASELINES, SUBJECT
from ci.changes.report import Point, Subject
from ci.history.database import Store
from ci.history.reading import Cell, CellKey, Machine, Ratio, Run, all_runs
from ci.history.schema import canonical
from ci.history.series import ALL, Selection, Series, cell_histories, ratio_histories

TIMES = frozenset({"ns", "µs", "us", "ms", "s", "1/s"})  # and rates, which follow the same clock
# Of the whole process, shared out, and moved by whatever else the machine does (analysis/costs.py).
NOT_WATCHED = frozenset({"switches", "faults"})
# How far to trust what was measured of a server.
OF_THE_CLIENT = frozenset({"server_cpu_percent", "client_cpu_percent", "client_lag_p99_us"})
# How far a model gets is a result, and no loss to a cell that never got further.
RESULTS = frozenset({"ok", "limit", "unsupported"})

Key = TypeVar("Key")
Found = TypeVar("Found", Cell, Ratio)
Cells = Mapping[CellKey, Cell]
Ratios = Mapping[tuple[CellKey, str], Ratio]


@dataclass(frozen=True)
class Track:
    """A subject's points on one machine, in one profile, in order; never empty."""

    subject: Subject
    machine: Machine
    profile: str
    points: Sequence[Point]
    dropped: bool  # the profile no longer has it, and its latest run neither


def chosen_runs(store: Store, selection: Selection = ALL) -> list[Run]:
    """In the order of commits, where the selection has them, else of time."""
    return selection.of(all_runs(store))


def tracks(store: Store, selection: Selection = ALL) -> list[Track]:
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in chosen_runs(store, selection):
        groups.setdefault((run.machine.fingerprint, run.profile), []).append(run)
    cells, ratios = by_run(cell_histories(store, selection)), by_run(ratio_histories(store, selection))
    found = [
        track_of(key, runs, cells, ratios)
        for runs in groups.values()
        for key in dict.fromkeys(key for run in runs for key in cells.get(run.id, {}) if is_watched(key))
    ]
    return [track for track in found if track is not None]


def by_run(histories: Mapping[Key, Iterable[Series[Found]]]) -> dict[int, dict[Key, Found]]:
    runs: dict[int, dict[Key, Found]] = {}
    for key, of_machines in histories.items():
        for series in of_machines:
            for point in series.points:
                runs.setdefault(point.run.id, {})[key] = point.found
    return runs


def is_watched(key: CellKey) -> bool:
    """The parts of a metric, named after a dot, are not: one that is next to nothing jumps by factors, and the whole
    is there."""
    is_part = "." in key.metric
    return key.model == SUBJECT and not is_part and key.metric not in OF_THE_CLIENT and key.unit not in NOT_WATCHED


def track_of(
    key: CellKey, runs: Sequence[Run], cells: Mapping[int, Cells], ratios: Mapping[int, Ratios]
) -> Track | None:
    """None where there is nothing to watch: no run ever had a value, and that was no failure."""
    subject = Subject(key, yardstick_of(key, ratios.values()) if key.unit in TIMES else None)
    if key.unit in TIMES and subject.yardstick is None:
        return None
    points = list(points_of(subject, runs, cells, ratios))
    if not points:
        return None
    return Track(subject, runs[0].machine, runs[0].profile, points, dropped=points[-1].run is not runs[-1])


def yardstick_of(key: CellKey, ratios: Iterable[Ratios]) -> str | None:
    """A time that no run holds against another model, such as a cost, is not watched: the clock alone drifts by
    10–40 % from run to run. One of the catalogue's is, because without a ratio something has failed."""
    runs = list(ratios)
    known = key.metric in catalogue().get(key.workload, {}).get("metrics", {})
    with_ratios = (name for name in BASELINES if any((key, name) in of_run for of_run in runs))
    return next(with_ratios, BASELINES[0] if known else None)


def points_of(
    subject: Subject, runs: Iterable[Run], cells: Mapping[int, Cells], ratios: Mapping[int, Ratios]
) -> Iterator[Point]:
    due = False
    for run in runs:
        of_run = cells.get(run.id, {})
        cell = of_run.get(subject.key)
        point = point_of(subject, run, of_run, ratios.get(run.id, {}))
        due = due or point.value is not None or (cell is not None and cell.outcome not in RESULTS)
        if due and not (cell is None and is_dropped(run.profile, subject.key)):
            yield point


def point_of(subject: Subject, run: Run, cells: Cells, ratios: Ratios) -> Point:
    sides = [subject.key.model, *([subject.yardstick] if subject.yardstick else [])]
    for model in sides:
        obstacle = obstacle_of(model, cells.get(replace(subject.key, model=model)))
        if obstacle is not None:
            return Point(run, None, None, obstacle)
    if subject.yardstick is None:
        cell = cells[subject.key]
        return Point(run, cell.median, cell.ci95)
    ratio = ratios.get((subject.key, subject.yardstick))
    if ratio is None or ratio.ratio is None:
        return Point(run, None, None, f"no ratio to {subject.yardstick}")
    return Point(run, ratio.ratio, ratio.ci95)


def obstacle_of(model: str, cell: Cell | None) -> str | None:
    """Why a cell has no number to go by; a median of those trials that survived a failure is none."""
    if cell is None:
        return f"{model}: the run has no such cell"
    if cell.outcome != "ok":
        failed = sum(count for outcome, count in cell.outcomes.items() if outcome != "ok")
        why = f": {cell.reason}" if cell.reason else ""
        return f"{model}: {cell.outcome} in {failed} of {sum(cell.outcomes.values())} trials{why}"
    return None if cell.median is not None else f"{model}: {cell.reason or 'no trial reported this metric'}"


def is_dropped(profile: str, key: CellKey) -> bool:
    plan = planned(profile)
    return plan is not None and (key.workload, key.params) not in plan


@cache
def planned(profile: str) -> frozenset[tuple[str, str]] | None:
    """What mn runs in the profile as the repository has it now: workloads and canonical params. None where it has no
    such profile."""
    if profile not in profiles():
        return None
    its = profiles()[profile]
    choices = next((cells for model, cells in plan_of(its) if model == SUBJECT), {})
    found = set()
    for workload, of_workload in choices.items():
        standard = catalogue()[workload]["params"]
        for choice in of_workload:
            values = {**standard, "cores": its["cores"], **choice}
            values.pop(BLOCKS, None)
            found |= {(workload, canonical(dict(zip(values, each, strict=True)))) for each in product(*values.values())}
    return frozenset(found)
