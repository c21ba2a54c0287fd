"""Counts of a build's cells. Each is made REPEATS times, so that what does not repeat is seen."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import stats
from ci.counts import callgrind
from ci.counts.cells import CELLS, CORES, Counted

REPEATS = 2


@dataclass(frozen=True)
class Count:
    cell: Counted
    name: str  # "instructions"
    values: Sequence[float]  # for each operation, one a repetition

    @property
    def metric(self) -> str:
        return f"{self.name}_per_{self.cell.operation}"

    @property
    def key(self) -> tuple[str, str]:
        return self.cell.name, self.metric


def measure(
    program: Path, jobs: int, cells: Iterable[Counted] = CELLS, told: Callable[[str], None] = lambda _: None
) -> list[Count]:
    """All counts of the cells, several at a time: unlike times, counts do not mind company."""

    def one(cell: Counted) -> list[Count]:
        found = [slopes(program, cell) for _ in range(REPEATS)]
        told(cell.name)
        return [Count(cell, name, [values[name] for values in found]) for name in found[0]]

    with ThreadPoolExecutor(jobs) as pool:
        return [count for counts in pool.map(one, cells) for count in counts]


def slopes(program: Path, cell: Counted) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="threadmark_counts_") as folder:
        small, large = (
            callgrind.count(program, cell.workload, cell.operation, size, Path(folder))
            for size in (cell.small, cell.large)
        )
    return dict(callgrind.per_operation(small, large))


def document(model: str, counts: Iterable[Count]) -> dict[str, Any]:
    """counts.json (counts.schema.json)."""
    return {"schema": 1, "tool": callgrind.version(), "counts": [row(model, count) for count in counts]}


def row(model: str, count: Count) -> dict[str, Any]:
    return {
        "model": model,
        "workload": count.cell.workload,
        "params": {**count.cell.large.params, "cores": CORES},
        "metric": count.metric,
        "unit": count.name.replace("_", " "),
        "better": "lower",
        "value": stats.median(count.values),
        "values": list(count.values),
    }
