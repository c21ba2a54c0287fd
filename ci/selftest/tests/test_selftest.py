"""The self-test counts what it should, through a real store, and notices a detection that is broken."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.contracts import faults
from ci.changes import points as points_to_changes
from ci.changes.detect import Step
from ci.changes.report import Change
from ci.changes.tests.made_up import commit_of, run
from ci.changes.watch import watch
from ci.history.database import Store, opened
from ci.history.reading import all_runs, environment_of
from ci.selftest import __main__ as command
from ci.selftest.document import document, missed, validator
from ci.selftest.noise import times
from ci.selftest.records import Simulated, fill, simple_names
from ci.selftest.score import Places, is_of, matched
from ci.selftest.table import lines
from ci.selftest.truth import COMMITS, DRIFT_COMMITS, MACHINE, Planted, Truth, plant

SMALL = 16


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Simulated]]:
    place = str(tmp_path_factory.mktemp("store") / "store.sqlite")
    with opened(place, make=True) as store:
        simulated = fill(store, simple_names(SMALL), {"simulated_quick": 5}, seed=3)
        yield store, simulated


def change(before: int, after: int, worse: bool, gradual: bool = False) -> Change:
    return Change(run(before), run(after), 0.9 if worse else 1.1, None, 0.0, False, gradual)


PLACES: Places = {commit_of(at): at for at in range(COMMITS)}


def test_a_step_is_found_only_near_by_and_in_its_direction() -> None:
    step = Planted("step", 50, 50, 10, worse=True)
    assert is_of(change(49, 50, True), step, PLACES)
    assert is_of(change(51, 52, True), step, PLACES)
    assert not is_of(change(52, 53, True), step, PLACES)
    assert not is_of(change(49, 50, False), step, PLACES)
    assert not is_of(change(45, 50, True, gradual=True), step, PLACES)


def test_a_drift_is_found_only_as_gradual() -> None:
    drift = Planted("drift", 50, 50 + DRIFT_COMMITS, 15, worse=True)
    assert is_of(change(40, 70, True, gradual=True), drift, PLACES)
    assert not is_of(change(69, 70, True), drift, PLACES)
    assert not is_of(change(10, 40, True, gradual=True), drift, PLACES)


def test_one_report_is_one_find_and_the_rest_is_false() -> None:
    steps = [Planted("step", at, at, 10, worse=True) for at in (50, 52)]
    finds, false = matched(steps, [change(50, 51, True), change(80, 81, True)], PLACES)
    assert [find.change is not None for find in finds] == [True, False]
    assert [one.after.name for one in false] == ["run81"]


def test_a_size_is_that_of_a_time() -> None:
    worse, better = (Planted("step", 1, 1, 10, worse) for worse in (True, False))
    assert np.exp(-worse.level(3)).tolist() == pytest.approx([1.0, 1.1, 1.1])
    assert np.exp(-better.level(3)).tolist() == pytest.approx([1.0, 1 / 1.1, 1 / 1.1])
    drift = Planted("drift", 2, 5, 15, worse=True).level(8)
    assert drift[:2].tolist() == [0.0, 0.0]
    assert np.all(np.diff(drift[1:6]) < 0)
    assert drift[5] == drift[7] == pytest.approx(-np.log(1.15))


def test_what_is_planted_lies_within_one_machine() -> None:
    for subject in range(64):
        planted = plant(np.random.default_rng(subject), subject).planted
        assert len(planted) == {0: 1, 1: 0}.get(subject % 8, 4)
        assert all((one.first < MACHINE) == (one.last < MACHINE) for one in planted)
    assert Truth([], [(3, 0.5)]).level(5).tolist() == [0.0, 0.0, 0.0, 0.5, 0.0]


def test_the_noise_is_as_wide_as_it_says() -> None:
    drawn = times(np.random.default_rng(1), np.zeros((60, 100)), np.zeros(100, dtype=int), 5, 1)
    of_runs = np.std(np.median(drawn.yardstick - drawn.mn, axis=-1), axis=-1)
    said = drawn.spread * np.sqrt(np.pi / 5 + 0.09)
    assert np.median(of_runs / said) == pytest.approx(1.0, abs=0.15)
    assert of_runs.min() < 0.02
    assert of_runs.max() > 0.15


def test_the_runs_are_real_runs_of_the_store(small: tuple[Store, Simulated]) -> None:
    store, _ = small
    runs = all_runs(store)
    assert len(runs) == COMMITS
    assert len({one.machine.fingerprint for one in runs}) == 2
    assert len({one.machine.hardware for one in runs}) == 1
    assert runs[0].aa_pairs == 10
    assert list(faults("environment", environment_of(store, runs[-1]))) == []


def test_the_document_counts_everything_once(small: tuple[Store, Simulated]) -> None:
    store, simulated = small
    found = document(watch(store), simulated, 3)
    assert list(validator().iter_errors(json.loads(json.dumps(found)))) == []
    (part,) = found["parts"]
    assert sum(row["all"]["of"] for row in part["steps"]) == 4 * 12
    assert sum(row["found"]["of"] for row in part["scatter"]) == next(
        row["all"]["of"] for row in part["steps"] if row["percent"] == 10
    )
    assert part["drifts"]["of"] == 2
    assert part["missing"]["count"] == part["missing"]["of"] == 2
    assert found["machine_changes"] == 1
    assert found["precision"]["share"] >= 0.8
    assert any(line.startswith("precision: ") for line in lines(found))


@pytest.mark.parametrize("blind", [True, False])
def test_a_broken_detection_misses_a_bound(
    small: tuple[Store, Simulated], blind: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, simulated = small
    everywhere = [Step(at - 1, at, 0.3, (0.2, 0.4), 0.0) for at in range(10, 60, 10)]

    def steps_of(logs: np.ndarray, *_: Any) -> list[Step]:
        return [one for one in everywhere if one.after < len(logs) and not blind]

    monkeypatch.setattr(points_to_changes, "steps_of", steps_of)
    sentences = document(watch(store), simulated, 3)["missed"]
    assert any("of the changes by 10 % that could be seen are found" in sentence for sentence in sentences)
    assert blind or any("of the reported changes are real, not 90 %" in sentence for sentence in sentences)


def test_nothing_found_of_nothing_holds_no_bound() -> None:
    nothing = {"count": 0, "of": 0, "share": None, "ci95": None}
    assert len(missed({"recall": nothing, "precision": nothing})) == 2


def test_a_store_can_be_filled_to_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "filled.sqlite"
    assert command.main(["--fill", str(place)]) == 0
    with opened(str(place)) as store:
        watched = watch(store)
    assert {history.subject.key.workload for history in watched.histories} >= {"ping_pong", "parked", "skynet"}
    assert all(count for status, count in watched.counts.items() if status != "unchanged")
    assert command.main(["--fill", str(place)]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--seed", "x"], ["--histories", "0"], ["--histories", "1e3"], ["--nothing"]])
def test_a_wrong_command_line_is_one_line(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_program_writes_and_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "selftest.json"
    code = command.main(["--histories", "8", "--seed", "1", "--out", str(out)])
    written = json.loads(out.read_text(encoding="utf-8"))
    assert code == (1 if written["missed"] else 0)
    assert list(validator().iter_errors(written)) == []
    said = capsys.readouterr().out
    assert f"recall at {written['bounds']['percent']} % that could be seen" in said
    assert f"recall at {written['bounds']['percent']} % in all histories" in said
    assert written["recall_of_all"]["of"] >= written["recall"]["of"]
