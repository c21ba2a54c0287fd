"""A record to rows and back. One transaction holds all of it; the caller has begun it."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, func, insert, select, update

from ci.history.machine import hardware_of
from ci.history.record import CELL_KEY, Record, Row, digest
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

RUN = (
    "name",
    "started",
    "commit",
    "dirty",
    "profile",
    "blocks",
    "environment",
    "aa_pairs",
    "aa_false_alarms",
    "noise_floor",
)
CELL = ("expressed", "outcome", "outcomes", "reason", "n", "median", "low", "high", "mad")
RATIO = ("ratio", "low", "high", "n", "p", "p_adjusted", "mde", "noise_floor", "verdict")
FLOOR = ("subject", "pairs", "factor", "source")
TRIALS = ("workload", "params", "model", "columns")


def write(connection: Connection, record: Record) -> bool:
    """Whether the machine is a new one."""
    machine_id, new = machine_of(connection, record)
    keys = keys_of(connection, record)
    run_id = connection.execute(
        insert(runs).returning(runs.c.id),
        {
            **take(record.run, RUN),
            "machine_id": machine_id,
            "method_id": method_of(connection, record),
            "aggregates_digest": digest(record.aggregates()),
            "raw_digest": record.raw_digest,
        },
    ).scalar_one()

    def key(row: Row, **changes: str) -> int:
        return keys[tuple({**row, **changes}[name] for name in CELL_KEY)]

    def put(table: Table, rows: Iterable[Row]) -> None:
        if rows := [{"run_id": run_id, **row} for row in rows]:
            connection.execute(insert(table), rows)

    put(cells, ({"key_id": key(c), **take(c, CELL), "outcomes": canonical(c["outcomes"])} for c in record.cells))
    put(
        ratios,
        ({"key_id": key(r), "baseline_id": key(r, model=r["baseline"]), **take(r, RATIO)} for r in record.ratios),
    )
    put(floors, (take(floor, FLOOR) for floor in record.floors))
    put(trials, (take(row, TRIALS) for row in record.trials or []))
    put(samples, ({"key_id": key(row), "values": row["values"]} for row in record.samples or []))
    count_sizes(connection, run_id, len(record.cells))
    return new


def count_sizes(connection: Connection, run_id: int, cell_count: int) -> None:
    raw = [
        select(func.sum(func.length(column))).where(column.table.c.run_id == run_id).scalar_subquery()
        for column in (trials.c.columns, samples.c["values"])
    ]
    its = update(runs).where(runs.c.id == run_id)
    connection.execute(its.values(cell_count=cell_count, raw_bytes=raw[0] + raw[1]))


def take(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names}


def machine_of(connection: Connection, record: Record) -> tuple[int, bool]:
    known = select(machines.c.id).where(machines.c.fingerprint == record.fingerprint)
    if (found := connection.execute(known).scalar_one_or_none()) is not None:
        return found, False
    made = {"fingerprint": record.fingerprint, "hardware": hardware_of(record.machine)}
    machine_id = connection.execute(insert(machines).returning(machines.c.id), made).scalar_one()
    facts = [{"machine_id": machine_id, "name": name, "value": value} for name, value in record.machine.items()]
    connection.execute(insert(machine_facts), facts)
    return machine_id, True


def method_of(connection: Connection, record: Record) -> int:
    constants = canonical(record.run["method"])
    its = digest([record.run["method"]])
    found = connection.execute(select(methods.c.id).where(methods.c.digest == its)).scalar_one_or_none()
    if found is None:
        made = insert(methods).values(digest=its, constants=constants).returning(methods.c.id)
        found = connection.execute(made).scalar_one()
    return found


def keys_of(connection: Connection, record: Record) -> dict[tuple[str, ...], int]:
    """The numbers of all keys; those that the store does not have yet are made."""
    columns = [cell_keys.c[name] for name in CELL_KEY]

    def known() -> dict[tuple[str, ...], int]:
        return {tuple(row[1:]): row[0] for row in connection.execute(select(cell_keys.c.id, *columns))}

    have = known()
    wanted = {tuple(row[name] for name in CELL_KEY) for row in record.cells}
    if fresh := sorted(wanted - have.keys()):
        connection.execute(insert(cell_keys), [dict(zip(CELL_KEY, key, strict=True)) for key in fresh])
        have = known()
    return have


def read(connection: Connection, name: str) -> Record:
    """The run of this name, which must be there."""
    query = select(runs, methods.c.constants).join(methods).where(runs.c.name == name)
    run = connection.execute(query).mappings().one()
    facts = select(machine_facts.c.name, machine_facts.c.value).where(machine_facts.c.machine_id == run["machine_id"])
    key = [cell_keys.c[name] for name in CELL_KEY]
    baseline = cell_keys.alias()

    def of_run(query: Any, table: Table) -> list[Row]:
        return [dict(row) for row in connection.execute(query.where(table.c.run_id == run["id"])).mappings()]

    def with_key(table: Table, names: tuple[str, ...], *more: Any) -> Any:
        joined = table.join(cell_keys, table.c.key_id == cell_keys.c.id)
        return select(*key, *(table.c[name] for name in names), *more).select_from(joined)

    found = of_run(with_key(cells, CELL), cells)
    for cell in found:
        cell["outcomes"] = json.loads(cell["outcomes"])
    compared = with_key(ratios, RATIO, baseline.c.model.label("baseline")).join(
        baseline, ratios.c.baseline_id == baseline.c.id
    )
    raw = run["raw_bytes"] is not None
    return Record(
        run={**take(run, RUN), "method": json.loads(run["constants"])},
        machine=dict(connection.execute(facts).all()),
        cells=found,
        ratios=of_run(compared, ratios),
        floors=of_run(select(*(floors.c[name] for name in FLOOR)), floors),
        trials=of_run(select(*(trials.c[name] for name in TRIALS)), trials) if raw else None,
        samples=of_run(with_key(samples, ("values",)), samples) if raw else None,
        raw_digest=run["raw_digest"],
    ).sorted()


def digests_of(connection: Connection, name: str) -> RowMapping | None:
    """What tells whether a run of this name is the same one: its digests, and `raw`, whether its samples are kept."""
    raw = runs.c.raw_bytes.is_not(None).label("raw")
    query = select(runs.c.aggregates_digest, runs.c.raw_digest, raw).where(runs.c.name == name)
    return connection.execute(query).mappings().one_or_none()


def forget_raw(connection: Connection, run_ids: list[int]) -> None:
    for table in (samples, trials):
        connection.execute(delete(table).where(table.c.run_id.in_(run_ids)))
    connection.execute(update(runs).where(runs.c.id.in_(run_ids)).values(raw_bytes=None))
