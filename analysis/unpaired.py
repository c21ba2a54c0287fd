"""Two independent samples: how far apart they are, how sure that is, and when it is a verdict. The rule and why it is
this one are in README.md, "Two runs".

All is done on logs, one a block: a shift above 0 means that the second sample is better. Nothing is paired, the samples
may differ in size, and nothing is random.
"""

import math
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

import numpy as np
from scipy import stats as distributions

from analysis.stats import CONFIDENCE
from analysis.verdict import ALPHA, EFFECT_OF_INTEREST, FEWEST_BLOCKS, POWER, Judgement, normal_quantile

Logs = Sequence[float]
MOST_DEALS = 20_000  # ways to deal the values into two samples that are still counted one by one where values are tied


def shift(a: Logs, b: Logs) -> float:
    """Hodges and Lehmann's: the median of all differences between a value of b and one of a."""
    return float(np.median(differences(a, b)))


def shift_interval(a: Logs, b: Logs) -> tuple[float, float] | None:
    """95 % interval of the shift, from one of the differences to another; None for fewer than two values on a side. It
    supposes that the samples differ in their place alone, and nothing else of their distribution."""
    if min(len(a), len(b)) < 2:
        return None
    ordered = differences(a, b)
    outside = left_out(len(a), len(b))
    return float(ordered[outside]), float(ordered[-1 - outside])


def differences(a: Logs, b: Logs) -> np.ndarray:
    return np.sort(np.subtract.outer(np.asarray(b, float), np.asarray(a, float)), axis=None)


def mann_whitney_p(a: Logs, b: Logs) -> float | None:
    """Two-sided p of U, exact wherever that can be counted; None for fewer than two values on a side. All equal: 1."""
    if min(len(a), len(b)) < 2:
        return None
    distinct = len({*a, *b})
    if distinct == 1:
        return 1.0
    if distinct == len(a) + len(b):
        method = "exact"
    elif math.comb(len(a) + len(b), len(a)) <= MOST_DEALS:
        method = distributions.PermutationMethod(n_resamples=MOST_DEALS)  # all of them, so no chance is in it
    else:
        method = "asymptotic"
    return float(distributions.mannwhitneyu(a, b, method=method).pvalue)


@cache
def u_counts(m: int, n: int) -> tuple[int, ...]:
    """In how many of the ways to deal m + n different values into two samples U is 0, 1, … m·n: the coefficients of the
    Gaussian binomial, a product of (1 - q^(n+i)) / (1 - q^i)."""
    counts = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for u in range(m * n, n + i - 1, -1):
            counts[u] -= counts[u - n - i]
        for u in range(i, m * n + 1):
            counts[u] += counts[u - i]
    return tuple(counts)


@cache
def coverages(m: int, n: int) -> tuple[float, ...]:
    """How often the interval holds the true shift that leaves out 0, 1, … of the ordered differences at either end."""
    deals = math.comb(m + n, m)
    return tuple(1 - 2 * below / deals for below in list(accumulate(u_counts(m, n)))[: (m * n + 1) // 2])


@cache
def left_out(m: int, n: int) -> int:
    """How many differences lie outside the interval at either end: those whose coverage is nearest to 95 %."""
    found = coverages(m, n)
    return min(range(len(found)), key=lambda outside: abs(found[outside] - CONFIDENCE))


def smallest_p(m: int, n: int) -> float:
    """What p cannot be below with so many values, however far apart they are."""
    return min(1.0, 2 / math.comb(m + n, m))


def judge(a: Logs, b: Logs, p_adjusted: float | None, floor: float, mde: float | None) -> Judgement:
    """The verdict on the second sample against the first. `floor` and `mde` are factors."""
    m, n = len(a), len(b)
    interval = shift_interval(a, b)
    if min(m, n) < FEWEST_BLOCKS or smallest_p(m, n) >= ALPHA or interval is None or p_adjusted is None:
        return Judgement("cannot_tell", f"{m} against {n} blocks: p cannot be below {smallest_p(m, n):.2g}")
    (low, high), ordered, beyond = interval, differences(a, b), math.log(floor)
    middle = float(np.median(ordered))
    verdict = "better" if middle > 0 else "worse"
    if ordered[0] > beyond or ordered[-1] < -beyond:  # all apart: p is then the smallest that it can be
        return Judgement(verdict, f"every block of one run beyond every block of the other by more than {floor:.2f}×")
    chance = p_adjusted >= ALPHA or low <= 0 <= high
    if not chance and abs(middle) > beyond:
        return Judgement(
            verdict, f"adjusted p below {ALPHA}, interval without 1, beyond the noise floor of {floor:.2f}×"
        )
    same = math.log(EFFECT_OF_INTEREST)
    if -same < low and high < same and mde is not None and mde <= EFFECT_OF_INTEREST:
        return Judgement("same", f"interval within {EFFECT_OF_INTEREST - 1:.0%}, and that much could have been seen")
    if chance:
        return Judgement("cannot_tell", f"interval holds 1 or adjusted p is not below {ALPHA}")
    return Judgement("cannot_tell", f"shift within the noise floor of {floor:.2f}×")


def detectable(a: Logs, b: Logs, floor: float, family: int) -> float | None:
    """Minimum detectable effect: the smallest true factor that the rule above would have called in four runs of five
    had it been the only change among `family` comparisons, given the spread of these blocks. None where there can be no
    verdict.

    Of the rule's two ways the easier counts. Adjusting lets a lone change pass only where its own p is below
    ALPHA / family, which few blocks cannot reach at all.
    """
    m, n = len(a), len(b)
    if min(m, n) < FEWEST_BLOCKS or smallest_p(m, n) >= ALPHA:
        return None
    spread_a, spread_b = float(np.std(a, ddof=1)), float(np.std(b, ddof=1))
    # all apart: no value of one beyond its bound, no value of the other before its own, each in √POWER of the runs
    reach = [normal_quantile(POWER ** (1 / (2 * count))) for count in (m, n)]
    ways = [math.log(floor) + reach[0] * spread_a + reach[1] * spread_b]
    if smallest_p(m, n) * family < ALPHA:
        parts = (spread_a**2 / m, spread_b**2 / n)
        # U needs π/3 times the values that t needs (their efficiency under a normal), and so does the shift
        error = math.sqrt(sum(parts) * math.pi / 3)
        spreads = parts[0] ** 2 / (m - 1) + parts[1] ** 2 / (n - 1)
        freedom = sum(parts) ** 2 / spreads if spreads else m + n - 2  # Welch's
        from_test = (distributions.t.ppf(1 - ALPHA / family / 2, freedom) + distributions.t.ppf(POWER, freedom)) * error
        ways.append(max(float(from_test), math.log(floor) + normal_quantile(POWER) * error))
    return math.exp(min(*ways, 300.0))
