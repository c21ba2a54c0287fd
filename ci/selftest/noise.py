"""The noise of simulated runs: SIMULATED DATA, measured nowhere, as noisy as real runs are.

As analysis/trust/simulated.py has it within a run (log-normal trials, drift shared by those that are paired, a few
trials far off), with what nine quick runs of three commits on shared 2-core virtual machines added to it:
  - the log ratio of mn to Go spread within the blocks of a run by 1.6 to 45 %, differently in each of 40 cells: so
    trials spread by SPREAD, which is wider than that file has;
  - from run to run the ratio spread by 0.4 to 26 %, a median of 4 %, no more than its blocks explain, but for few
    cells: LEFTOVER stands for those, and each cell has it;
  - one run in nine was noisier than the others in nearly all cells: RESTLESS;
  - the ratio of OS threads to Go, which no commit had touched, was in 24 of 26 cells no more different between hours
    than within one (F test at 5 %): what all models share falls out, but for COUPLING.
"""

from dataclasses import dataclass

import numpy as np

from analysis.trust.simulated import BURST, BURSTS, DRIFT, evenly_by_log

SPREAD = (0.01, 0.32)  # of a trial's log, drawn for each subject, evenly by its own log
RESTLESS = 0.4  # of the log of a run's spread, shared by all: some runs are noisier than others
LEFTOVER = 0.3  # of a run's log ratio, in spreads of a trial
MACHINE_DRIFT, STICKS = 0.10, 0.9  # of a run's log, shared by all; how much of it the next run still has
COUPLING = 0.05  # how much of that a subject's ratio keeps, at most
MACHINES_DIFFER = 0.10  # of a log ratio, from one kernel to another
COUNT_NOISE = 0.003  # of a count that does not quite repeat, as bytes do


@dataclass(frozen=True)
class Times:
    """Logs of times, by subject, run and block; the twin is of the first subjects only."""

    mn: np.ndarray
    yardstick: np.ndarray
    twin: np.ndarray
    spread: np.ndarray  # of each subject's trials


def times(rng: np.random.Generator, better: np.ndarray, machine: np.ndarray, blocks: int, twins: int) -> Times:
    """`better` is the true log of the ratio of mn to its yardstick by subject and run, `machine` the number of each
    run's machine."""
    subjects, runs = better.shape
    shape = (subjects, runs, blocks)
    spread = evenly_by_log(rng, SPREAD, (subjects, 1, 1))
    whole = drifting(rng, runs)
    shared = whole[None, :, None] + rng.normal(0.0, DRIFT, shape)
    kept = rng.uniform(-COUPLING, COUPLING, (subjects, 1)) * whole[None, :]
    differs = rng.normal(0.0, MACHINES_DIFFER, (subjects, int(machine.max()) + 1))[:, machine]
    restless = np.exp(rng.normal(0.0, RESTLESS, (1, runs, 1)))
    left = rng.normal(0.0, LEFTOVER, (subjects, runs)) * spread[:, :, 0]
    ratio = (better + kept + differs + left)[:, :, None]

    def trials(count: int) -> np.ndarray:
        its = (count, runs, blocks)
        bursts = np.where(rng.random(its) < BURSTS, np.log(rng.uniform(*BURST, its)), 0.0)
        return shared[:count] + rng.normal(0.0, 1.0, its) * spread[:count] * restless + bursts

    return Times(trials(subjects) - ratio, trials(subjects), trials(twins) - ratio[:twins], spread.ravel())


def drifting(rng: np.random.Generator, runs: int) -> np.ndarray:
    """A first-order autoregression: what a shared machine does from run to run."""
    found = np.zeros(runs)
    for at in range(runs):
        before = found[at - 1] if at else 0.0
        found[at] = STICKS * before + rng.normal(0.0, MACHINE_DRIFT * np.sqrt(1 - STICKS**2))
    return found


def count_values(rng: np.random.Generator, better: np.ndarray, blocks: int, exact: bool) -> np.ndarray:
    """A count of which less is better, by run and block."""
    noise = 0.0 if exact else COUNT_NOISE
    return np.round(10_000 * np.exp(rng.normal(0.0, noise, (len(better), blocks)) - better[:, None]))
