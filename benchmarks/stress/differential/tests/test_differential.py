"""The generator's promises, the reference's arithmetic, and that differences are found. Uses build/release/bin."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.stress.differential.expected import expected, mix
from benchmarks.stress.differential.generator import Program, programs
from benchmarks.stress.differential.interpreters import Broken, Interpreter

ROOT = Path(__file__).resolve().parents[4]
BIN = ROOT / "build/release/bin"
MODELS = ("go", "mn", "os_threads", "boost_fiber", "tbb")

PIPELINE: Program = {
    "channels": [{"capacity": 1, "plain": False, "producers": 1, "closer": True, "counted": True},
                 {"capacity": 0, "plain": True, "producers": 2, "closer": False, "counted": True}],
    "sums": 1, "gates": [2], "digests": 1,
    "stages": [{"kind": "count", "sum": 0, "n": 3, "seed": 7, "workers": 2, "gate": 0},
               {"kind": "source", "outs": [0], "give": "timeout", "n": 5, "seed": 1, "gate": 0},
               {"kind": "map", "ins": [0], "outs": [1], "take": "select", "workers": 2, "mul": 3, "add": 1, "drop": 2},
               {"kind": "late", "ins": [0], "workers": 1},
               {"kind": "sink", "ins": [1], "workers": 1, "digest": 0, "ordered": False}],
}  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.stress.differential", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_reference_on_a_program_worked_out_by_hand() -> None:
    word = 2**64
    sent = [mix(1 + i) for i in range(5)]
    mapped = [(3 * x + 1) % word for x in sent if x % 2]
    result = expected(PIPELINE)
    assert result["sums"] == [2 * sum(mix(7 + i) for i in range(3)) % word]
    assert result["channels"] == [[5, sum(map(mix, sent)) % word, 0], [len(mapped), sum(map(mix, mapped)) % word, 0]]
    assert result["digests"] == [result["channels"][1]]
    assert result["refused"] == 3
    assert result["began"] == 8  # seven workers and the closer


@pytest.mark.parametrize("model", MODELS)
def test_every_interpreter_computes_it(model: str) -> None:
    interpreter = Interpreter(model, BIN / f"differential_{model}", 2)
    try:
        assert interpreter.run(PIPELINE) == expected(PIPELINE)
    finally:
        interpreter.close()


@settings(max_examples=200, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_a_program_is_as_the_generator_promises(program: Program) -> None:
    takers = [i for s in program["stages"] if s["kind"] != "late" for i in (*s.get("ins", ()), *s.get("replies", ()))]
    takers += [s["server"] for s in program["stages"] if s["kind"] == "server"]
    assert sorted(takers) == list(range(len(program["channels"]))), "each channel has one that takes"
    for i, channel in enumerate(program["channels"]):
        givers = sum(s.get("workers", 1) for s in program["stages"] if i in s.get("outs", ()))
        callers = sum(s["workers"] for s in program["stages"] if s["kind"] == "call" and s["server"] == i)
        assert channel["producers"] == givers + callers
    for stage in program["stages"]:
        for way, channels in (("take", stage.get("ins", ())), ("give", stage.get("outs", ()))):
            if any(program["channels"][c]["plain"] for c in channels):
                assert stage.get(way, "plain") == "plain"
    assert expected(program)["began"] < 1000


def test_all_models_agree_on_random_programs() -> None:
    seed = os.environ.get("THREADMARK_DIFFERENTIAL_SEED") or str(secrets.randbelow(10**9))
    for of_seed in ("1", seed):
        done = run("--programs=75", f"--seed={of_seed}")
        assert done.returncode == 0, f"THREADMARK_DIFFERENTIAL_SEED={seed}\n{done.stdout}\n{done.stderr}"
        assert "75 programs, 10 configurations, no difference" in done.stdout


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("drop", "instead of"),
        ("twice", "instead of"),
        ("wrong_sum", "sums: "),
        ("hang", "all tasks are asleep: deadlock"),
    ],
)
def test_a_planted_fault_is_found_and_shrunk(fault: str, said: str, tmp_path: Path) -> None:
    done = run("--models=go,mn", f"--plant={fault}", "--seed=5", "--programs=100", f"--out={tmp_path}")
    assert done.returncode == 1
    assert "differential: mn on" in done.stdout
    assert said in done.stdout
    assert f"--plant={fault} --seed=5" in done.stdout
    kept = json.loads((tmp_path / "seed_5.json").read_text())
    assert len(kept["stages"]) <= 4, "what is not needed is left out"
    again = run("--models=go,mn", f"--plant={fault}", f"--program={tmp_path / 'seed_5.json'}", f"--out={tmp_path}")
    assert again.returncode == 1
    healthy = run("--models=go,mn", f"--program={tmp_path / 'seed_5.json'}", "--times=3", f"--out={tmp_path}")
    assert (healthy.returncode, healthy.stdout) == (0, "differential: 3 times, no difference\n")


def test_a_hang_is_told_from_a_crash() -> None:
    interpreter = Interpreter("os_threads", BIN / "differential_os_threads", 1, plant="hang", limit_s=0.5)
    with pytest.raises(Broken, match=r"hangs: no result within 0\.5 s"):
        interpreter.run(PIPELINE)


@pytest.mark.parametrize("model", MODELS)
def test_a_line_that_is_no_program_is_refused(model: str) -> None:
    interpreter = Interpreter(model, BIN / f"differential_{model}", 1)
    with pytest.raises(Broken, match=r"crashed: ended with 2\ndifferential_.*line 1: "):
        interpreter.run({**PIPELINE, "stages": [{"kind": "source", "take": "never"}]})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--models=go,rust"], "unknown model 'rust'; known: go, mn"),
        (["--cores=0"], "--cores=0: whole numbers from 1"),
        (["--programs=1", "--seconds=1"], "one of them"),
        (["--bin=/nowhere"], "`make build` makes it"),
        (["--plant=ghost"], "unknown fault 'ghost'; known: drop, twice, wrong_sum, hang"),
        (["--program=/nowhere.json"], "cannot read /nowhere.json"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
