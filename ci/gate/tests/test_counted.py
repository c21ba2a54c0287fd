"""Counts of two builds: a difference is one where no repetition of the one meets any of the other."""

from collections.abc import Sequence

import pytest

from ci.counts.cells import CELLS
from ci.counts.measure import Count
from ci.gate.counted import judge, judged


def count(*values: float, name: str = "instructions") -> Count:
    return Count(CELLS[0], name, values)


@pytest.mark.parametrize(
    ("head", "base", "verdict"),
    [
        ((1020, 1020), (1000, 1000), "worse"),
        ((1000, 1000), (1020, 1020), "better"),
        ((1005, 1005), (1000, 1000), "same"),
        ((1020, 1001), (1000, 1000), "same"),  # one of them meets the base
        ((1020, 1020), (1000, 1015), "same"),
        ((0.5, 0.5), (0.0, 0.0), "worse"),  # an allocation where there was none
        ((0.009, 0.009), (0.0, 0.0), "same"),
        ((1.22, 1.13), (1.05, 1.04), "same"),  # they spread as far as they are apart
        ((1.22, 1.19), (1.05, 1.04), "worse"),
        ((0.0, 0.0), (0.0, 0.0), "same"),
    ],
)
def test_a_count_is_worse_only_where_all_repetitions_say_so(
    head: Sequence[float], base: Sequence[float], verdict: str
) -> None:
    assert judge(count(*head), count(*base)).verdict == verdict


def test_each_count_meets_its_own() -> None:
    head = [count(100, 100), count(2, 2, name="allocations")]
    base = [count(1, 1, name="allocations"), count(100, 100)]
    found = {one.metric: (one.verdict, one.base, one.head) for one in judged(head, base)}
    assert found == {"instructions_per_task": ("same", 100, 100), "allocations_per_task": ("worse", 1, 2)}


def test_a_count_that_is_gone_altogether_has_no_factor() -> None:
    assert judge(count(0, 0), count(3, 3)).factor is None
    assert judge(count(0, 0), count(3, 3)).verdict == "better"
