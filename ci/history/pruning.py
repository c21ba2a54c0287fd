"""Drops raw samples of old runs; medians, intervals, ratios and floors stay for ever."""

from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from ci.history import rows
from ci.history.database import Store, told
from ci.history.schema import runs


@dataclass(frozen=True)
class Pruned:
    runs: int
    bytes_back: int


def prune(store: Store, keep: int | None = None, before: str | None = None) -> Pruned:
    """Of each machine all but the `keep` newest runs, or all that started before a moment (UTC, as runs.started)."""
    size = size_of(store)
    with store.writing() as connection:
        old = old_runs(connection, keep, before)
        rows.forget_raw(connection, old)
    give_back(store)
    return Pruned(len(old), size - size_of(store))


def old_runs(connection: Connection, keep: int | None, before: str | None) -> list[int]:
    """Those among them that still have raw samples."""
    age = func.row_number().over(partition_by=runs.c.machine_id, order_by=(runs.c.started.desc(), runs.c.name.desc()))
    ranked = select(runs.c.id, runs.c.started, runs.c.raw_bytes, age.label("age")).subquery()
    query = select(ranked.c.id).where(ranked.c.raw_bytes.is_not(None))
    query = query.where(ranked.c.age > keep) if keep is not None else query.where(ranked.c.started < before)
    return list(connection.execute(query).scalars())


def give_back(store: Store) -> None:
    """To the file system, not only to the database. VACUUM is no part of a transaction."""
    postgresql = store.engine.dialect.name == "postgresql"
    with told(store.place), closing(store.engine.raw_connection()) as connection:
        if postgresql:
            connection.driver_connection.autocommit = True
        for statement in ("VACUUM FULL samples", "VACUUM FULL trials") if postgresql else ("VACUUM",):
            connection.cursor().execute(statement)
        if postgresql:
            connection.driver_connection.autocommit = False


def size_of(store: Store) -> int:
    """Bytes of the whole store."""
    queries = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                      " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace",
    }  # fmt: skip
    with store.reading() as connection:
        return int(connection.execute(text(queries[store.engine.dialect.name])).scalar_one())
