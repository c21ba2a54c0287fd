"""What a watch might find, MADE UP and measured nowhere: two machines, one of which got another kernel, and a history
of each status."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ci.changes.report import STATUSES, Change, FalseAlarms, History, MachineChange, Point, Status, Subject, Watched
from ci.dashboard.board import Board
from ci.dashboard.given.notes import Acknowledged, Note, Notes
from ci.history.reading import CellKey, Machine, Run, changes

FACTS = {"cpu": "made-up processor", "cores": "2", "allowed_cpus": "2", "memory": "8 GiB", "kernel": "Linux 1.0",
         "compiler": "none 1"}  # fmt: skip
OLD = Machine("a1" * 32, "aa" * 32, FACTS)
NEW = Machine("a2" * 32, "aa" * 32, FACTS | {"kernel": "Linux 2.0"})
OTHER = Machine("b1" * 32, "bb" * 32, FACTS | {"cpu": "another processor"})
RUNS, RENEWED, OTHER_FROM = 40, 16, 31  # so many runs; the first of NEW, and the first beside which OTHER has one


def run(number: int, machine: Machine = NEW, **changed: Any) -> Run:
    started = f"2030-{1 + number // 28:02}-{1 + number % 28:02}T0{1 if machine is OTHER else 0}:00:00.000000Z"
    return replace(
        Run(
            id=number + (1000 if machine is OTHER else 0), name=f"made-{number:03}-{machine.name[:2]}", machine=machine,
            started=started, commit=f"{number:02x}" * 20, dirty=False, profile="quick", blocks=5, method="m",
            aa_pairs=80, aa_false_alarms=number % 3, noise_floor=1.05, cells=100, raw_bytes=None,
        ),
        **changed,
    )  # fmt: skip


RUNS_OF = {
    OLD.name: [run(number, OLD) for number in range(1, RENEWED)],
    NEW.name: [run(number, NEW) for number in range(RENEWED, RUNS + 1)],
    OTHER.name: [run(number, OTHER) for number in range(OTHER_FROM, RUNS + 1, 3)],
}


def subject(workload: str, metric: str = "ns_per_task", unit: str = "ns", **params: int) -> Subject:
    key = CellKey.of(workload, {**params, "cores": 1}, "mn", metric, unit, "lower")
    return Subject(key, "go" if unit == "ns" else None)


def points(runs: Sequence[Run], level: float, wide: float = 0.04, steps: dict[int, float] | None = None) -> list[Point]:
    """`steps` multiply the level from the run of that place on. What follows each other wavers, always the same way."""
    found = []
    for at, of in enumerate(runs):
        value = level * (1 + wide * math.sin(7 * at) / 2)
        for place, factor in (steps or {}).items():
            value *= factor if at >= place else 1
        found.append(Point(of, value, (value * (1 - wide), value * (1 + wide)) if wide else (value, value)))
    return found


def change(found: Sequence[Point], at: int, factor: float, **changed: Any) -> Change:
    it = Change(found[at - 1].run, found[at].run, factor, (factor * 0.97, factor * 1.02), 0.0004, exact=False)
    return replace(it, **changed)


def history(
    of: Subject, found: Sequence[Point], status: Status, changed: Sequence[Change] = (), **more: Any
) -> History:
    machine = found[0].run.machine
    return History(of, machine, found, changed, status, f"It is {status}, made up.", visible=1.06, **more)


PING_PONG = subject("ping_pong", "ns_per_round_trip", capacity=0)
BUFFERED = subject("ping_pong", "ns_per_round_trip", capacity=1)
SKYNET = subject("skynet", leaves=1000)
SPAWN = subject("spawn_join", n=1000)
FAN_IN = subject("select_fan_in", "ns_per_message", producers=4)
PARKED = subject("parked", "bytes_per_task", "B", n=1000)
INSTRUCTIONS = subject("ping_pong", "instructions_per_round_trip", "instructions", capacity=0)


def histories() -> list[History]:
    old, new, other = (RUNS_OF[machine.name] for machine in (OLD, NEW, OTHER))
    slower = points(new, 2.0, steps={15: 0.86})
    twice = points(new, 1.4, steps={10: 1.2, 15: 0.9})
    faster = points(new, 1.1, steps={12: 1.25})
    lost = [*points(new[:-1], 0.8), Point(new[-1], None, None, "crash: it fell over")]
    larger = points(new, 2700, wide=0, steps={15: 1.1})
    return [
        history(SPAWN, lost, "missing"),
        history(PING_PONG, slower, "regressed", [change(slower, 15, 0.86)]),
        history(PARKED, larger, "regressed", [change(larger, 15, 1 / 1.1, exact=True, p=0.0, ci95=None)]),
        history(BUFFERED, twice, "regressed", [change(twice, 10, 1.2), change(twice, 15, 0.9, gradual=True)]),
        history(FAN_IN, points(other, 1.3, wide=0.3), "cannot_tell"),
        history(SKYNET, faster, "improved", [change(faster, 12, 1.25)]),
        history(INSTRUCTIONS, points(new, 1234, wide=0), "unchanged"),
        history(PING_PONG, points(other, 3.1), "unchanged"),
        history(PING_PONG, points(old, 1.8), "unchanged", ended=True),
        history(PARKED, points(old, 2650, wide=0), "unchanged", ended=True),
    ]


def watched(found: Sequence[History] | None = None) -> Watched:
    its = histories() if found is None else list(found)
    runs = sorted((run for runs in RUNS_OF.values() for run in runs), key=lambda run: run.started)
    return Watched(
        histories=its,
        machine_changes=[MachineChange(RUNS_OF[OLD.name][-1], RUNS_OF[NEW.name][0], changes(OLD, NEW))],
        false_alarms=[FalseAlarms(run, run.aa_pairs, run.aa_false_alarms) for run in runs],
        counts={status: sum(one.status == status and not one.ended for one in its) for status in STATUSES},
    )


NOTES = Notes(
    (Acknowledged(PARKED.name, "1f" * 5, "a guard page for every stack", by="the maintainers"),),
    (Note("1f" * 20, "The scheduler’s queue is another one."),),
)


def board(found: Sequence[History] | None = None, **changed: Any) -> Board:
    runs = sorted((run for runs in RUNS_OF.values() for run in runs), key=lambda run: run.started)
    return replace(Board("made-up.sqlite", "quick", runs, watched(found), NOTES), **changed)


def empty_board() -> Board:
    return Board("made-up.sqlite", "quick", [], Watched([], [], [], dict.fromkeys(STATUSES, 0)))
