"""Counts that repeat to the digit."""

import pytest

from ci.changes.exact import repeats
from ci.changes.report import Change, Subject
from ci.changes.tests.made_up import COUNT, points
from ci.changes.points import changes_of

SUBJECT = Subject(COUNT, None)


def found(values: list[float]) -> list[Change]:
    return list(changes_of(SUBJECT, points(values), 300)[0])


def test_a_step_is_a_change_at_once() -> None:
    (change,) = found([1000.0, 1000.0, 1000.0, 1020.0])
    assert (change.before.name, change.after.name) == ("run2", "run3")
    assert change.exact
    assert change.worse
    assert change.factor == pytest.approx(1000 / 1020)
    assert (change.ci95, change.p, change.gradual) == (None, 0.0, False)


def test_less_than_a_percent_is_not_reported_but_adds_up() -> None:
    assert found([1000.0, 1000.0, 1005.0, 1005.0]) == []
    (change,) = found([1000.0, 1000.0, 1005.0, 1005.0, 1012.0, 1012.0])
    assert change.after.name == "run4"
    assert change.factor == pytest.approx(1000 / 1012)


def test_a_count_of_none_can_become_one() -> None:
    (worse, better) = found([0.0, 0.0, 4.0, 4.0, 0.0])
    assert (worse.factor, better.factor) == (pytest.approx(0.5), pytest.approx(2.0))
    assert found([0.0, 0.0, 0.0]) == []


def test_what_does_not_repeat_is_not_exact() -> None:
    assert repeats(points([5.0, 5.0, 5.0]))
    assert not repeats(points([5.0, 5.0, 5.0], wide=0.01))
    assert not repeats(points([5.0, 6.0, 5.0, 6.0]))
    assert not repeats(points([5.0, 6.0]))
    assert not repeats(points([5.0]))
    assert not repeats([])
