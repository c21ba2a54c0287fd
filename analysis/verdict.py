"""When a ratio becomes a verdict. The rule and why it is this one are in README.md, "Verdicts".

All is done on log ratios, one a block: `logs` > 0 means that the model is better.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import stats as distributions

from analysis import stats

ALPHA = 0.05
POWER = 0.80
FEWEST_BLOCKS = 3  # fewer give no verdict at all
BLOCKS_FOR_WILCOXON = 6  # the smallest two-sided p of n pairs is 2 / 2^n: 0.25 at 3, 0.0625 at 5, 0.031 at 6
EFFECT_OF_INTEREST = 1.05  # "same" means: within 5 %
SMALLEST_FLOOR = 1.01  # below 1 % no verdict, however steady the numbers


class Judgement(NamedTuple):
    verdict: str
    reason: str


def judge(
    logs: Sequence[float], interval: Sequence[float] | None, p_adjusted: float | None, floor: float, mde: float | None
) -> Judgement:
    """The verdict on one comparison. `interval` is that of the median of `logs`; `floor` and `mde` are factors."""
    if len(logs) < FEWEST_BLOCKS or interval is None:
        return Judgement("cannot_tell", f"paired blocks: {len(logs)}; a verdict needs {FEWEST_BLOCKS}")
    low, high = interval
    few = len(logs) < BLOCKS_FOR_WILCOXON
    clear, evidence = (few_blocks if few else many_blocks)(logs, (low, high), p_adjusted, floor)
    if clear:
        return Judgement("better" if stats.median(logs) > 0 else "worse", evidence)
    same = math.log(EFFECT_OF_INTEREST)
    if -same < low and high < same and mde is not None and mde <= EFFECT_OF_INTEREST:
        return Judgement("same", f"interval within {EFFECT_OF_INTEREST - 1:.0%}, and that much could have been seen")
    return Judgement("cannot_tell", evidence)


def few_blocks(
    logs: Sequence[float], interval: tuple[float, float], _p_adjusted: float | None, floor: float
) -> tuple[bool, str]:
    """Every block beyond the noise floor on one side (the interval is the range), and a paired t test for the case
    that this cell is noisier than the A/A cells were. Wilcoxon's p cannot get small here and takes no part."""
    low, high = interval
    beyond = low > math.log(floor) or high < -math.log(floor)
    if not beyond:
        return False, f"interval reaches into the noise floor of {floor:.2f}×"
    if (stats.paired_t_p(logs) or 0.0) >= ALPHA:
        return False, f"the {len(logs)} blocks spread too much"
    return True, f"all {len(logs)} blocks beyond the noise floor of {floor:.2f}× (so few that p cannot be small)"


def many_blocks(
    logs: Sequence[float], interval: tuple[float, float], p_adjusted: float | None, floor: float
) -> tuple[bool, str]:
    """Wilcoxon's adjusted p, an interval without 1, and a median beyond the noise floor."""
    low, high = interval
    if p_adjusted is None or p_adjusted >= ALPHA or low <= 0 <= high:
        return False, "interval holds 1 or adjusted p is not below 0.05"
    if abs(stats.median(logs)) <= math.log(floor):
        return False, f"median within the noise floor of {floor:.2f}×"
    return True, f"adjusted p below 0.05, interval without 1, beyond the noise floor of {floor:.2f}×"


def detectable(logs: Sequence[float], floor: float) -> float | None:
    """Minimum detectable effect: the smallest true factor that the rule above would have called in four runs of five,
    given the spread of these blocks. None where the spread is unknown (fewer than FEWEST_BLOCKS).

    From the t test's power; signed ranks need π/3 times the pairs for the same (their efficiency under a normal).
    Not adjusted for the family, so with many comparisons it is a little optimistic.
    """
    n = len(logs)
    if n < FEWEST_BLOCKS:
        return None
    spread = float(np.std(logs, ddof=1))
    standard_error = spread / math.sqrt(n)
    from_test = t_multiplier(n) * standard_error
    if n < BLOCKS_FOR_WILCOXON:
        # the least of n blocks must clear the floor
        from_floor = math.log(floor) + normal_quantile(POWER ** (1 / n)) * spread
    else:
        from_test *= math.sqrt(math.pi / 3)
        # the median must; its standard error is sqrt(π/2) times the mean's
        from_floor = math.log(floor) + normal_quantile(POWER) * standard_error * math.sqrt(math.pi / 2)
    return math.exp(min(max(from_test, from_floor), 300.0))


@cache
def t_multiplier(n: int) -> float:
    """Standard errors that an effect must measure so that a t test at ALPHA of n values finds it with POWER."""
    return float(distributions.t.ppf(1 - ALPHA / 2, n - 1) + distributions.t.ppf(POWER, n - 1))


@cache
def normal_quantile(probability: float) -> float:
    return float(distributions.norm.ppf(probability))
