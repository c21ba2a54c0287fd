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


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_the_short_cut_for_few_values_is_what_the_bootstrap_gives(count: int) -> None:
    values = list(np.random.default_rng(count).normal(size=count))
    assert stats.bootstrap(values, stats.RESAMPLES) == pytest.approx(stats.median_interval(values))


def test_six_values_have_an_interval_narrower_than_their_range() -> None:
    low, high = stats.median_interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) or (0.0, 0.0)
    assert 1.0 < low < 3.5 < high < 6.0


def test_interval_repeats_to_the_digit() -> None:
    values = list(np.random.default_rng(3).normal(size=20))
    assert stats.median_interval(values) == stats.median_interval(values)


def test_interval_covers_the_true_median_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(300):
        low, high = stats.median_interval(list(rng.lognormal(0.0, 0.5, size=20)), resamples=400) or (0.0, 0.0)
        covered += low <= 1.0 <= high
    assert 0.90 <= covered / 300 <= 0.99
