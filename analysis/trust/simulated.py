"""Simulated trials: TEST DATA, measured nowhere, whose truth is known because it was put in.

The noise is that of these machines, as eleven runs of `smoke` and `quick` on shared 2-core virtual machines showed it.
  - Times: the log of a trial spread around its pair by 1 to 15 %, differently in each cell. A pair moved by some 5 %
    from one block to the next, which came a minute later, and no more like its neighbour than like any other block.
    A few trials in a hundred were far off.
  - Memory: what tasks add repeats to a few tenths of a percent. Where the kernel's part can only be read for the whole
    machine, another program took, or more often gave back, up to 16 MB between the two snapshots of one trial in five.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from analysis.run import Trial
from analysis.slopes import METRIC

TIME = 1000.0  # what a model of factor 1 takes undisturbed; the scale is of no matter
SPREAD = (0.005, 0.15)  # of a trial's log; drawn for each cell, evenly by its own log
DRIFT = 0.05  # of a block's log, shared by all models of the cell
BURSTS, BURST = 1 / 40, (1.1, 2.0)  # how many trials, and how many times as long they take

BYTES_PER_TASK, PROCESS = 4500.0, 300_000.0  # the slope, and what a process takes once
GROWING, STEADY = 0.002, 50_000.0  # noise of a total: a share of what the tasks take, and bytes however many there are
OTHERS, OTHERS_BYTES, GIVEN_BACK = 0.2, (300_000.0, 16_000_000.0), 0.8  # how many trials, how much, how much of it down


class Speed(NamedTuple):
    factor: float  # how many times as long as the baseline it takes
    noise: float = 1.0  # how many times as far as the baseline its trials spread


def times(rng: np.random.Generator, blocks: int, cells: int, models: Mapping[str, Speed]) -> list[Trial]:
    shape = (cells, blocks)
    spread = evenly_by_log(rng, SPREAD, (cells, 1))
    drift = rng.normal(0.0, DRIFT, shape)
    trials: list[Trial] = []
    for model, (factor, noise) in models.items():
        logs = drift + rng.normal(0.0, 1.0, shape) * spread * noise
        bursts = np.where(rng.random(shape) < BURSTS, rng.uniform(*BURST, shape), 1.0)
        for (cell, block), time in np.ndenumerate(TIME * factor * np.exp(logs) * bursts):
            metrics = {"ns_per_task": {"value": float(time), "unit": "ns", "better": "lower"}}
            trials.append(trial(len(trials), block, model, "simulated", {"cell": cell, "cores": 1}, metrics))
    return trials


def memory(
    rng: np.random.Generator, blocks: int, sizes: tuple[int, ...], models: int, others: float
) -> Iterator[Trial]:
    """Totals of so many models, alike in all but chance; other programs disturb a share `others` of the trials."""
    shape = (models, blocks, len(sizes))
    tasks = BYTES_PER_TASK * np.array(sizes) * np.exp(rng.normal(0.0, GROWING, shape))
    taken = evenly_by_log(rng, OTHERS_BYTES, shape) * np.where(rng.random(shape) < GIVEN_BACK, -1.0, 1.0)
    disturbed = np.where(rng.random(shape) < others, taken, 0.0)
    totals = PROCESS + tasks + rng.normal(0.0, STEADY, shape) + disturbed
    for order, ((model, block, size), total) in enumerate(np.ndenumerate(totals)):
        metrics = {METRIC: {"value": float(total / sizes[size]), "unit": "B", "better": "lower"}}
        yield trial(order, block, f"m{model}", "simulated_memory", {"n": sizes[size], "cores": 1}, metrics)


def evenly_by_log(rng: np.random.Generator, bounds: tuple[float, float], shape: tuple[int, ...]) -> np.ndarray:
    low, high = np.log(bounds)
    return np.exp(rng.uniform(low, high, shape))


def trial(order: int, block: int, model: str, workload: str, params: dict[str, int], metrics: dict[str, Any]) -> Trial:
    """What the analysis looks at of a trial that ended ok."""
    return {"order": order, "block": block, "model": model, "workload": workload, "params": params, "outcome": "ok",
            "reason": None, "expressed": "native", "metrics": metrics}  # fmt: skip
