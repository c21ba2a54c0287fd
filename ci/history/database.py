"""Opens the store and gives transactions on it.

Invariants: whoever writes holds the store's one lock from the first statement on, so two imports never meet in the
middle of each other, and every write is one transaction: it is there whole or not at all, also after kill -9. A store
of another schema is refused before anything is written.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ci.history import schema
from ci.history.record import NotTaken

PROG = "python -m ci.history"
DEFAULT = "out/history.sqlite"
LOCK = 0x746872656164  # PostgreSQL's advisory locks are numbers; this one is the store's
PATIENCE_S = 120


class Store:
    """A store that is there and of this schema. `reading` and `writing` give a transaction each."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine, self.place = engine, place

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the store, whatever is written meanwhile."""
        with told(self.place), self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with told(self.place), exclusively(self.engine) as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def chosen_place(given: str | None) -> str:
    return given or os.environ.get("THREADMARK_STORE") or DEFAULT


@contextmanager
def opened(place: str, make: bool = False) -> Iterator[Store]:
    """The store in this file or at this URL; `make` makes it where there is none."""
    store = Store(connect(place, make), shown(place))
    try:
        check(store, make)
        yield store
    finally:
        store.close()


def connect(place: str, make: bool) -> Engine:
    if "://" not in place:
        path = Path(place)
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.is_file():
            raise none_there(place)
    try:
        url = make_url(place) if "://" in place else URL.create("sqlite", database=place)
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise NotTaken(f"{shown(place)}: a store is a SQLite file or postgresql+psycopg://…")
        if url.get_backend_name() == "sqlite":
            return sqlite(create_engine(url, connect_args={"timeout": PATIENCE_S}))
        return create_engine(url.set(drivername="postgresql+psycopg"), connect_args={"connect_timeout": 10})
    except ArgumentError as error:
        raise NotTaken(f"{shown(place)}: neither a file nor a database's URL") from error


def sqlite(engine: Engine) -> Engine:
    """Transactions are begun by us: the driver's own begin too late, and leave out what changes tables."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        mode = "IMMEDIATE" if connection.get_execution_options().get("exclusive") else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


@contextmanager
def exclusively(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(exclusive=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield connection


def check(store: Store, make: bool) -> None:
    with store.reading() as connection:
        version = version_of(connection, store.place)
    if version is None and make:
        with store.writing() as connection:
            version = version_of(connection, store.place)  # another process may have been first
            if version is None:
                schema.metadata.create_all(connection)
                connection.execute(insert(schema.store), {"version": schema.VERSION})
                version = schema.VERSION
    if version is None:
        raise none_there(store.place)
    refuse_other_version(version, store.place)


def refuse_other_version(version: int, place: str) -> None:
    refuse_newer(version, place)
    if version < schema.VERSION:
        raise NotTaken(f"{place}: a store of schema {version}; {PROG} migrate brings it to {schema.VERSION}")


def refuse_newer(version: int, place: str) -> None:
    if version > schema.VERSION:
        raise NotTaken(f"{place}: a store of schema {version}; this program knows {schema.VERSION}; left untouched")


def none_there(place: str) -> NotTaken:
    return NotTaken(f"{place}: no store there; {PROG} import makes one")


def version_of(connection: Connection, place: str) -> int | None:
    """None where the database is empty."""
    tables = inspect(connection).get_table_names()
    if schema.store.name in tables:
        return connection.execute(select(schema.store.c.version)).scalar_one()
    if tables:
        raise NotTaken(f"{place}: holds other tables ({', '.join(sorted(tables)[:3])}), and is no store")
    return None


@contextmanager
def told(place: str) -> Iterator[None]:
    """What the database refuses, in one line."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, psycopg.Error) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        raise NotTaken(f"{place}: {' '.join(str(said).split())}") from error


def shown(place: str) -> str:
    """A URL without its password."""
    try:
        return make_url(place).render_as_string(hide_password=True) if "://" in place else place
    except ArgumentError:
        return place.split("@")[-1]
