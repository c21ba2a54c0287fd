"""Where the level of a series changed, how much, and how sure that is.

All is done on logarithms that are turned so that more is better; a factor is their difference.

  1. The scatter of the runs around their level, from the differences of neighbours: a step or a spike hardly moves it.
  2. What lies more than CLIP scatters from the median of its neighbourhood is brought back to there, so that one bad run
     is no change, and hides none.
  3. The segmentation with the least squares and a penalty for each change, over all segmentations: PELT, by ruptures.
  4. Each change is tested between its two segments, by t with their pooled scatter. The place was chosen because it
     looks like one, in this history because it looks like one: p is multiplied by the places and by the histories that
     are watched (Bonferroni). So a look at a store in which nothing changed reports anything at all once in twenty
     looks, however many subjects it has. The weakest that fails, or is too small to matter, goes, and its neighbours
     are tested again without it, until all that are left hold.
  5. What fits a slope better than steps is gradual (slope.py).

Given up: Welch's t, because three runs have hardly a variance of their own, and ranks, because of three runs and a
hundred none is extreme enough once p is multiplied. Which library, and why, stands in ci/DESIGN.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ruptures import KernelCPD
from scipy import ndimage, stats

from analysis import stats as robust
from ci.changes.slope import Slope, better_slope

SHORTEST = 3  # runs of a level: two may be chance twice, and a change is wanted soon
FEWEST = 10  # points; of fewer the scatter is a guess
NEIGHBOURHOOD = 2 * SHORTEST + 1  # of a younger level at the end, most points are still of the old one
CLIP = 3.0
PENALTY = 3.0  # of a change, times the logarithm of the points: lenient, because each is tested afterwards
ALPHA = 0.05  # of any false change at all, in all histories together
POWER = 0.95
PLACED = 2.0  # scatters: a smaller step may be found, but not within two runs of where it is


@dataclass(frozen=True)
class Step:
    """Between two points, by their places in the series: `before` is the last of the old level."""

    before: int
    after: int
    log: float
    interval: tuple[float, float] | None  # of the log; None where it repeats to the digit
    p: float

    @property
    def gradual(self) -> bool:
        return self.after - self.before > 1


def steps_of(logs: np.ndarray, smallest: float, histories: int) -> list[Step]:
    """All changes by at least `smallest` (a log), the oldest first. `histories` are watched together with this one."""
    spread = scatter(logs)
    if len(logs) < FEWEST or spread == 0:
        return []
    values = clipped(logs, spread)
    places = segments(values / spread)
    while True:
        bounds = [0, *places, len(values)]
        found = [step(values, spread, *its, histories) for its in zip(bounds, places, bounds[2:], strict=False)]
        failed = [one for one in found if not holds(one, smallest)]
        if not failed:
            return gradual(values, spread, found, smallest, histories)
        places.remove(max(failed, key=lambda one: (one.p, -abs(one.log))).after)


def holds(one: Step, smallest: float) -> bool:
    return one.p < ALPHA and abs(one.log) >= smallest


def scatter(logs: np.ndarray) -> float:
    """The standard deviation of a run around its level; 0 where all are the same, or too few to differ."""
    differences = np.abs(np.diff(logs))
    if len(differences) == 0:
        return 0.0
    # Half of all differences may be zero, as of a count that is mostly the same: then the mean speaks for them.
    middle = robust.median(differences) / stats.norm.ppf(0.75)
    return float(middle or np.mean(differences) * math.sqrt(math.pi / 2)) / math.sqrt(2)


def clipped(logs: np.ndarray, spread: float) -> np.ndarray:
    # Mirrored at the ends, so that the last point is not its own neighbour twice.
    level = ndimage.median_filter(logs, size=NEIGHBOURHOOD, mode="mirror")
    return np.clip(logs, level - CLIP * spread, level + CLIP * spread)


def segments(standard: np.ndarray) -> list[int]:
    """The first point of each level but the first; `standard` has a scatter of 1."""
    found = KernelCPD(kernel="linear", min_size=SHORTEST).fit(standard).predict(pen=PENALTY * math.log(len(standard)))
    return [int(place) for place in found[:-1]]


def step(values: np.ndarray, spread: float, start: int, place: int, end: int, histories: int) -> Step:
    left, right = values[start:place], values[place:end]
    freedom = len(left) + len(right) - 2
    squares = len(left) * np.var(left) + len(right) * np.var(right)
    # Two segments that agree by chance do not scatter less than the whole history does.
    pooled = max(math.sqrt(squares / freedom), spread)
    error = pooled * math.sqrt(1 / len(left) + 1 / len(right))
    return tested(place - 1, place, float(np.mean(right) - np.mean(left)), error, freedom, (freedom + 1) * histories)


def tested(before: int, after: int, log: float, error: float, freedom: int, tries: int) -> Step:
    half = float(stats.t.ppf(0.975, freedom)) * error
    p = 2 * float(stats.t.sf(abs(log) / error, freedom))
    return Step(before, after, log, (log - half, log + half), min(1.0, p * tries))


def gradual(values: np.ndarray, spread: float, found: Sequence[Step], smallest: float, histories: int) -> list[Step]:
    """Steps one after the other in one direction become one gradual change, where a slope fits them better."""
    chains: list[list[Step]] = []
    for one in found:
        if chains and (chains[-1][-1].log > 0) == (one.log > 0):
            chains[-1].append(one)
        else:
            chains.append([one])
    result = []
    for at, chain in enumerate(chains):
        start = chains[at - 1][-1].after if at else 0
        end = chains[at + 1][0].after if at + 1 < len(chains) else len(values)
        slope = better_slope(values[start:end] / spread, [one.after - start for one in chain])
        one = of_slope(slope, start, spread, histories) if slope is not None else None
        result += [one] if one is not None and holds(one, smallest) else chain
    return result


def of_slope(slope: Slope, start: int, spread: float, histories: int) -> Step:
    error = spread * max(slope.scatter, 1.0) * slope.error
    tries = slope.tried * histories
    return tested(start + slope.before, start + slope.after, slope.rise * spread, error, slope.freedom, tries)


def visible(logs: np.ndarray, smallest: float, histories: int) -> float:
    """The smallest step (a log) that such a history would show in its middle, at its place, in POWER of all cases."""
    return visible_with(len(logs), scatter(logs), smallest, histories)


def visible_with(points: int, spread: float, smallest: float, histories: int) -> float:
    """With two points or fewer nothing can be seen, which is infinity."""
    if points < FEWEST:
        return math.inf
    needed = float(stats.t.isf(ALPHA / (2 * points * histories), points - 2) + stats.norm.ppf(POWER))
    return max(smallest, PLACED * spread, needed * spread * math.sqrt(4 / points))
