"""Counts of a build's cells. Each is made REPEATS times, so that what does not repeat is seen."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import stats
from ci.counts import callgrind, strace
from ci.counts.cells import CELLS, CORES, Counted
from ci.counts.counter import Totals, per_operation, version_of

REPEATS = 3
Counter = Callable[..., Totals]
EVERY: Sequence[Counter] = (callgrind.count, strace.count)


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
    program: Path,
    jobs: int,
    cells: Iterable[Counted] = CELLS,
    counters: Sequence[Counter] = EVERY,
    told: Callable[[str], None] = lambda _: None,
) -> list[Count]:
    """All counts of the cells, several at a time: unlike times, counts do not mind company."""

    def one(cell: Counted) -> list[Count]:
        found = [slopes(program, cell, counters) for _ in range(REPEATS)]
        told(cell.name)
        return [Count(cell, name, [values[name] for values in found]) for name in found[0]]

    with ThreadPoolExecutor(jobs) as pool:
        return [count for counts in pool.map(one, cells) for count in counts]


def slopes(program: Path, cell: Counted, counters: Sequence[Counter]) -> dict[str, float]:
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="threadmark_counts_") as folder:
        for count in counters:
            small, large = (
                count(program, cell.workload, cell.operation, size, Path(folder)) for size in (cell.small, cell.large)
            )
            found |= per_operation(small, large)
    return found


def document(counts: Mapping[str, Iterable[Count]]) -> dict[str, Any]:
    """counts.json (counts.schema.json), of the counts of each model."""
    rows = [row(model, count) for model, its in counts.items() for count in its]
    return {"schema": 1, "tools": [version_of("valgrind"), version_of("strace")], "counts": rows}


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
