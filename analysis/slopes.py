"""Memory as a slope: bytes per task is how the total grows with n, so whatever a process costs once falls out.

The total is the metric (per task) times n. Each block has a line of its own, by least squares through its trials of
every n, for each workload, model, cores and part; the slope is the median of the blocks' slopes, with the interval of a
median.

The rejected choice is one line through the trials of all blocks, with the interval that least squares gives. That
interval rests on noise that is the same at every n. Here noise grows with n, and the largest n decides the slope: of
the intervals that should hold the truth in 95 of 100 runs, 80 did (71 with n up to 1,000,000). Errors that allow for it
(HC3) held it in 92 to 98, but the line itself is drawn off by single trials in which another program gave back some MB
of the kernel's memory: it was wrong by twice as much as the median of the blocks' lines.
"""

import math
from typing import Any, NamedTuple

from scipy import stats

from analysis.cells import Cell
from analysis.names import is_second_name
from analysis.stats import median, median_interval

METRIC = "bytes_per_task"


class Point(NamedTuple):
    n: int
    total: float
    order: int
    block: int


def slopes_of(cells: list[Cell], blocks: dict[int, int]) -> list[dict[str, Any]]:
    """By workload in the cells' order, then by model, cores and metric. `blocks` gives each trial's block by its
    order."""
    groups: dict[str, dict[tuple[str, int, str], list[Cell]]] = {}
    for cell in cells:
        part_of_memory = cell["metric"] == METRIC or cell["metric"].startswith(METRIC + ".")
        if part_of_memory and "n" in cell["params"] and not is_second_name(cell["model"]):
            of_workload = groups.setdefault(cell["workload"], {})
            of_workload.setdefault((cell["model"], cell["params"]["cores"], cell["metric"]), []).append(cell)
    return [
        slope_of(workload, *key, group, blocks)
        for workload, of_workload in groups.items()
        for key, group in sorted(of_workload.items())
    ]


def slope_of(
    workload: str, model: str, cores: int, metric: str, cells: list[Cell], blocks: dict[int, int]
) -> dict[str, Any]:
    points = [
        Point(cell["params"]["n"], value * cell["params"]["n"], order, blocks[order])
        for cell in cells
        for order, value in zip(cell["trials"], cell["values"], strict=True)
        if value is not None
    ]
    n_values = sorted({point.n for point in points})
    slope = {
        "model": model,
        "workload": workload,
        "cores": cores,
        "metric": metric,
        "unit": cells[0]["unit"],
        "slope": None,
        "ci95": None,
        "intercept": None,
        "r2": None,
        "n": len(points),
        "n_values": n_values,
        "totals": [{"n": n, "median": median([point.total for point in points if point.n == n])} for n in n_values],
        "trials": sorted(point.order for point in points),
        "reason": None,
    }
    lines = lines_of(points)
    if not lines:
        failed = next((cell["reason"] for cell in cells if cell["reason"]), None)
        cause = f"; {failed}" if failed else ""
        there = f"there are {len(n_values)}" if len(n_values) < 2 else "no block has them"
        return {**slope, "reason": f"a slope needs two different n that ended ok in a block, {there}{cause}"}
    slopes = [float(line.slope) for line in lines]
    straight = [float(line.rvalue) ** 2 for line in lines if not math.isnan(line.rvalue)]  # nan where all is one total
    return {
        **slope,
        "slope": median(slopes),
        "ci95": median_interval(slopes),
        "intercept": median([float(line.intercept) for line in lines]),
        "r2": median(straight) if straight else None,
    }


def lines_of(points: list[Point]) -> list[Any]:
    """The line of each block in which two different n ended ok."""
    by_block: dict[int, list[Point]] = {}
    for point in points:
        by_block.setdefault(point.block, []).append(point)
    return [
        stats.linregress([point.n for point in of_block], [point.total for point in of_block])
        for of_block in by_block.values()
        if len({point.n for point in of_block}) > 1
    ]
