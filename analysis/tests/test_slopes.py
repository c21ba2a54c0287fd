"""Slopes of memory on totals whose truth is known: every block has a line, and the median of the lines counts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis.slopes import METRIC, slopes_of

SIZES = (1000, 10_000, 100_000)
TRUTH, ONCE = 4500.0, 300_000.0


def cell(model: str, n: int, totals: list[float | None], first_order: int) -> dict[str, Any]:
    orders = list(range(first_order, first_order + len(totals)))
    return {"model": model, "workload": "parked", "params": {"n": n, "cores": 1}, "metric": METRIC, "unit": "B",
            "trials": orders, "values": [None if total is None else total / n for total in totals],
            "reason": "no room" if None in totals else None}  # fmt: skip


def slope_from(total_of: Callable[[int, int], float | None], blocks: int, sizes: tuple[int, ...] = SIZES) -> Any:
    """`total_of` gives the total at n in a block, None where the trial did not end ok."""
    cells = [
        cell("m", n, [total_of(n, block) for block in range(blocks)], 100 * place) for place, n in enumerate(sizes)
    ]
    (slope,) = slopes_of(cells, {order: order % 100 for entry in cells for order in entry["trials"]})
    return slope


def test_exact_totals_give_the_slope_and_what_a_process_costs_once() -> None:
    slope = slope_from(lambda n, _: ONCE + TRUTH * n, 5)
    assert slope["slope"] == pytest.approx(TRUTH)
    assert slope["ci95"] == pytest.approx([TRUTH, TRUTH])
    assert slope["intercept"] == pytest.approx(ONCE, rel=1e-6)
    assert slope["r2"] == pytest.approx(1.0)
    assert (slope["n"], slope["n_values"], len(slope["trials"])) == (15, list(SIZES), 15)


def test_a_trial_in_which_another_program_gave_memory_back_does_not_move_it() -> None:
    slope = slope_from(lambda n, block: ONCE + TRUTH * n - (16e6 if (n, block) == (100_000, 3) else 0.0), 5)
    assert slope["slope"] == pytest.approx(TRUTH)
    low, high = slope["ci95"]
    assert low < TRUTH - 100  # but the interval shows it
    assert high == pytest.approx(TRUTH)


def test_a_block_with_one_size_only_has_no_line() -> None:
    slope = slope_from(lambda n, block: None if block == 1 and n > 1000 else ONCE + TRUTH * n + block * 10.0 * n, 3)
    assert slope["slope"] == pytest.approx(TRUTH + 10)  # blocks 0 and 2
    assert slope["n"] == 7


def test_no_block_with_two_sizes_gives_no_slope_and_says_why() -> None:
    slope = slope_from(lambda n, block: ONCE + TRUTH * n if n == SIZES[block] else None, 3)
    assert slope["slope"] is None
    assert slope["reason"] == "a slope needs two different n that ended ok in a block, no block has them; no room"
    assert slope["n_values"] == list(SIZES)


def test_one_block_gives_a_slope_without_an_interval() -> None:
    slope = slope_from(lambda n, _: ONCE + TRUTH * n, 1)
    assert slope["slope"] == pytest.approx(TRUTH)
    assert slope["ci95"] is None


@pytest.mark.parametrize("blocks", [5, 20])
def test_the_interval_holds_the_truth_where_noise_grows_with_n(blocks: int) -> None:
    """Least squares through all trials held it in 80 of 100."""
    rng, models = np.random.default_rng(blocks), 400
    noise = rng.normal(0.0, 0.002, (models, len(SIZES), blocks))
    cells = [
        cell(f"m{model}", n, list(ONCE + TRUTH * n * np.exp(noise[model, place])), 100 * place)
        for model in range(models)
        for place, n in enumerate(SIZES)
    ]
    slopes = slopes_of(cells, {order: order % 100 for entry in cells for order in entry["trials"]})
    held = sum(slope["ci95"][0] <= TRUTH <= slope["ci95"][1] for slope in slopes)
    assert 0.92 <= held / models <= 0.98
