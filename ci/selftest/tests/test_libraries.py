"""The comparison of the candidates scores as the self-test does."""

import numpy as np
import pytest

from ci.selftest import libraries
from ci.selftest.libraries import Series, count, levels
from ci.selftest.truth import PERCENTS, Planted


def test_finds_false_reports_and_drifts_are_told_apart() -> None:
    step = Series(np.ones(4), [Planted("step", 50, 50, 10, worse=True)], steady=True)
    drift = Series(np.ones(4), [Planted("drift", 10, 60, 15, worse=True)], steady=True)
    its = count(lambda _: [(51, -0.1), (80, -0.1)], [step, drift])
    assert its.found[10] == [True]
    assert (its.right, its.reported, its.in_drifts) == (1, 4, 2)
    assert count(lambda _: [(51, 0.1)], [step]).right == 0
    assert count(lambda _: [(53, -0.1)], [step]).right == 0


def test_what_is_too_small_is_not_counted_against_a_library() -> None:
    ratios = np.exp(np.repeat([0.0, 0.01, 0.2], 5))
    assert [at for at, _ in levels(ratios, [5, 10])] == [10]


def test_the_table_has_what_is_installed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> None:
        raise ImportError("no such thing")

    monkeypatch.setattr(libraries, "SERIES", 16)
    kept = {name: libraries.CANDIDATES[name] for name in ("ruptures, tested", "ruptures alone")}
    monkeypatch.setattr(libraries, "CANDIDATES", {**kept, "another": ("ruptures", missing)})
    assert libraries.main([]) == 0
    told = capsys.readouterr().out
    assert "another: not here (no such thing)" in told
    assert all(f"found at {size} %" in told for size in PERCENTS)
    assert "ruptures, tested 1." in told
