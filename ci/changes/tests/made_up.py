"""Made-up runs and points for the tests of the change points. Measured nowhere."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ci.changes.report import Point
from ci.history import rows
from ci.history.database import Store
from ci.history.machine import facts_of, hardware_of
from ci.history.reading import CellKey, Machine, Run
from ci.history.record import Record, Row, digest
from ci.history.run_folder import utc
from ci.history.schema import canonical
from ci.selftest.records import environment_of

TIME = CellKey.of("made_up", {"n": 1, "cores": 1}, "mn", "ns_per_task", "ns", "lower")
COUNT = CellKey.of("made_up", {"n": 1, "cores": 1}, "mn", "instructions_per_task", "instructions", "lower")
FACTS = facts_of(environment_of("r", "2030-01-01T00:00:00Z", "c", "made_up", 5, "Linux 1"))
MACHINE = Machine(digest([FACTS]), hardware_of(FACTS), FACTS)


def noisy(seed: int, levels: Sequence[tuple[int, float]], scatter: float = 0.02) -> np.ndarray:
    """Logs: so many points at each level."""
    logs = np.concatenate([np.full(count, level) for count, level in levels])
    return logs + np.random.default_rng(seed).normal(0.0, scatter, len(logs))


def commit_of(at: int) -> str:
    """Told apart by its first digits, as those of git are."""
    return f"{at:03}" * 13


def run(at: int) -> Run:
    return Run(
        at,
        f"run{at}",
        MACHINE,
        f"2030-01-01T00:{at:02}:00Z",
        commit_of(at),
        False,
        "made_up",
        5,
        "m",
        0,
        0,
        None,
        1,
        None,
    )


def points(values: Sequence[float | None], wide: float = 0.0) -> list[Point]:
    """`wide` is how far a run's trials disagree."""
    return [
        Point(run(at), value, None if value is None else (value * (1 - wide), value * (1 + wide)))
        for at, value in enumerate(values)
    ]


Cells = Mapping[tuple[CellKey, str], float | str]  # a cell's median by key and model, or how it failed


def put(store: Store, at: int, cells: Cells, **environment: Any) -> None:
    """A run of these cells, with the ratio of mn to each other model that ended ok, into the store."""
    moment = f"2030-01-01T{at:02}:00:00Z"
    document = environment_of(f"run{at}", moment, commit_of(at), "made_up", 5, "Linux 1") | environment
    names = ("commit", "dirty", "profile", "blocks")
    its = {name: document[name] for name in names} | {"name": document["run"], "started": utc(moment)}
    its |= {"environment": document, "method": {}, "aa_pairs": 10, "aa_false_alarms": 1, "noise_floor": None}
    ratios = [
        ratio(key, other, theirs / mine)
        for (key, model), mine in cells.items()
        for (same, other), theirs in cells.items()
        if model == "mn" and other in ("go", "os_threads") and key == same
        if not isinstance(mine, str) and not isinstance(theirs, str)
    ]
    record = Record(its, facts_of(document), [cell(key, model, found) for (key, model), found in cells.items()], ratios)
    with store.writing() as connection:
        rows.write(connection, record.sorted())


def key_row(key: CellKey, model: str) -> Row:
    names = ("workload", "params", "metric", "unit", "better")
    return {**{name: getattr(key, name) for name in names}, "model": model}


def cell(key: CellKey, model: str, found: float | str) -> Row:
    ok = not isinstance(found, str)
    outcome = "ok" if ok else found
    value = float(found) if ok else None
    measured = dict.fromkeys(("median", "low", "high"), value) | {"mad": 0.0 if ok else None}
    ended = {"outcome": outcome, "outcomes": {outcome: 5}, "reason": None if ok else "made up", "n": 5 if ok else 0}
    return {**key_row(key, model), "expressed": "native", **ended, **measured}


def ratio(key: CellKey, baseline: str, value: float) -> Row:
    measured = {"ratio": value, "low": value * 0.99, "high": value * 1.01, "n": 5}
    rest = {**dict.fromkeys(("p", "p_adjusted", "mde")), "noise_floor": 1.01, "verdict": "cannot_tell"}
    return {**key_row(key, "mn"), "baseline": baseline, **measured, **rest}


def params(**values: int) -> str:
    return canonical(values)


def log(percent: float) -> float:
    return math.log1p(percent / 100)
