"""Runs that something is wrong with, all the way through analysis, plots and reports: a page that says so at its top,
or one clear line and exit code 2. Nothing is invented."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.__main__ import main as analyse
from analysis.tests.synthetic import write_run
from plots.__main__ import main as draw
from reports.__main__ import main as report
from reports.tests.test_page import Page

WORKLOADS = ("ping_pong", "parked", "spawn_join")


def page_of(folder: Path, capsys: pytest.CaptureFixture[str], said: str = "") -> Page:
    """All three programs end well, and say on the error channel what is expected of them, mostly nothing."""
    for program in (analyse, draw, report):
        assert program([str(folder)]) == 0
    assert re.fullmatch(said, capsys.readouterr().err)
    page = Page((folder / "index.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert not re.search(r"\b(nan|inf|None)\b", page.text)
    return page


def notes_of(page: Page) -> str:
    """What stands at the top, before the answers."""
    return page.text[: page.text.index("Which model for what?")]


def refused(program: Callable[[list[str]], int], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert program([str(folder)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_run_of_one_model_compares_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = page_of(write_run(tmp_path, models=("go",), workloads=WORKLOADS), capsys)
    assert "Note: Only Go ran, so no model is compared with another." in notes_of(page)
    assert "only Go ended ok, so nothing is compared" in page.text
    assert "mn is in no cell of this run" in page.text
    assert not re.search(r"[\d.]+× \[", page.text)  # no factor with its interval


def test_a_run_in_which_everything_failed_has_no_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(trial: dict[str, Any]) -> None:
        trial.update(outcome="crash", reason="SIGSEGV at 0x0", metrics={})
        trial.pop("ledger", None)

    page = page_of(write_run(tmp_path, change=fail, workloads=WORKLOADS), capsys)
    assert "No trial of this run gave a number: every cell ended as crash. What broke says why." in notes_of(page)
    assert "SIGSEGV at 0x0" in page.text
    assert "none ended ok, so nothing is compared" in page.text
    assert "no winner" in page.text
    assert " ns " not in page.text[page.text.index("Which model for what?") : page.text.index("The claims")]


def test_a_run_without_trials_measured_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path)
    (folder / "trials.jsonl").write_text("", encoding="utf-8")
    page = page_of(folder, capsys)
    assert "Note: No trial of this run can be used, so nothing here was measured." in notes_of(page)
    assert "0 blocks of 3 are there" in notes_of(page)
    assert "Nothing ran." in page.text


def test_one_block_gives_no_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = page_of(write_run(tmp_path, blocks=1, workloads=WORKLOADS), capsys)
    assert "A verdict needs 3 blocks, and with 1 block none is given." in notes_of(page)
    assert "it is the best in 0, another is clearly better in 0" in page.text
    assert "1 blocks" not in page.text


def test_a_run_that_was_stopped_says_how_far_it_got(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path, blocks=3, workloads=WORKLOADS)
    document = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
    (folder / "environment.json").write_text(json.dumps({**document, "blocks": 20}), encoding="utf-8")
    assert "3 blocks of 20 are there." in notes_of(page_of(folder, capsys))


def test_a_line_that_is_cut_off_is_named_and_the_rest_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run(tmp_path, workloads=WORKLOADS)
    trials = folder / "trials.jsonl"
    whole = trials.read_text(encoding="utf-8")
    trials.write_text(whole[:-200], encoding="utf-8")
    last = whole.count("\n")
    page = page_of(folder, capsys, rf"analysis: trials.jsonl line {last} left out: not JSON: [^\n]+\n")
    assert f"1 line of trials.jsonl was left out; line {last}: not JSON" in notes_of(page)
    assert f"{last} lines of trials.jsonl, {last - 1} of them used, 1 rejected." in page.text


@pytest.mark.parametrize("program", [analyse, draw, report])
def test_what_is_no_run_gets_one_line(
    program: Callable[[list[str]], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no such folder" in refused(program, tmp_path / "nowhere", capsys)
    assert str(tmp_path) in refused(program, tmp_path, capsys)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1}', '{"schema": 2, "run": "x"}'])
def test_a_damaged_summary_gets_one_line(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path, blocks=1, workloads=("ping_pong",))
    (folder / "summary.json").write_text(content, encoding="utf-8")
    for program in (draw, report):
        assert "summary.json" in refused(program, folder, capsys)


def test_a_damaged_environment_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path, blocks=1, workloads=("ping_pong",))
    whole = (folder / "environment.json").read_text(encoding="utf-8")
    (folder / "environment.json").write_text(whole[:100], encoding="utf-8")
    assert "environment.json: not JSON" in refused(analyse, folder, capsys)
    assert not (folder / "summary.json").exists()


def test_trials_that_are_not_there_get_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path, blocks=1, workloads=("ping_pong",))
    (folder / "trials.jsonl").unlink()
    assert "trials.jsonl" in refused(analyse, folder, capsys)
