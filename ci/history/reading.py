"""What the store knows, typed: machines, runs, and what a run found. For the gate and the dashboard, as for `list`.

Each function is one moment of the store. Nothing here writes. Histories over many runs are in series.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Select, select

from ci.history.database import Store
from ci.history.record import CELL_KEY, NotTaken
from ci.history.schema import (
    canonical,
    cell_keys,
    cells,
    floors,
    machine_facts,
    machines,
    methods,
    ratios,
    runs,
    samples,
    trials,
)


@dataclass(frozen=True)
class Machine:
    fingerprint: str
    hardware: str  # the same for machines that differ in their software alone
    facts: Mapping[str, str]  # machine.py says which

    @property
    def name(self) -> str:
        return self.fingerprint[:8]


@dataclass(frozen=True)
class FactChange:
    fact: str
    before: str | None  # None where the machine has no such fact
    after: str | None


@dataclass(frozen=True)
class Run:
    id: int  # of this store only
    name: str
    machine: Machine
    started: str  # UTC
    commit: str | None
    dirty: bool | None
    profile: str
    blocks: int
    method: str  # of the constants behind medians and verdicts: another one, another method
    aa_pairs: int
    aa_false_alarms: int
    noise_floor: float | None
    cells: int
    raw_bytes: int | None  # what its raw samples take in the store; None where they were pruned


@dataclass(frozen=True)
class CellKey:
    """A cell over all runs. `params` is canonical JSON, so that keys can be compared and hashed."""

    workload: str
    params: str
    model: str
    metric: str
    unit: str
    better: str

    @classmethod
    def of(cls, workload: str, params: Mapping[str, int], model: str, metric: str, unit: str, better: str) -> "CellKey":
        return cls(workload, canonical(dict(params)), model, metric, unit, better)

    @cached_property
    def parameters(self) -> dict[str, int]:
        return json.loads(self.params)


Interval = tuple[float, float]


@dataclass(frozen=True)
class Cell:
    key: CellKey
    expressed: str | None
    outcome: str
    outcomes: Mapping[str, int]
    reason: str | None
    n: int
    median: float | None
    ci95: Interval | None
    mad: float | None


@dataclass(frozen=True)
class Ratio:
    """How many times better the key's model is than the baseline; of mn.again to mn it is an A/A pair."""

    key: CellKey
    baseline: str
    ratio: float | None
    ci95: Interval | None
    n: int
    p: float | None
    p_adjusted: float | None
    mde: float | None
    noise_floor: float
    verdict: str


@dataclass(frozen=True)
class Floor:
    pairs: int
    factor: float
    source: str


@dataclass(frozen=True)
class Sample:
    order: int
    block: int
    outcome: str
    steal_ticks: float | None  # None where it could not be read
    value: float | None  # None where the trial has none


def all_machines(store: Store) -> list[Machine]:
    with store.reading() as connection:
        return list(machines_by_id(connection).values())


def changes(before: Machine, after: Machine) -> list[FactChange]:
    """What tells two machines apart, by name; nothing where they are one."""
    names = sorted(before.facts.keys() | after.facts.keys())
    both = [FactChange(name, before.facts.get(name), after.facts.get(name)) for name in names]
    return [change for change in both if change.before != change.after]


def all_runs(store: Store) -> list[Run]:
    """The oldest first."""
    with store.reading() as connection:
        return runs_of(connection)


def runs_of_commit(store: Store, commit: str) -> list[Run]:
    """`commit` may be abbreviated, as git does; a run without a commit is of none."""
    if not commit:
        return []
    return [run for run in all_runs(store) if (run.commit or "").startswith(commit)]


def run_named(store: Store, name: str) -> Run:
    found = next((run for run in all_runs(store) if run.name == name), None)
    if found is None:
        raise NotTaken(f"{store.place}: no run {name}; python -m ci.history list shows those that it has")
    return found


def environment_of(store: Store, run: Run) -> dict[str, Any]:
    """environment.json, whole: the seed, the limits, the warnings."""
    with store.reading() as connection:
        return connection.execute(select(runs.c.environment).where(runs.c.id == run.id)).scalar_one()


