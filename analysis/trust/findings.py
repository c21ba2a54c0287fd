"""What the analysis finds of what is known: in a run with slowed models, and in simulated runs.

A part of the result is of one number of blocks: 5 as `quick` has, 20 as `full` has, and in the simulation also 3, as
`smoke` has.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from analysis.cells import cells_of
from analysis.names import first_name, is_second_name, slowed_by
from analysis.run import Trial, UnreadableRun
from analysis.slopes import slopes_of
from analysis.trust import simulated
from analysis.trust.counts import coverage, rows, together
from analysis.trust.experiment import groups_of, judged

GROUPS = (5, 20)
SEED = 20251
CELLS = 10  # of a simulated run; as many as the profile `trust` has
MEMORIES = 6  # models whose memory is simulated, for each run


class Kind(NamedTuple):
    """A kind of run: the n are those of `parked` in the profile that has so many blocks."""

    blocks: int
    sizes: tuple[int, ...]
    runs: int  # so many are simulated: enough to tell 93.75 % from 92 %, where the bound is held


SIMULATED = (
    Kind(3, (1000, 10_000), runs=50),
    Kind(5, (1000, 10_000, 100_000), runs=200),
    Kind(20, (1000, 10_000, 100_000), runs=200),
)

# The peer is as fast as mn and three times as noisy: no A/A pair shows how noisy another model is.
BASELINE = "mn"
SPEEDS = {
    "mn.again": simulated.Speed(1.0),
    "peer": simulated.Speed(1.0, noise=3.0),
    **{f"mn.slow{percent}": simulated.Speed(1 + percent / 100) for percent in (2, 5, 10, 20)},
}


def measured(trials: list[Trial], run_dir: Path) -> list[dict[str, Any]]:
    """A part for each number of blocks. UnreadableRun where the run has no slowed model, or of several models."""
    models = sorted({t["model"] for t in trials if is_second_name(t["model"])}, key=slowed_by)
    baselines = {first_name(model) for model in models}
    if len(baselines) != 1 or not slowed_by(models[-1]):
        raise UnreadableRun(f"{run_dir}: not a run of one model and itself slowed, as the profile trust has")
    factors = {model: 1 + slowed_by(model) / 100 for model in models}
    (baseline,) = baselines
    parts = []
    for blocks in GROUPS:
        groups = [judged(group, baseline, factors)[1] for group in groups_of(trials, blocks)]
        found = [comparison for group in groups for comparison in group]
        parts.append({"blocks": blocks, "groups": len(groups), "rows": rows(found, factors)})
    return parts


def simulation(kinds: Iterable[Kind] = SIMULATED) -> list[dict[str, Any]]:
    rng = np.random.default_rng(SEED)
    return [simulated_part(rng, kind) for kind in kinds]


def simulated_part(rng: np.random.Generator, kind: Kind) -> dict[str, Any]:
    factors = {model: speed.factor for model, speed in SPEEDS.items()}
    medians, comparisons = [], []
    for _ in range(kind.runs):
        trials = simulated.times(rng, kind.blocks, CELLS, {BASELINE: simulated.Speed(1.0), **SPEEDS})
        cells, found = judged(trials, BASELINE, factors)
        medians += [cell["ci95"] for cell in cells if cell["model"] == BASELINE]
        comparisons += found
    of_models = rows(comparisons, factors)
    coverages = {
        "medians": coverage(medians, simulated.TIME),
        "ratios": together(row["held"] for row in of_models),
    }
    for what, others in (("the process", 0.0), ("the machine", simulated.OTHERS)):
        coverages[f"slopes, {what}'s memory read"] = slopes_held(rng, kind, others)
    held = [{"what": what, **share} for what, share in coverages.items()]
    return {"blocks": kind.blocks, "groups": kind.runs, "rows": of_models, "coverage": held}


def slopes_held(rng: np.random.Generator, kind: Kind, others: float) -> dict[str, Any]:
    trials = list(simulated.memory(rng, kind.blocks, kind.sizes, MEMORIES * kind.runs, others))
    slopes = slopes_of(cells_of(trials), {trial["order"]: trial["block"] for trial in trials})
    return coverage([slope["ci95"] for slope in slopes], simulated.BYTES_PER_TASK)
