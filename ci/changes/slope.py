"""Tells a slope from steps: a level that went down little by little has no one commit to blame.

Of a stretch of a history the best of "flat, slope, flat" is held against its steps: the sum of squares in scatters, and
for each free parameter the logarithm of the points (Bayes's information criterion).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SHORTEST = 5  # runs: what goes faster is a step with some noise
GRID = 40  # so many places of a knee are tried at most, which is near enough
DOUBT = 2  # the slope must win by so many parameters' worth: a step is what is looked for, and has a commit


@dataclass(frozen=True)
class Slope:
    before: int  # the last point of the old level
    after: int  # the first of the new one
    rise: float
    error: float  # of the rise, for a scatter of 1
    scatter: float  # what is left around the slope
    freedom: int
    tried: int


def better_slope(standard: np.ndarray, places: Sequence[int]) -> Slope | None:
    """The slope, where it fits better than steps at these places; `standard` has a scatter of 1."""
    before, after = knees(len(standard))
    if len(before) == 0:
        return None
    shapes = np.clip((np.arange(len(standard)) - before[:, None]) / (after - before)[:, None], 0.0, 1.0)
    shapes -= shapes.mean(axis=1, keepdims=True)
    size = (shapes**2).sum(axis=1)
    product = shapes @ standard
    best = int(np.argmax(product**2 / size))
    left = float(((standard - standard.mean()) ** 2).sum() - product[best] ** 2 / size[best])
    of_steps = sum(float(((part - part.mean()) ** 2).sum()) for part in np.split(standard, places))
    # A step has a place and a level; the slope has two knees and a level.
    if left + (3 + DOUBT) * math.log(len(standard)) >= of_steps + 2 * len(places) * math.log(len(standard)):
        return None
    freedom = len(standard) - 4
    rise, error = float(product[best] / size[best]), float(1 / math.sqrt(size[best]))
    scatter = math.sqrt(max(left, 0.0) / freedom)
    return Slope(int(before[best]), int(after[best]), rise, error, scatter, freedom, len(before))


def knees(points: int) -> tuple[np.ndarray, np.ndarray]:
    grid = np.unique(np.linspace(0, points - 1, min(points, GRID)).astype(int))
    before, after = (knee.ravel() for knee in np.meshgrid(grid, grid, indexing="ij"))
    far = after - before >= SHORTEST
    return before[far], after[far]
