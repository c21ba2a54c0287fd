"""Two independent samples against values known beforehand, and against truths that they were drawn from: the interval
must hold the true shift as often as it says, what is not there must not be found, and what is there must be."""

import math

import numpy as np
import pytest
from scipy import stats as distributions

from analysis import stats, unpaired

ROUNDS = 400
SIZES = [(4, 4), (5, 5), (5, 20), (13, 8), (20, 20)]
FLOOR = math.exp(math.hypot(math.log(1.03), math.log(1.03)))
Pair = tuple[list[float], list[float]]


def draw(rng: np.random.Generator, sizes: tuple[int, int], truth: float, spread: float = 0.04) -> Pair:
    """Log ratios of two runs, the second `truth` times better; skewed, with a few trials far off, as real ones are."""

    def side(count: int, middle: float) -> list[float]:
        far = np.where(rng.random(count) < 0.03, rng.uniform(0.1, 0.5, count), 0.0)
        return list(middle + rng.normal(0.0, spread, count) - far)

    return side(sizes[0], 0.3), side(sizes[1], 0.3 + math.log(truth))


def verdicts(pairs: list[Pair], floor: float = FLOOR) -> list[str]:
    """As one family."""
    p_values = [unpaired.mann_whitney_p(a, b) for a, b in pairs]
    adjusted = stats.benjamini_hochberg(p_values)
    return [
        unpaired.judge(a, b, p_adjusted, floor, unpaired.detectable(a, b, floor, len(pairs))).verdict
        for (a, b), p_adjusted in zip(pairs, adjusted, strict=True)
    ]


def called(found: list[str]) -> float:
    return sum(verdict in ("better", "worse") for verdict in found) / len(found)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 5), (6, 4), (8, 8)])
def test_the_distribution_of_u_is_the_librarys(sizes: tuple[int, int]) -> None:
    m, n = sizes
    counts = unpaired.u_counts(m, n)
    assert sum(counts) == math.comb(m + n, m)
    ranks = list(range(m + n))
    for a in (ranks[:m], ranks[1 : m + 1], ranks[n:]):
        b = [rank for rank in ranks if rank not in a]
        found = distributions.mannwhitneyu(a, b, method="exact", alternative="less")
        assert found.pvalue == pytest.approx(sum(counts[: int(found.statistic) + 1]) / sum(counts))


def test_shift_and_interval_are_those_of_the_textbook() -> None:
    a, b = [1.0, 2.0, 4.0, 7.0], [3.0, 6.0, 9.0, 10.0]
    # differences: -4 -1 -1 1 2 2 2 3 4 5 5 6 7 8 8 9; of 70 deals one has U = 0, one U = 1, so one is left out
    assert unpaired.shift(a, b) == 3.5
    assert unpaired.left_out(4, 4) == 1
    assert unpaired.coverages(4, 4)[1] == pytest.approx(1 - 4 / 70)
    assert unpaired.shift_interval(a, b) == (-1.0, 8.0)
    assert unpaired.shift_interval([1.0], b) is None


@pytest.mark.parametrize(("sizes", "percent"), [((3, 3), 90.0), ((4, 4), 94.3), ((5, 5), 94.4), ((20, 20), 95.1)])
def test_how_often_an_interval_should_hold_the_truth(sizes: tuple[int, int], percent: float) -> None:
    assert 100 * unpaired.coverages(*sizes)[unpaired.left_out(*sizes)] == pytest.approx(percent, abs=0.06)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("truth", [1.0, 1.3])
def test_the_interval_holds_the_true_shift_in_92_to_98_percent(sizes: tuple[int, int], truth: float) -> None:
    rng, rounds = np.random.default_rng(sum(sizes)), 2000
    held = 0
    for _ in range(rounds):
        low, high = unpaired.shift_interval(*draw(rng, sizes, truth)) or (1.0, 0.0)
        held += low <= math.log(truth) <= high
    assert 0.92 <= held / rounds <= 0.98


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("floor", [FLOOR, 1.01])
def test_no_difference_is_found_where_there_is_none(sizes: tuple[int, int], floor: float) -> None:
    """Even where the cell is noisier than the floor knows."""
    rng = np.random.default_rng(100 + sum(sizes))
    assert called(verdicts([draw(rng, sizes, 1.0, spread=0.15) for _ in range(ROUNDS)], floor)) <= 0.05


