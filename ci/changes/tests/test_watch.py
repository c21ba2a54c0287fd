"""Statuses, sentences, machines: what `watch` makes of a store, and the program of it."""

import json
import math
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ci.changes.__main__ import main
from ci.changes.report import STATUSES, History, Watched
from ci.changes.tests.made_up import COUNT, MACHINE, TIME, commit_of, log, noisy, put
from ci.changes.watch import watch
from ci.history.database import Store, opened
from ci.history.series import Selection


def put_ratios(store: Store, logs: Sequence[float], start: int = 0, **environment: str) -> None:
    for at, value in enumerate(logs, start=start):
        put(store, at, {(TIME, "mn"): 100.0, (TIME, "go"): 100.0 * math.exp(value)}, **environment)


def only(store: Store) -> History:
    (history,) = watch(store).histories
    return history


def test_a_regression_says_how_much_and_where(store: Store) -> None:
    put_ratios(store, noisy(1, [(12, 0.0), (8, -log(20))]))
    history = only(store)
    (change,) = history.changes
    assert (change.before.name, change.after.name, change.worse) == ("run11", "run12", True)
    assert change.factor == pytest.approx(1 / 1.2, abs=0.03)
    assert history.status == "regressed"
    assert history.reason.startswith("It became 1.")
    assert history.reason.endswith(f"× worse between {commit_of(11)[:10]} and {commit_of(12)[:10]}.")
    assert history.machine == MACHINE


def test_the_latest_change_gives_the_status(store: Store) -> None:
    put_ratios(store, noisy(2, [(10, 0.0), (10, -log(20)), (4, 0.0)], scatter=0.01)[:24])
    assert (only(store).status, len(only(store).changes)) == ("improved", 2)


def test_unchanged_says_what_would_have_been_found(store: Store) -> None:
    put_ratios(store, noisy(3, [(20, 0.0)], scatter=0.005))
    assert (only(store).status, only(store).reason) == (
        "unchanged", "No change in 20 runs; one by 1.05× would have been found.",
    )  # fmt: skip
    assert only(store).visible == pytest.approx(1.05)


def test_too_few_runs_say_how_many_are_needed(store: Store) -> None:
    put_ratios(store, noisy(4, [(4, 0.0)]))
    assert only(store).status == "cannot_tell"
    assert only(store).reason == "It has 4 runs; a level and its scatter need 10."
    assert only(store).visible is None


def test_a_noisy_history_says_how_many_runs_or_that_none_would_help(store: Store) -> None:
    put_ratios(store, noisy(5, [(12, 0.0)], scatter=0.04))
    assert only(store).status == "cannot_tell"
    assert only(store).reason.endswith("it would be 1.10×.")
    put_ratios(store, noisy(6, [(11, 0.0)], scatter=0.3), start=12)
    assert only(store).status == "cannot_tell"
    assert "more blocks in a run would help" in only(store).reason
    assert not only(store).changes


def test_missing_is_the_worst_and_a_count_of_none_is_no_ratio(store: Store) -> None:
    for at in range(2):
        put(store, at, {(COUNT, "mn"): 5.0})
    put(store, 2, {(COUNT, "mn"): "crash"})
    assert only(store).status == "missing"
    assert only(store).reason == "Run run2 has no value: mn: crash in 5 of 5 trials: made up."
    for at, value in enumerate((0.0, 3.0, 0.0, 2.0, 1.0, 0.0), start=3):
        put(store, at, {(COUNT, "mn"): value})
    assert only(store).status == "cannot_tell"
    assert "have no ratio" in only(store).reason


def test_another_kernel_ends_a_history_and_begins_one(store: Store) -> None:
    put_ratios(store, noisy(7, [(10, 0.0)], scatter=0.005))
    put_ratios(store, noisy(8, [(10, log(50))], scatter=0.005), start=10, kernel="Linux 2")
    watched = watch(store)
    new, old = watched.histories
    assert (new.ended, old.ended) == (False, True)
    assert (list(new.changes), list(old.changes)) == ([], [])
    (change,) = watched.machine_changes
    assert (change.before.name, change.after.name) == ("run9", "run10")
    assert [(fact.fact, fact.before, fact.after) for fact in change.facts] == [("kernel", "Linux 1", "Linux 2")]
    assert watched.counts == {**dict.fromkeys(STATUSES, 0), "unchanged": 1}


