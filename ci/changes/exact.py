"""Counts that repeat to the digit: a step in them is a change at once, with no statistics.

Creeping is seen as well: each value is held against the level since the last change, not against its neighbour.
"""

from collections.abc import Sequence

import numpy as np

from ci.changes.detect import Step
from ci.changes.report import Point


def repeats(points: Sequence[Point]) -> bool:
    """All trials of each run agree, and at least half of the runs with the run before: the other half may have changed
    the code. Of two runs none can tell a step from noise."""
    agree = all(point.ci95 is None or point.ci95[0] == point.ci95[1] for point in points)
    same = sum(one.value == other.value for one, other in zip(points, points[1:], strict=False))
    return agree and 0 < len(points) - 1 <= 2 * same


def exact_steps(logs: np.ndarray, smallest: float) -> list[Step]:
    found, level = [], logs[0]
    for at, value in enumerate(logs):
        if abs(value - level) >= smallest:
            found.append(Step(at - 1, at, float(value - level), None, 0.0))
            level = value
    return found
