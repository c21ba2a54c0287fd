"""Steps are found where they are, and noise, spikes and slopes are not taken for them."""

import math

import numpy as np
import pytest

from ci.changes.detect import FEWEST, SHORTEST, scatter, steps_of, visible
from ci.changes.tests.made_up import log, noisy
from ci.changes.points import SMALLEST_TIME

HISTORIES = 300


def places(logs: np.ndarray, smallest: float = SMALLEST_TIME) -> list[int]:
    return [one.after for one in steps_of(logs, smallest, HISTORIES)]


@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_found_where_it_is_with_its_size(seed: int) -> None:
    (found,) = steps_of(noisy(seed, [(60, 0.0), (60, -log(10))]), SMALLEST_TIME, HISTORIES)
    assert abs(found.after - 60) <= 1
    assert found.before == found.after - 1
    assert found.log == pytest.approx(-log(10), abs=0.015)
    assert found.interval is not None
    assert found.interval[0] < -log(10) < found.interval[1]
    assert found.p < 1e-6
    assert not found.gradual


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_change(seed: int) -> None:
    assert places(noisy(seed, [(200, 0.0)], scatter=0.1)) == []


def test_heavy_tails_are_no_change() -> None:
    rng = np.random.default_rng(5)
    assert [places(0.02 * rng.standard_t(2, 200)) for _ in range(20)] == [[]] * 20


@pytest.mark.parametrize("at", [0, 1, 50, 98, 99])
@pytest.mark.parametrize("size", [0.3, -0.7])
def test_a_single_spike_is_no_change(at: int, size: float) -> None:
    logs = noisy(1, [(100, 0.0)])
    logs[at] += size
    assert places(logs) == []


def test_a_spike_does_not_hide_a_step() -> None:
    logs = noisy(2, [(50, 0.0), (50, log(10))])
    logs[[48, 53, 70]] -= 0.5
    assert [abs(place - 50) <= 1 for place in places(logs)] == [True]


def test_a_change_three_runs_old_is_found_and_a_younger_one_is_not() -> None:
    logs = noisy(3, [(60, 0.0), (SHORTEST, -log(15))])
    assert places(logs) == [60]
    assert places(logs[:-1]) == []


def test_what_is_too_small_to_matter_is_not_reported() -> None:
    assert places(noisy(4, [(100, 0.0), (100, log(3))], scatter=0.005)) == []
    assert places(noisy(4, [(100, 0.0), (100, log(3))], scatter=0.005), smallest=log(1)) == [100]


def test_two_steps_the_same_way_are_two() -> None:
    assert places(noisy(5, [(60, 0.0), (60, -log(10)), (60, -log(30))])) == [60, 120]


def test_there_and_back_are_two_steps() -> None:
    found = steps_of(noisy(6, [(60, 0.0), (20, -log(20)), (60, 0.0)]), SMALLEST_TIME, HISTORIES)
    assert [(one.after, one.log > 0) for one in found] == [(60, False), (80, True)]


@pytest.mark.parametrize("seed", range(5))
def test_a_slope_is_one_gradual_change(seed: int) -> None:
    logs = noisy(seed, [(150, 0.0)])
    logs -= log(20) * np.clip((np.arange(150) - 40) / 60, 0.0, 1.0)
    (found,) = steps_of(logs, SMALLEST_TIME, HISTORIES)
    assert found.gradual
    assert abs(found.before - 40) < 15
    assert abs(found.after - 100) < 15
    assert found.log == pytest.approx(-log(20), abs=0.03)


def test_more_histories_ask_for_more_evidence() -> None:
    logs = noisy(7, [(40, 0.0), (4, -log(10))], scatter=0.03)
    few, many = (steps_of(logs, SMALLEST_TIME, histories) for histories in (1, 10**9))
    assert [one.after for one in few] == [40]
    assert many == []


def test_few_points_say_nothing() -> None:
    logs = noisy(8, [(5, 0.0), (4, -1.0)])
    assert len(logs) < FEWEST
    assert places(logs) == []
    assert visible(logs, SMALLEST_TIME, HISTORIES) == math.inf


def test_the_scatter_is_that_of_the_runs_and_not_of_the_steps() -> None:
    logs = noisy(9, [(100, 0.0), (100, -1.0), (100, 1.0)], scatter=0.05)
    assert scatter(logs) == pytest.approx(0.05, rel=0.15)
    assert scatter(np.array([1.0, 1.0, 1.0, 1.0, 2.0])) > 0
    assert scatter(np.ones(9)) == scatter(np.ones(1)) == 0


def test_what_could_be_seen_grows_with_the_noise_and_shrinks_with_the_points() -> None:
    def seen(points: int, noise: float) -> float:
        return visible(noisy(10, [(points, 0.0)], noise), SMALLEST_TIME, HISTORIES)

    assert seen(100, 0.001) == SMALLEST_TIME
    assert SMALLEST_TIME < seen(200, 0.05) < seen(12, 0.05) < seen(12, 0.1)