def test_two_machines_that_take_turns_do_not_end_each_other(store: Store) -> None:
    for at in range(4):
        put(store, at, {(COUNT, "mn"): 5.0}, kernel=f"Linux {at % 2}")
    assert [history.ended for history in watch(store).histories] == [False, False]
    assert watch(store).machine_changes == []


def test_false_alarms_are_those_of_each_run(store: Store) -> None:
    put_ratios(store, np.zeros(2))
    assert [(one.run.name, one.pairs, one.alarms) for one in watch(store).false_alarms] == [
        ("run0", 10, 1), ("run1", 10, 1),
    ]  # fmt: skip
    assert [one.run.name for one in watch(store, Selection(commits=[commit_of(1)])).false_alarms] == ["run1"]


def test_the_worst_comes_first(store: Store) -> None:
    for at in range(3):
        cells = {(COUNT, "mn"): 100.0 + 10 * (at == 2), (TIME, "mn"): 1.0, (TIME, "go"): 1.0}
        put(store, at, cells if at < 2 else {(COUNT, "mn"): 110.0})
    assert [history.status for history in watch(store).histories] == ["missing", "regressed"]


@pytest.fixture
def regressed(place: str) -> str:
    with opened(place, make=True) as store:
        put_ratios(store, noisy(1, [(12, 0.0), (8, -log(20))]))
    return place


def test_the_program_shows_changes_with_their_commits(regressed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--store", regressed]) == 0
    header, row, blank, counts = capsys.readouterr().out.splitlines()
    assert header.split()[:4] == ["status", "subject", "profile", "machine"]
    assert row.split()[:4] == ["regressed", "made_up/cores:1/n:1", "ns_per_task", "made_up"]
    assert row.endswith(f"{commit_of(11)[:10]}..{commit_of(12)[:10]}")
    assert (blank, counts) == ("", "0 missing, 1 regressed, 0 cannot tell, 0 improved, 0 unchanged")


def test_fail_on_is_the_exit_code(regressed: str) -> None:
    assert main(["--store", regressed, "--fail-on", "regressed,missing"]) == 1
    assert main(["--store", regressed, "--fail-on", "missing"]) == 0


def test_json_has_every_history(regressed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--store", regressed, "--json", "--profile", "made_up"]) == 0
    told = json.loads(capsys.readouterr().out)
    (history,) = told["histories"]
    assert (history["status"], history["points"], told["counts"]["regressed"]) == ("regressed", 20, 1)
    assert history["changes"][0]["after"]["run"] == "run12"


def test_commits_come_from_a_file_or_a_repository(
    regressed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "commits"
    listed.write_text("".join(f"{commit_of(at)}\n" for at in reversed(range(20))), encoding="utf-8")
    assert main(["--store", regressed, "--commits", str(listed)]) == 0
    assert "improved" in capsys.readouterr().out
    repository = tmp_path / "repository"
    git = ["git", "-C", str(repository), "-c", "user.name=n", "-c", "user.email=e"]
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    assert main(["--store", regressed, "--repository", str(repository)]) == 2
    assert "no run there that was asked for" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--store", "/nowhere.sqlite"], ["--fail-on", "bad"], ["--profile", "none"], ["--commits", "/nowhere"],
     ["--repository", "/"], ["--commits", "a", "--repository", "b"]],
)  # fmt: skip
def test_bad_input_is_one_line(arguments: list[str], regressed: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = arguments if "--store" in arguments else ["--store", regressed, *arguments]
    try:
        code = main(given)
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    captured = capsys.readouterr()
    assert (captured.out, len(captured.err.splitlines())) == ("", 1)


def test_an_empty_watch_has_all_counts(store: Store) -> None:
    assert watch(store) == Watched([], [], [], dict.fromkeys(STATUSES, 0))