def cells_of(store: Store, run: Run) -> dict[CellKey, Cell]:
    with store.reading() as connection:
        rows = connection.execute(cells_query().where(cells.c.run_id == run.id)).mappings()
        return {cell.key: cell for cell in map(cell_of, rows)}


def ratios_of(store: Store, run: Run) -> dict[tuple[CellKey, str], Ratio]:
    """By key and baseline."""
    with store.reading() as connection:
        rows = connection.execute(ratios_query().where(ratios.c.run_id == run.id)).mappings()
        return {(ratio.key, ratio.baseline): ratio for ratio in map(ratio_of, rows)}


def floors_of(store: Store, run: Run) -> dict[str, Floor]:
    """By what shares its noise: a unit of time, or a metric."""
    query = select(floors.c.subject, floors.c.pairs, floors.c.factor, floors.c.source).where(floors.c.run_id == run.id)
    with store.reading() as connection:
        return {subject: Floor(*rest) for subject, *rest in connection.execute(query)}


def samples_of(store: Store, run: Run) -> dict[CellKey, list[Sample]] | None:
    """Every trial's value, by block; None where they were pruned."""
    columns = select(trials.c.workload, trials.c.params, trials.c.model, trials.c.columns).where(
        trials.c.run_id == run.id
    )
    values = select(*key_columns(), samples.c["values"]).join(cell_keys).where(samples.c.run_id == run.id)
    with store.reading() as connection:
        by_subject = {(w, p, m): its for w, p, m, its in connection.execute(columns)}
        if not by_subject:
            return None
        found = {}
        for *key, its_values in connection.execute(values):
            its = by_subject[tuple(key[:3])]
            fields = zip(its["order"], its["block"], its["outcome"], its["steal_ticks"], its_values, strict=True)
            found[CellKey(*key)] = [Sample(*sample) for sample in fields]
        return found


def machines_by_id(connection: Connection) -> dict[int, Machine]:
    facts: dict[int, dict[str, str]] = {}
    for machine_id, name, value in connection.execute(select(machine_facts)):
        facts.setdefault(machine_id, {})[name] = value
    known = connection.execute(select(machines).order_by(machines.c.id)).mappings()
    return {row["id"]: Machine(row["fingerprint"], row["hardware"], facts[row["id"]]) for row in known}


def runs_of(connection: Connection) -> list[Run]:
    known = machines_by_id(connection)
    columns = [runs.c[name] for name in ("id", "name", "machine_id", "started", "commit", "dirty", "profile", "blocks")]
    columns += [methods.c.digest]
    columns += [runs.c[name] for name in ("aa_pairs", "aa_false_alarms", "noise_floor", "cell_count", "raw_bytes")]
    query = select(*columns).join(methods).order_by(runs.c.started, runs.c.name)
    return [Run(id_, name, known[machine_id], *rest) for id_, name, machine_id, *rest in connection.execute(query)]


def key_columns() -> list[Any]:
    return [cell_keys.c[name] for name in CELL_KEY]


def cells_query() -> Select[Any]:
    return select(cells, *key_columns()).select_from(cells.join(cell_keys, cells.c.key_id == cell_keys.c.id))


def ratios_query() -> Select[Any]:
    baseline = cell_keys.alias()
    joined = ratios.join(cell_keys, ratios.c.key_id == cell_keys.c.id).join(
        baseline, ratios.c.baseline_id == baseline.c.id
    )
    return select(ratios, *key_columns(), baseline.c.model.label("baseline")).select_from(joined)


def key_of(row: Mapping[str, Any]) -> CellKey:
    return CellKey(*(row[name] for name in CELL_KEY))


def interval_of(row: Mapping[str, Any]) -> Interval | None:
    return None if row["low"] is None else (row["low"], row["high"])


def cell_of(row: Mapping[str, Any]) -> Cell:
    return Cell(
        key_of(row), row["expressed"], row["outcome"], json.loads(row["outcomes"]), row["reason"], row["n"],
        row["median"], interval_of(row), row["mad"],
    )  # fmt: skip


def ratio_of(row: Mapping[str, Any]) -> Ratio:
    return Ratio(
        key_of(row), row["baseline"], row["ratio"], interval_of(row), row["n"], row["p"], row["p_adjusted"], row["mde"],
        row["noise_floor"], row["verdict"],
    )  # fmt: skip
