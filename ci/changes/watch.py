"""All that there is to say of a store: its histories, the worst first, and where machines changed."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from ci.changes.judge import judged
from ci.changes.points import changes_of
from ci.changes.report import STATUSES, FalseAlarms, History, MachineChange, Status, Watched
from ci.changes.subjects import Track, chosen_runs, tracks
from ci.history.database import Store
from ci.history.reading import Run, changes
from ci.history.series import ALL, Selection


def watch(store: Store, selection: Selection = ALL) -> Watched:
    runs = chosen_runs(store, selection)
    found = tracks(store, selection)
    machine_changes = machine_changes_of(runs)
    over = {change.before.machine.fingerprint for change in machine_changes}
    histories = [history_of(track, len(found), track.machine.fingerprint in over) for track in found]
    return Watched(
        histories=sorted(histories, key=order),
        machine_changes=machine_changes,
        false_alarms=[FalseAlarms(run, run.aa_pairs, run.aa_false_alarms) for run in runs if run.aa_pairs],
        counts=counts_of(histories),
    )


def history_of(track: Track, histories: int, over: bool) -> History:
    present = [point for point in track.points if point.value is not None]
    found, seen = changes_of(track.subject, present, histories)
    status, reason = judged(track, present, found, seen, histories)
    return History(
        track.subject, track.machine, track.points, found, status, reason,
        visible=math.exp(seen) if math.isfinite(seen) else None, ended=over or track.dropped,
    )  # fmt: skip


def counts_of(histories: Iterable[History]) -> dict[Status, int]:
    counted = Counter(history.status for history in histories if not history.ended)
    return {status: counted[status] for status in STATUSES}


def order(history: History) -> tuple[bool, int, float, str, str]:
    latest = abs(math.log(history.changes[-1].factor)) if history.changes else 0.0
    name = history.subject.name
    return history.ended, STATUSES.index(history.status), -latest, name, history.machine.fingerprint


def machine_changes_of(runs: Sequence[Run]) -> list[MachineChange]:
    """Where a machine had its last run before another with the same hardware had its first. Two that take turns are two
    machines, of which neither takes over."""
    spans: dict[str, list[Run]] = {}
    for run in runs:
        spans.setdefault(run.machine.fingerprint, []).append(run)
    place = {run.id: at for at, run in enumerate(runs)}
    found = []
    for of_machine in spans.values():
        before, hardware = of_machine[-1], of_machine[0].machine.hardware
        later = (its[0] for its in spans.values() if its[0].machine.hardware == hardware)
        after = next((run for run in later if place[run.id] > place[before.id]), None)
        if after is not None:
            found.append(MachineChange(before, after, changes(before.machine, after.machine)))
    return found
