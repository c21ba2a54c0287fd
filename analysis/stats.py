"""The statistics, one thin function each over scipy. All take and give plain numbers; randomness has a fixed seed,
so the same trials give the same summary, whatever the order of the cells."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

SEED = 20250
RESAMPLES = 2000
CONFIDENCE = 0.95
RANGE_IS_INTERVAL = 5  # up to so many values; see median_interval


def median_interval(values: Sequence[float], resamples: int = RESAMPLES) -> list[float] | None:
    """95 % bootstrap interval of the median; None for fewer than two values.

    Percentile, not BCa: the acceleration of BCa comes from the jackknife, and the medians of a sample less one value
    take two or three values only, so for small samples BCa is undefined or jumps.

    With five values or fewer at least 5 % of the resamples have the least value for their median, so the percentile
    interval is the whole range, whatever the random numbers; README.md says what that is worth.
    """
    if len(values) < 2:
        return None
    if len(values) <= RANGE_IS_INTERVAL or min(values) == max(values):
        return [float(min(values)), float(max(values))]
    return bootstrap(values, resamples)


def bootstrap(values: Sequence[float], resamples: int) -> list[float]:
    result = stats.bootstrap(
        (np.asarray(values, dtype=float),), np.median, n_resamples=resamples, confidence_level=CONFIDENCE,
        method="percentile", vectorized=True, rng=np.random.default_rng(SEED),
    )  # fmt: skip
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


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
