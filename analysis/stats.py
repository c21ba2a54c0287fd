"""The statistics, one thin function each over scipy. All take and give plain numbers, and none is random: the same
trials give the same summary, whatever the order of the cells."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


def median_interval(values: Sequence[float]) -> list[float] | None:
    """95 % interval of the median, from one of the values to another; None for fewer than two values.

    The true median lies outside where too many values fall on one side of it, and how often that happens follows from
    the binomial distribution alone, whatever that of the values. The rejected choice is the percentile bootstrap: the
    medians of resamples are few and lumpy, so it covers 88 % with 7 values and 90 % with 13, and its bounds hang on the
    seed.
    """
    if len(values) < 2:
        return None
    ordered = sorted(values)
    outside = left_out(len(values))
    return [float(ordered[outside]), float(ordered[-1 - outside])]


@cache
def left_out(count: int) -> int:
    """How many of so many values lie outside the interval at either end: those whose coverage is nearest to 95 %."""
    return min(range((count + 1) // 2), key=lambda outside: abs(coverage(count, outside) - CONFIDENCE))


def coverage(count: int, outside: int) -> float:
    """How often an interval holds the true median that leaves out so many of `count` values at either end."""
    return 1 - 2 * float(stats.binom.cdf(outside, count, 0.5))


def median(values: Sequence[float]) -> float:
    return float(np.median(values))


def mad(values: Sequence[float]) -> float:
    """Median absolute deviation from the median, in the values' own unit (not scaled to a normal's sigma)."""
    return float(stats.median_abs_deviation(values))


def wilcoxon_p(differences: Sequence[float]) -> float | None:
    """Two-sided signed-rank p against a median of zero; None for fewer than two values. All zero: 1."""
    if len(differences) < 2:
        return None
    if not np.any(differences):
        return 1.0
    with np.errstate(all="ignore"):
        return float(stats.wilcoxon(differences).pvalue)


def paired_t_p(differences: Sequence[float]) -> float | None:
    """Two-sided t p against a mean of zero; None for fewer than two values. No spread at all: 1 at zero, else 0."""
    if len(differences) < 2:
        return None
    if np.ptp(differences) == 0:
        return 0.0 if differences[0] else 1.0
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values over one family; who has none stays without and is not counted."""
    present = [p for p in p_values if p is not None]
    adjusted = iter(stats.false_discovery_control(present, method="bh") if present else ())
    return [None if p is None else min(1.0, float(next(adjusted))) for p in p_values]


def quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share))
