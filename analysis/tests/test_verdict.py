"""The rule for verdicts, tried on data whose truth is known: what is not there must not be found more often than
README.md says, and what is there must be."""

import math

import numpy as np
import pytest

from analysis import stats
from analysis.ratios import ASSUMED_FLOOR
from analysis.verdict import Judgement, detectable, judge

ROUNDS = 120
Logs = list[float]


def verdicts(rng: np.random.Generator, blocks: int, truth: float, spread: float, floor: float) -> list[str]:
    """Verdicts on ROUNDS comparisons of one true factor, as one family."""
    logs = [list(rng.normal(math.log(truth), spread, size=blocks)) for _ in range(ROUNDS)]
    adjusted = stats.benjamini_hochberg([stats.wilcoxon_p(one) for one in logs])
    return [
        judge(one, stats.median_interval(one), p, floor, detectable(one, floor)).verdict
        for one, p in zip(logs, adjusted, strict=True)
    ]


def floor_of(rng: np.random.Generator, blocks: int, spread: float) -> float:
    """What A/A pairs of this spread give."""
    medians = [abs(float(np.median(rng.normal(0.0, spread, size=blocks)))) for _ in range(60)]
    return math.exp(stats.quantile(medians, 0.95))


def called(found: list[str]) -> float:
    return sum(verdict in ("better", "worse") for verdict in found) / len(found)


@pytest.mark.parametrize("blocks", [3, 5, 20])
def test_no_difference_is_found_where_there_is_none(blocks: int) -> None:
    rng = np.random.default_rng(blocks)
    floor = floor_of(rng, blocks, 0.1)
    assert called(verdicts(rng, blocks, 1.0, 0.1, floor)) <= 1 / ROUNDS


@pytest.mark.parametrize("blocks", [3, 5, 20])
def test_a_cell_noisier_than_the_twin_is_still_not_believed(blocks: int) -> None:
    rng = np.random.default_rng(100 + blocks)
    floor = floor_of(rng, blocks, 0.02)
    assert called(verdicts(rng, blocks, 1.0, 0.3, floor)) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / ROUNDS)


@pytest.mark.parametrize(("blocks", "truth"), [(3, 1.5), (5, 1.3), (20, 1.1)])
def test_a_planted_effect_is_found_and_never_the_other_way_round(blocks: int, truth: float) -> None:
    rng = np.random.default_rng(200 + blocks)
    floor = floor_of(rng, blocks, 0.04)
    for factor, right, wrong in ((truth, "better", "worse"), (1 / truth, "worse", "better")):
        found = verdicts(rng, blocks, factor, 0.04, floor)
        assert found.count(right) / ROUNDS >= 0.9
        assert wrong not in found


@pytest.mark.parametrize("blocks", [5, 20])
def test_the_smallest_detectable_effect_is_detected_about_four_times_in_five(blocks: int) -> None:
    rng = np.random.default_rng(300 + blocks)
    floor, spread = 1.03, 0.05
    even = np.linspace(-1.0, 1.0, blocks)
    mde = detectable(list(even * spread / np.std(even, ddof=1)), floor)
    assert mde is not None
    assert 0.65 <= called(verdicts(rng, blocks, mde, spread, floor)) <= 0.97


def test_same_needs_both_a_tight_interval_and_the_power_to_see() -> None:
    steady = [0.001, -0.002, 0.0015, 0.0, -0.001]
    assert decide(steady, 1.01).verdict == "same"
    assert decide(steady, 1.10).verdict == "cannot_tell"
    assert decide([0.001, -0.2, 0.0015, 0.2, -0.001], 1.01).verdict == "cannot_tell"


def test_one_block_that_disagrees_with_the_others_leaves_it_open() -> None:
    assert decide([0.7, 0.7, 0.69, 0.71, 0.7], 1.1).verdict == "better"
    assert decide([0.7, 0.7, 0.69, 0.71, -0.1], 1.1).verdict == "cannot_tell"


@pytest.mark.parametrize("logs", [[], [0.9], [0.9, 0.9]])
def test_fewer_than_three_blocks_decide_nothing(logs: Logs) -> None:
    judged = decide(logs, ASSUMED_FLOOR)
    assert judged.verdict == "cannot_tell"
    assert str(len(logs)) in judged.reason


def test_identical_blocks_are_evidence() -> None:
    assert decide([-0.5] * 3, 1.01).verdict == "worse"
    assert decide([0.0] * 3, 1.01).verdict == "same"


def decide(logs: Logs, floor: float) -> Judgement:
    return judge(logs, stats.median_interval(logs), stats.wilcoxon_p(logs), floor, detectable(logs, floor))
