"""The statistics against values known beforehand, and intervals against the truth they were drawn from."""

import numpy as np
import pytest

from analysis import stats


def test_median_and_mad_are_those_of_the_textbook() -> None:
    values = [1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]
    assert stats.median(values) == 2.0
    assert stats.mad(values) == 1.0


@pytest.mark.parametrize(("count", "smallest"), [(3, 0.25), (5, 0.0625), (6, 0.03125)])
def test_wilcoxon_cannot_get_below_two_to_the_minus_n(count: int, smallest: float) -> None:
    assert stats.wilcoxon_p([float(i) for i in range(1, count + 1)]) == pytest.approx(smallest)


def test_wilcoxon_has_an_answer_at_the_edges() -> None:
    assert stats.wilcoxon_p([0.0, 0.0, 0.0]) == 1.0
    assert stats.wilcoxon_p([0.3]) is None
    assert stats.wilcoxon_p([0.0, 0.1, 0.1, -0.1]) == pytest.approx(1.0, abs=0.6)


def test_paired_t_agrees_with_the_table() -> None:
    # mean 2, standard deviation 1, three values: t = 3.464, two-sided p with two degrees of freedom = 0.0742
    assert stats.paired_t_p([1.0, 2.0, 3.0]) == pytest.approx(0.0742, abs=1e-4)
    assert stats.paired_t_p([0.5, 0.5, 0.5]) == 0.0
    assert stats.paired_t_p([0.0, 0.0]) == 1.0


def test_benjamini_hochberg_counts_only_those_with_a_p() -> None:
    adjusted = stats.benjamini_hochberg([0.01, None, 0.04, 0.03, 0.005])
    assert adjusted == [pytest.approx(0.02), None, pytest.approx(0.04), pytest.approx(0.04), pytest.approx(0.02)]
    assert stats.benjamini_hochberg([None]) == [None]
    assert stats.benjamini_hochberg([]) == []


def test_interval_of_few_values_is_their_range() -> None:
    assert stats.median_interval([3.0, 1.0, 2.0]) == [1.0, 3.0]
    assert stats.median_interval([5.0, 1.0, 2.0, 4.0, 3.0]) == [1.0, 5.0]
    assert stats.median_interval([2.0]) is None
    assert stats.median_interval([]) is None
    assert stats.median_interval([7.0, 7.0, 7.0]) == [7.0, 7.0]


@pytest.mark.parametrize(
    ("count", "outside", "percent"),
    [(2, 0, 50), (3, 0, 75), (4, 0, 87.5), (5, 0, 93.75), (6, 0, 96.875), (7, 0, 98.4), (8, 1, 93.0), (10, 1, 97.9),
     (13, 2, 97.8), (20, 5, 95.9), (40, 13, 96.2)],
)  # fmt: skip
def test_how_many_values_an_interval_leaves_out(count: int, outside: int, percent: float) -> None:
    assert stats.left_out(count) == outside
    assert 100 * stats.coverage(count, outside) == pytest.approx(percent, abs=0.06)
    values = [float(i) for i in range(count, 0, -1)]
    assert stats.median_interval(values) == [1.0 + outside, count - outside]


def test_no_number_of_blocks_from_five_on_is_far_from_95_percent() -> None:
    for count in (5, 6, *range(8, 200)):
        assert 0.92 <= stats.coverage(count, stats.left_out(count)) <= 0.98, count


@pytest.mark.parametrize("count", [5, 7, 13, 20])
def test_interval_covers_the_true_median_as_often_as_it_says(count: int) -> None:
    rng, rounds = np.random.default_rng(count), 2000
    covered = 0
    for values in rng.lognormal(0.0, 0.5, size=(rounds, count)):
        low, high = stats.median_interval(list(values)) or (0.0, 0.0)
        covered += low <= 1.0 <= high
    assert covered / rounds == pytest.approx(stats.coverage(count, stats.left_out(count)), abs=0.02)
