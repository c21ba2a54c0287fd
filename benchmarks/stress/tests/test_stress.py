"""The driver: what it makes of a scenario's end. Uses build/release/bin, and fake scenarios in its place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.contracts import faults
from benchmarks.stress import __main__ as stress

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / "build/release/bin"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.stress", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def fake(folder: Path, body: str) -> Path:
    program = folder / "stress_mn"
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    program.chmod(0o755)
    return folder


def said(count: int) -> str:
    outcome = {"what": "lost", "grade": "forbidden", "count": count}
    return json.dumps({"seconds": 1.0, "rounds": 3, "outcomes": [outcome], "resident_bytes": {"before": 1, "after": 2}})


def test_every_scenario_runs_for_a_moment_and_nothing_forbidden_happens(tmp_path: Path) -> None:
    done = run("--seconds=0.4", "--soak-seconds=1", f"--out={tmp_path / 'stress.json'}")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "stress.json").read_text())
    assert list(faults("stress", found)) == []
    assert [r["scenario"] for r in found["results"]] == [*stress.scenarios(BIN), *stress.SUITES]
    for result in found["results"]:
        assert result["rounds"] > 0, result["scenario"]
        assert any(o["count"] for o in result["outcomes"] if o["grade"] == "acceptable"), result["scenario"]
        assert any(o["grade"] == "forbidden" for o in result["outcomes"]), "something that could go wrong"


def test_a_forbidden_outcome_is_broken_and_repeated_by_its_seed(tmp_path: Path) -> None:
    result = stress.run_scenario(fake(tmp_path, f"echo '{said(2)}'; exit 1"), "x", 1, 7, 2)
    assert not stress.sound(result)
    assert stress.complaint(result) == "lost: 2 times"
    assert stress.sound(stress.run_scenario(fake(tmp_path, f"echo '{said(0)}'"), "x", 1, 7, 2))
    assert "lost" in stress.table([{"scenario": "x", **result}])


def test_a_crash_is_a_result_with_what_was_said(tmp_path: Path) -> None:
    result = stress.run_scenario(fake(tmp_path, "echo 'mn: it broke' >&2; kill -ABRT $$"), "x", 1, 7, 2)
    assert (result["end"], stress.sound(result)) == ("crash", False)
    assert "ended with -6" in result["detail"]
    assert "mn: it broke" in result["detail"]


def test_a_hang_is_ended_and_asked_what_it_waits_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stress, "GRACE_S", 0.5)
    body = "trap 'echo all asleep >&2' QUIT; while :; do sleep 0.1; done"
    result = stress.run_scenario(fake(tmp_path, body), "x", 0.1, 7, 2)
    assert (result["end"], result["detail"]) == ("hang", "all asleep")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario=ghost"], "unknown scenario 'ghost'; known: spawn_flood, "),
        (["--seconds=0"], "must be above zero"),
        (["--bin=/nowhere"], "`make build` makes it"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments", [["--scenario=ghost"], ["--seconds=-1", "--scenario=soak"], ["--cores=none"], ["x"]]
)
def test_the_program_refuses_what_it_does_not_know(arguments: list[str]) -> None:
    done = subprocess.run([BIN / "stress_mn", *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
