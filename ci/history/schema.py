"""The store's tables, the same in SQLite and in PostgreSQL.

Invariants:
  - a cell's identity stands once, in cell_keys; what a run found of it is a row of `cells`;
  - everything but `trials` and `samples` is kept; those two are the raw samples, and a run has both or neither;
  - what is read together (a cell's values, the blocks of its trials) is packed into one field: a row for each sample
    takes 1.6 times the room in SQLite and 6.5 times in PostgreSQL;
  - a change of anything here needs a step in migrations.py and a new VERSION.
"""

import json
import zlib
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)  # fmt: skip

VERSION = 2


def canonical(document: Any) -> str:
    """The one text of a JSON document: what is equal is equal byte for byte, also in another store."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


class Packed(TypeDecorator[Any]):
    """A JSON document, deflated. Any program that knows zlib reads it."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes:
        return zlib.compress(canonical(value).encode(), 9)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return json.loads(zlib.decompress(value)) if value is not None else None


metadata = MetaData()

# One row: the version of this schema.
store = Table("threadmark_store", metadata, Column("version", Integer, nullable=False))

# What makes timings comparable; machine_facts tells what is in the fingerprint.
machines = Table(
    "machines", metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", String, nullable=False, unique=True),
    Column("hardware", String, nullable=False, server_default=""),  # a fingerprint of what no update changes
)  # fmt: skip
machine_facts = Table(
    "machine_facts", metadata,
    Column("machine_id", ForeignKey("machines.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)  # fmt: skip

# The constants behind medians and verdicts, as summary.json has them.
methods = Table(
    "methods", metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("constants", String, nullable=False),
)  # fmt: skip

runs = Table(
    "runs", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("machine_id", ForeignKey("machines.id"), nullable=False, index=True),
    Column("method_id", ForeignKey("methods.id"), nullable=False),
    Column("started", String, nullable=False, index=True),  # UTC in one form, so that its order is that of time
    Column("commit", String, index=True),
    Column("dirty", Boolean),
    Column("profile", String, nullable=False),
    Column("blocks", Integer, nullable=False),
    Column("environment", Packed, nullable=False),  # environment.json, whole: the seed, the limits, the warnings
    Column("aa_pairs", Integer, nullable=False),
    Column("aa_false_alarms", Integer, nullable=False),
    Column("noise_floor", Double),
    Column("aggregates_digest", String, nullable=False),
    Column("raw_digest", String, nullable=False),  # of the raw samples, also when they are gone
    Column("raw_bytes", Integer),  # what they take, packed; null when they are gone
    Column("cell_count", Integer, nullable=False, server_default="0"),
)  # fmt: skip

cell_keys = Table(
    "cell_keys", metadata,
    Column("id", Integer, primary_key=True),
    Column("workload", String, nullable=False),
    Column("params", String, nullable=False),  # canonical JSON
    Column("model", String, nullable=False),
    Column("metric", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("better", String, nullable=False),
    UniqueConstraint("workload", "params", "model", "metric", "unit", "better"),
)  # fmt: skip

# Costs (cpu_ns_per_task, …) and second names (mn.again) are cells too.
cells = Table(
    "cells", metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("key_id", ForeignKey("cell_keys.id"), primary_key=True, index=True),
    Column("expressed", String),
    Column("outcome", String, nullable=False),
    Column("outcomes", String, nullable=False),  # JSON, how many trials ended how
    Column("reason", String),
    Column("n", Integer, nullable=False),
    Column("median", Double),
    Column("low", Double),
    Column("high", Double),
    Column("mad", Double),
    sqlite_with_rowid=False,
)  # fmt: skip

# A ratio is of two cells that differ in the model alone; the A/A pairs are among them (model mn.again).
ratios = Table(
    "ratios", metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("key_id", ForeignKey("cell_keys.id"), primary_key=True, index=True),
    Column("baseline_id", ForeignKey("cell_keys.id"), primary_key=True),
    Column("ratio", Double),
    Column("low", Double),
    Column("high", Double),
    Column("n", Integer, nullable=False),
    Column("p", Double),
    Column("p_adjusted", Double),
    Column("mde", Double),
    Column("noise_floor", Double, nullable=False),
    Column("verdict", String, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip

# The A/A floor of whatever shares its noise: a unit of time, or a metric.
floors = Table(
    "floors", metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("subject", String, primary_key=True),
    Column("pairs", Integer, nullable=False),
    Column("factor", Double, nullable=False),
    Column("source", String, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip

# Raw: the trials of a workload, parameters and model by block, as columns {order, block, outcome, steal_ticks}.
trials = Table(
    "trials", metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("workload", String, primary_key=True),
    Column("params", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("columns", Packed, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip

# Raw: a cell's values, in the order of its trials; null where a trial has none.
samples = Table(
    "samples", metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("key_id", ForeignKey("cell_keys.id"), primary_key=True),
    Column("values", Packed, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip
