"""Brings an older store to the schema of today, step by step, in one transaction: it is done whole or not at all.

STEPS[n] takes a store of schema n to n + 1, by SQL of its own: schema.py is today's, and says nothing of the past.
"""

from collections.abc import Callable

from sqlalchemy import Connection, text, update

from ci.history import schema
from ci.history.database import Store, connect, none_there, refuse_newer, shown, version_of
from ci.history.record import digest


def tell_hardware_and_sizes(connection: Connection) -> None:
    """machines.hardware, so that a series can go on, with a mark, where a machine got a new kernel or compiler; and of
    each run what `list` would else count anew each time."""
    for statement in (
        "ALTER TABLE runs ADD COLUMN raw_bytes INTEGER",
        "ALTER TABLE runs ADD COLUMN cell_count INTEGER DEFAULT '0' NOT NULL",
        "UPDATE runs SET cell_count = (SELECT count(*) FROM cells WHERE run_id = runs.id),"
        " raw_bytes = (SELECT sum(length(columns)) FROM trials WHERE run_id = runs.id)"
        ' + (SELECT sum(length("values")) FROM samples WHERE run_id = runs.id)',
    ):
        connection.execute(text(statement))
    names = ("cpu", "cores", "allowed_cpus", "memory", "arch", "virtualization")
    facts: dict[int, dict[str, str]] = {}
    for machine, name, value in connection.execute(text("SELECT machine_id, name, value FROM machine_facts")):
        facts.setdefault(machine, {})[name] = value
    connection.execute(text("ALTER TABLE machines ADD COLUMN hardware VARCHAR DEFAULT '' NOT NULL"))
    for machine, its in facts.items():
        found = digest([{name: its[name] for name in names}])
        connection.execute(
            text("UPDATE machines SET hardware = :hardware WHERE id = :id"), {"hardware": found, "id": machine}
        )


STEPS: dict[int, Callable[[Connection], None]] = {1: tell_hardware_and_sizes}


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
