"""How often each verdict came, model by model, and how often an interval held the truth."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scipy import stats

from analysis.names import slowed_by
from analysis.ratios import Comparison

VERDICTS = ("worse", "better", "same", "cannot_tell")

Share = dict[str, Any]


def share(count: int, of: int) -> Share:
    """With its exact (Clopper and Pearson's) 95 % interval; of nothing there is no share."""
    if of == 0:
        return {"count": 0, "of": 0, "share": None, "ci95": None}
    interval = stats.binomtest(count, of).proportion_ci(0.95, method="exact")
    return {"count": count, "of": of, "share": count / of, "ci95": [float(interval.low), float(interval.high)]}


def rows(comparisons: list[Comparison], factors: Mapping[str, float]) -> list[dict[str, Any]]:
    """One for each model of `factors`, which says how many times as long as the baseline it takes."""
    return [row(model, factor, [c for c in comparisons if c["model"] == model]) for model, factor in factors.items()]


def row(model: str, factor: float, comparisons: list[Comparison]) -> dict[str, Any]:
    """A false alarm is any difference found where there is none, and the wrong one where there is one."""
    counts = Counter(comparison["verdict"] for comparison in comparisons)
    equal = factor == 1.0
    return {
        "model": model,
        "percent": slowed_by(model),
        "comparisons": len(comparisons),
        **{verdict: counts[verdict] for verdict in VERDICTS},
        "found": None if equal else share(counts["worse"], len(comparisons)),
        "false_alarms": share(counts["better"] + (counts["worse"] if equal else 0), len(comparisons)),
        "held": coverage([comparison["ci95"] for comparison in comparisons], 1 / factor),
    }


def coverage(intervals: Iterable[Sequence[float] | None], truth: float) -> Share:
    """How often an interval holds the truth; where there is no interval there is nothing to hold it."""
    there = [interval for interval in intervals if interval is not None]
    return share(sum(low <= truth <= high for low, high in there), len(there))


def together(shares: Iterable[Share]) -> Share:
    shares = list(shares)
    return share(sum(one["count"] for one in shares), sum(one["of"] for one in shares))