@pytest.mark.parametrize("sizes", [(20, 20), (20, 12)])
def test_twenty_percent_are_found_with_twenty_blocks_and_never_the_other_way_round(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(200 + sum(sizes))
    for truth, right, wrong in ((1.2, "better", "worse"), (1 / 1.2, "worse", "better")):
        changes = [draw(rng, sizes, truth) for _ in range(40)]
        found = verdicts(changes + [draw(rng, sizes, 1.0) for _ in range(ROUNDS)])
        assert found[:40].count(right) >= 38
        assert wrong not in found[:40]
        assert called(found[40:]) <= 0.05


def test_five_blocks_find_a_lone_large_change_that_adjusting_would_hide() -> None:
    rng = np.random.default_rng(5)
    pairs = [draw(rng, (5, 5), 1.0) for _ in range(ROUNDS)]
    pairs[7] = draw(rng, (5, 5), 1.6)
    assert unpaired.smallest_p(5, 5) * ROUNDS > 0.05
    assert verdicts(pairs)[7] == "better"


@pytest.mark.parametrize("sizes", [(5, 5), (20, 20), (8, 20)])
def test_a_lone_change_of_the_smallest_detectable_size_is_called_about_four_times_in_five(
    sizes: tuple[int, int],
) -> None:
    rng, spread, family = np.random.default_rng(sum(sizes)), 0.05, 100
    even = [list(line * spread / np.std(line, ddof=1)) for line in (np.linspace(-1.0, 1.0, size) for size in sizes)]
    mde = unpaired.detectable(*even, FLOOR, family)
    assert mde is not None
    hits = 0
    for _ in range(ROUNDS):
        a, b = (
            list(rng.normal(middle, spread, size)) for middle, size in zip((0.0, math.log(mde)), sizes, strict=True)
        )
        alone = min(1.0, (unpaired.mann_whitney_p(a, b) or 1.0) * family)
        hits += unpaired.judge(a, b, alone, FLOOR, None).verdict == "better"
    assert 0.65 <= hits / ROUNDS <= 0.97


@pytest.mark.parametrize("sizes", [(3, 3), (2, 20), (1, 5), (0, 5)])
def test_too_few_blocks_decide_nothing_however_far_apart(sizes: tuple[int, int]) -> None:
    a, b = [0.0 + i * 1e-6 for i in range(sizes[0])], [5.0 + i * 1e-6 for i in range(sizes[1])]
    judged = unpaired.judge(a, b, 0.001, 1.01, None)
    assert judged.verdict == "cannot_tell"
    assert f"{sizes[0]} against {sizes[1]} blocks" in judged.reason
    assert unpaired.detectable(a, b, 1.01, 10) is None


def test_values_that_never_vary_are_evidence() -> None:
    same, apart = [0.5] * 5, [0.7] * 5
    assert unpaired.mann_whitney_p(same, same) == 1.0
    assert unpaired.mann_whitney_p(same, apart) == pytest.approx(unpaired.smallest_p(5, 5))
    for (a, b), verdict in (((same, same), "same"), ((same, apart), "better"), ((apart, same), "worse")):
        mde = unpaired.detectable(a, b, 1.02, 1000)
        assert unpaired.judge(a, b, 1.0, 1.02, mde).verdict == verdict


def test_ties_are_counted_and_not_approximated_where_that_can_be_done() -> None:
    a, b = [1.0, 1.0, 2.0, 3.0], [2.0, 4.0, 4.0, 5.0]
    once, again = (unpaired.mann_whitney_p(a, b) for _ in range(2))
    assert once == again
    deals = [d for d in range(256) if d.bit_count() == 4]
    pool = a + b

    def u(deal: int) -> float:
        mine = [v for i, v in enumerate(pool) if deal >> i & 1]
        others = [v for i, v in enumerate(pool) if not deal >> i & 1]
        return sum((x > y) + 0.5 * (x == y) for x in mine for y in others)

    low = sum(u(deal) <= u(0b1111) for deal in deals) / len(deals)
    assert once == pytest.approx(2 * low)
