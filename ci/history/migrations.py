"""Brings an older store to the schema of today, step by step, in one transaction: it is done whole or not at all.

STEPS[n] takes a store of schema n to n + 1, by SQL of its own: schema.py is today's, and says nothing of the past.
"""

from collections.abc import Callable

from sqlalchemy import Connection, update

from ci.history import schema
from ci.history.database import Store, connect, none_there, refuse_newer, shown, version_of

STEPS: dict[int, Callable[[Connection], None]] = {}


def migrate(place: str) -> tuple[int, int]:
    """The schema before and after."""
    store = Store(connect(place, make=False), shown(place))
    try:
        with store.writing() as connection:
            before = version_of(connection, store.place)
            if before is None:
                raise none_there(store.place)
            refuse_newer(before, store.place)
            for version in range(before, schema.VERSION):
                STEPS[version](connection)
            connection.execute(update(schema.store).values(version=schema.VERSION))
    finally:
        store.close()
    return before, schema.VERSION
