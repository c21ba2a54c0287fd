"""The status of a history, and the one sentence that says why.

The status is that of the latest change, however old: a regression does not become normal by growing old. It is taken
back by an improvement, or acknowledged (the dashboard). Where there is no change, `unchanged` is said only if one of
EFFECT would have been found.
"""

import math
from collections.abc import Sequence

from ci.changes.detect import FEWEST, PLACED, scatter, visible_with
from ci.changes.points import logs_of
from ci.changes.report import Change, Point, Status
from ci.changes.subjects import Track
from ci.history.reading import Run

EFFECT = 1.10  # whoever could not see so much cannot say that nothing has changed


def judged(
    track: Track, present: Sequence[Point], found: Sequence[Change], seen: float, histories: int
) -> tuple[Status, str]:
    """`seen` is the smallest change (a log) that would be found among the points that have a value."""
    last = track.points[-1]
    if last.value is None:
        return "missing", f"Run {last.run.name} has no value: {last.reason}."
    if found:
        return ("regressed" if found[-1].worse else "improved"), told(found[-1])
    if seen > math.log(EFFECT):
        return "cannot_tell", blind(track, present, seen, histories)
    return "unchanged", f"No change in {many(len(present))}; one by {shown(math.exp(seen))} would have been found."


def told(change: Change) -> str:
    little = ", little by little," if change.gradual else ""
    return f"It became {size(change)}{little} between {commit(change.before)} and {commit(change.after)}."


def size(change: Change) -> str:
    return f"{shown(1 / change.factor)} worse" if change.worse else f"{shown(change.factor)} better"


def blind(track: Track, present: Sequence[Point], seen: float, histories: int) -> str:
    """Why no change may be taken for none, and what would help."""
    if any(point.value <= 0 for point in present):
        return "It has values of zero or below, which have no ratio, and does not repeat to the digit."
    if len(present) < FEWEST:
        return f"It has {many(len(present))}; a level and its scatter need {FEWEST}."
    spread = scatter(logs_of(track.subject, present))
    unseen = f"only a change by {shown(math.exp(seen))} or more would be found for sure"
    if PLACED * spread > math.log(EFFECT):
        return f"Its runs scatter by {spread:.0%}, so that {unseen}; more blocks in a run would help, not more runs."
    points = enough(spread, len(present), histories)
    return f"It has {many(len(present))}, so that {unseen}; with {points} it would be {shown(EFFECT)}."


def enough(spread: float, points: int, histories: int) -> int:
    """Points from which on EFFECT would be seen, with a scatter that does not hide it however many there are."""
    while visible_with(points, spread, 0.0, histories) > math.log(EFFECT):
        points += 1
    return points


def many(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def commit(run: Run) -> str:
    return run.commit[:10] if run.commit else f"run {run.name}"


def shown(factor: float) -> str:
    return f"{factor:.3g}×" if factor >= 1.995 else f"{factor:.2f}×"
