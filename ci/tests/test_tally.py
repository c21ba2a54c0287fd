"""ci/tally.py and ci/step.sh: every test is counted once, and no failure is ever counted as nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parents[1]

CTEST = """<testsuite name="x" tests="5">
  <testcase name="a.one" classname="a.one" status="run"/>
  <testcase name="a.two" classname="a.two" status="fail"><failure message="Failed"/></testcase>
  <testcase name="a.three" classname="a.three" status="notrun">
    <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>
  <testcase name="a.four" classname="a.four" status="notrun"><skipped message="Unable to find executable"/></testcase>
  <testcase name="a.five" classname="a.five" status="disabled"/>
</testsuite>"""

PYTEST = """<testsuites><testsuite name="pytest">
  <testcase classname="t" name="passes"/>
  <testcase classname="t" name="fails"><failure message="x">x</failure></testcase>
  <testcase classname="t" name="breaks"><error message="x">x</error></testcase>
  <testcase classname="t" name="skips"><skipped message="x">x</skipped></testcase>
</testsuite></testsuites>"""


def gotest(*events: tuple[str, str | None, str]) -> str:
    lines = ["plain words of the compiler"]
    for package, test, action in events:
        lines.append(json.dumps({"Package": package, "Action": action} | ({"Test": test} if test else {})))
    return "\n".join(lines)


def put(directory: Path, step: str, kind: str, code: int, text: str) -> None:
    (directory / f"{step}.{'xml' if kind == 'junit' else 'log'}").write_text(text)
    (directory / f"{step}.status").write_text(f"{kind} {code}\n")


def tally(directory: Path, *steps: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, CI / "tally.py", directory, *steps], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("kind", "code", "text", "closing"),
    [
        ("junit", 8, CTEST, "1 passed, 2 failed"),
        ("junit", 1, PYTEST, "1 passed, 2 failed"),
        ("junit", 0, "<testsuite/>", "0 passed, 1 failed"),
        ("junit", 0, "", "0 passed, 1 failed"),
        ("junit", 134, PYTEST.replace("failure", "x").replace("error", "x"), "3 passed, 1 failed"),
        ("closing", 0, "words\n12 passed, 0 failed\n", "12 passed, 0 failed"),
        ("closing", 1, "12 passed, 3 failed\n\n", "12 passed, 3 failed"),
        ("closing", 1, "12 passed, 0 failed\n", "12 passed, 1 failed"),
        ("closing", 2, "12 passed, 3 failed\nmake: *** [Makefile:9: test] Error 1\n", "12 passed, 3 failed"),
        ("closing", 0, "12 passed, 0 failed\nand then it broke\n", "0 passed, 1 failed"),
        ("closing", 0, "", "0 passed, 1 failed"),
        ("whole", 0, "", "1 passed, 0 failed"),
        ("whole", 2, "", "0 passed, 1 failed"),
        ("guess", 0, "", "0 passed, 1 failed"),
    ],
)
def test_counts_a_step(tmp_path: Path, kind: str, code: int, text: str, closing: str) -> None:
    put(tmp_path, "step", kind, code, text)
    exit_code, lines = tally(tmp_path, "step")
    assert lines[-1] == closing
    assert (exit_code == 0) == closing.endswith(", 0 failed")


@pytest.mark.parametrize(
    ("events", "code", "closing"),
    [
        ([("p", "TestA", "pass"), ("p", "TestB", "skip"), ("p", None, "pass")], 0, "1 passed, 0 failed"),
        # A parent counts through its subtests only ...
        ([("p", "TestA/x", "pass"), ("p", "TestA/y", "fail"), ("p", "TestA", "fail"), ("p", None, "fail")], 1,
         "1 passed, 1 failed"),
        # ... unless it failed by itself.
        ([("p", "TestA/x", "pass"), ("p", "TestA", "fail"), ("p", None, "fail")], 1, "1 passed, 1 failed"),
        # The same name in two packages is two tests.
        ([("p", "TestA", "pass"), ("q", "TestA", "pass")], 0, "2 passed, 0 failed"),
        # A package that does not compile has no test to show for it.
        ([("p", "TestA", "pass"), ("p", None, "pass"), ("q", None, "fail")], 1, "1 passed, 1 failed"),
        ([], 0, "0 passed, 1 failed"),
        ([], 127, "0 passed, 1 failed"),
    ],
)  # fmt: skip
def test_counts_go(tmp_path: Path, events: list[tuple[str, str | None, str]], code: int, closing: str) -> None:
    put(tmp_path, "go", "gotest", code, gotest(*events))
    assert tally(tmp_path, "go")[1][-1] == closing


def test_adds_the_steps_up_and_names_what_failed(tmp_path: Path) -> None:
    put(tmp_path, "ctest", "junit", 8, CTEST)
    put(tmp_path, "check", "closing", 0, "10 passed, 0 failed\n")
    exit_code, lines = tally(tmp_path, "ctest", "check", "never")
    assert exit_code == 1
    assert lines == [
        "ctest: 1 passed, 2 failed, 2 skipped",
        "  failed: a.two",
        "  failed: a.four (not run)",
        "check: 10 passed, 0 failed",
        "never: 0 passed, 1 failed",
        "  failed: never (did not run to its end)",
        "11 passed, 3 failed",
    ]


def test_a_step_keeps_its_output_and_how_it_ended_and_lets_the_job_go_on(tmp_path: Path) -> None:
    for name, script in {"good": "echo '3 passed, 0 failed'", "bad": "echo words; exit 7"}.items():
        step = [CI / "step.sh", tmp_path, name, "closing", "bash", "-c", script]
        done = subprocess.run(step, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0
    assert (tmp_path / "bad.status").read_text() == "closing 7\n"
    assert (tmp_path / "bad.log").read_text() == "words\n"
    assert tally(tmp_path, "good", "bad")[1][-1] == "3 passed, 1 failed"


def test_a_step_that_is_killed_leaves_no_status_of_an_earlier_one(tmp_path: Path) -> None:
    put(tmp_path, "step", "whole", 0, "")
    killed = [CI / "step.sh", tmp_path, "step", "whole", "bash", "-c", "kill -9 $PPID"]
    subprocess.run(killed, capture_output=True, timeout=60, check=False)
    assert tally(tmp_path, "step")[1][-1] == "0 passed, 1 failed"
