"""From the points of a history to its changes: what is a logarithm, what repeats to the digit, what is too small."""

import math
from collections.abc import Sequence

import numpy as np

from analysis.verdict import EFFECT_OF_INTEREST, SMALLEST_FLOOR
from ci.changes.detect import Step, steps_of, visible
from ci.changes.exact import exact_steps, repeats
from ci.changes.report import Change, Point, Subject

# A change of less is not reported, however sure. Of times, because a run calls so much "same", and so little moves with
# the layout of the code. Of counts, because nothing but the code moves them.
SMALLEST_TIME, SMALLEST_COUNT = math.log(EFFECT_OF_INTEREST), math.log(SMALLEST_FLOOR)


def changes_of(subject: Subject, present: Sequence[Point], histories: int) -> tuple[list[Change], float]:
    """The changes among points that all have a value, and the smallest one (a log) that would be found."""
    smallest = SMALLEST_TIME if subject.yardstick else SMALLEST_COUNT
    if repeats(present):
        steps = exact_steps(logs_of(subject, present), smallest)
        return [change_of(present, one, exact=True) for one in steps], smallest
    if not all(point.value > 0 for point in present):
        return [], math.inf
    logs = logs_of(subject, present)
    steps = steps_of(logs, smallest, histories)
    return [change_of(present, one, exact=False) for one in steps], visible(logs, smallest, histories)


def logs_of(subject: Subject, present: Sequence[Point]) -> np.ndarray:
    """Turned so that more is better. A count of none has no logarithm, and stands as half the smallest that is any."""
    values = np.array([point.value for point in present], dtype=float)
    half = min(values[values > 0], default=2.0) / 2
    better = subject.yardstick is not None or subject.key.better == "higher"
    return np.log(np.where(values > 0, values, half)) * (1 if better else -1)


def change_of(present: Sequence[Point], one: Step, exact: bool) -> Change:
    interval = (math.exp(one.interval[0]), math.exp(one.interval[1])) if one.interval else None
    before, after = present[one.before].run, present[one.after].run
    return Change(before, after, math.exp(one.log), interval, one.p, exact, one.gradual)
