"""Damaged and foreign input: named by its line, left out, and nothing else is touched."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.run import Run, UnreadableRun, read_run
from analysis.tests.synthetic import write_run

Trial = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path, blocks=1, workloads=("ping_pong",), models=("mn", "go"))


def lines_of(folder: Path) -> list[str]:
    return (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()


def read_with(folder: Path, *more: str | bytes) -> tuple[Run, int]:
    """The run with lines put after its own, and how many it had before."""
    own = (folder / "trials.jsonl").read_bytes()
    added = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in more)
    (folder / "trials.jsonl").write_bytes(own + added)
    return read_run(folder), own.count(b"\n")


def altered(folder: Path, change: Callable[[Trial], object]) -> str:
    """The run's first trial, as a trial of a later block, with a change."""
    trial = json.loads(lines_of(folder)[0])
    trial.update(order=9_000, block=99)
    change(trial)
    return json.dumps(trial)


def test_sound_lines_are_all_used(folder: Path) -> None:
    run = read_run(folder)
    assert (run.lines, len(run.trials), run.rejected, run.marked) == (6, 6, [], [])
    assert [trial["order"] for trial in run.trials] == sorted(trial["order"] for trial in run.trials)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("this is no JSON", "not JSON"),
        ("", "empty line"),
        (b"\xff\xfe{}", "not UTF-8"),
        ("[1, 2]", "not a JSON object"),
        ("{}", "required property"),
        ("[" * 100_000, "nested too deep"),
        ('{"order": NaN}', "NaN"),
        ('{"order": 1e999}', "1e999"),
        ('{"order": ' + "9" * 5000 + "}", "not a number that can be used"),
    ],
)
def test_a_line_that_is_no_trial_is_named_and_left_out(folder: Path, line: str | bytes, why: str) -> None:
    run, before = read_with(folder, line)
    assert len(run.trials) == before
    assert [entry["line"] for entry in run.rejected] == [before + 1]
    assert why in run.rejected[0]["why"]
    assert "\n" not in run.rejected[0]["why"]
    assert len(run.rejected[0]["why"]) < 300


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: t.update(run="another"), "belongs to run 'another'"),
        (lambda t: t.update(schema=2), "schema"),
        (lambda t: t.update(outcome="fine"), "outcome"),
        (lambda t: t.update(outcome="crash"), "reason"),
        (lambda t: t.update(reason="but why"), "reason"),
        (lambda t: t["params"].pop("cores"), "cores"),
        (lambda t: t["metrics"].clear(), "metrics"),
        (lambda t: t["metrics"]["ns_per_round_trip"].update(unit="s"), "catalogue"),
        (lambda t: t["metrics"]["ns_per_round_trip"].update(value="fast"), "metrics.ns_per_round_trip.value"),
        (lambda t: t.update(order=1, block=98), "order 1 is already that of line"),
        (lambda t: t.update(model="No Such Model"), "model"),
    ],
)
def test_a_foreign_or_false_trial_is_left_out(folder: Path, change: Callable[[Trial], object], why: str) -> None:
    run, before = read_with(folder, altered(folder, change))
    assert len(run.trials) == before
    assert [entry["line"] for entry in run.rejected] == [before + 1]
    assert why in run.rejected[0]["why"]


def test_a_cut_off_last_line_costs_only_itself(folder: Path) -> None:
    whole = (folder / "trials.jsonl").read_bytes()
    (folder / "trials.jsonl").write_bytes(whole[:-40])
    run = read_run(folder)
    assert (run.lines, len(run.trials)) == (6, 5)
    assert run.rejected[0]["line"] == 6


def test_a_key_of_a_later_version_is_no_reason_to_leave_a_line_out(folder: Path) -> None:
    run, before = read_with(folder, altered(folder, lambda t: t.update(colour="blue")))
    assert len(run.trials) == before + 1
    assert run.rejected == []


@pytest.mark.parametrize("same_order", [True, False])
def test_a_marked_trial_gives_way_to_its_replacement(folder: Path, same_order: bool) -> None:
    marked = altered(folder, lambda t: t.update(marks=["stolen_time"]))
    replacement = altered(folder, lambda t: t.update(order=9_000 if same_order else 9_001, raw="raw/again.json"))
    run, before = read_with(folder, marked, replacement)
    assert len(run.trials) == before + 1
    assert run.trials[-1]["raw"] == "raw/again.json"
    assert run.marked == [
        {"line": before + 1, "order": 9_000, "model": run.trials[-1]["model"], "workload": "ping_pong",
         "marks": ["stolen_time"], "replaced_by": before + 2},
    ]  # fmt: skip


def test_a_second_result_without_a_mark_is_refused_whatever_it_says(folder: Path) -> None:
    first, second = altered(folder, lambda t: None), altered(folder, lambda t: t.update(order=9_001))
    run, before = read_with(folder, first, second)
    assert len(run.trials) == before + 1
    assert "already" in run.rejected[0]["why"]
    assert run.rejected[0]["line"] == before + 2


def test_a_marked_trial_without_replacement_counts_and_stays_marked(folder: Path) -> None:
    run, before = read_with(folder, altered(folder, lambda t: t.update(marks=["stolen_time"])))
    assert len(run.trials) == before + 1
    assert run.marked[0]["replaced_by"] is None


def test_an_empty_file_is_a_run_without_trials(folder: Path) -> None:
    (folder / "trials.jsonl").write_text("", encoding="utf-8")
    run = read_run(folder)
    assert (run.lines, run.trials, run.rejected) == (0, [], [])


@pytest.mark.parametrize(
    ("break_it", "names"),
    [
        (lambda f: (f / "environment.json").unlink(), "environment.json"),
        (lambda f: (f / "environment.json").write_text("{"), "environment.json"),
        (lambda f: (f / "environment.json").write_text("{}"), "environment.json"),
        (lambda f: (f / "trials.jsonl").unlink(), "trials.jsonl"),
    ],
)
def test_without_environment_or_trials_there_is_no_run(
    folder: Path, break_it: Callable[[Path], object], names: str
) -> None:
    break_it(folder)
    with pytest.raises(UnreadableRun, match=names) as caught:
        read_run(folder)
    assert "\n" not in str(caught.value)
