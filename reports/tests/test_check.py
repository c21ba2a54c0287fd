"""The check of a whole run: silent on a sound one, and each fault found and named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.__main__ import main as analyse
from analysis.contracts import plan_of, profiles
from analysis.tests.synthetic import write_run
from reports.__main__ import main as report
from reports.check import main

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("sound"), blocks=2, as_planned=True)
    assert analyse([str(folder)]) == report([str(folder)]) == 0
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    for path in sound.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def edit(name: str, change: Callable[[dict[str, Any]], object]) -> Change:
    def apply(folder: Path) -> None:
        document = json.loads((folder / name).read_text(encoding="utf-8"))
        change(document)
        (folder / name).write_text(json.dumps(document), encoding="utf-8")

    return apply


def edit_lines(change: Callable[[list[str]], list[str]]) -> Change:
    def apply(folder: Path) -> None:
        lines = change((folder / "trials.jsonl").read_text(encoding="utf-8").splitlines())
        (folder / "trials.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    return apply


def without(model: str, workload: str) -> Change:
    def keep(line: str) -> bool:
        trial = json.loads(line)
        return (trial["model"], trial["workload"]) != (model, workload)

    return edit_lines(lambda lines: [line for line in lines if keep(line)])


def test_a_sound_run_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    lines = len((folder / "trials.jsonl").read_text(encoding="utf-8").splitlines())
    pairs = sum(bool(choices) for _, cells in plan_of(profiles()["smoke"]) for choices in cells.values())
    # Each trial, each model with each of its workloads, 2 for each of summary and claims, and 7 more.
    assert (lines > 390, pairs > 5 * 21) == (True, True)
    assert capsys.readouterr().out == f"{lines + pairs + 4 + 7} passed, 0 failed\n"


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (edit("environment.json", lambda d: d.pop("seed")), "environment.json: 'seed'"),
        (edit("environment.json", lambda d: d.update(profile="huge")), "profile: 'huge' is not in profiles.json"),
        (edit("environment.json", lambda d: d.update(blocks=3)), "blocks: 2 in trials.jsonl, 3 planned"),
        (edit("summary.json", lambda d: d["cells"][0].pop("mad")), "summary.json: cells[0]: 'mad'"),
        (edit("summary.json", lambda d: d.update(run="other")), "summary.json is of this run: is of run 'other'"),
        (edit("claims.json", lambda d: d["claims"][0].update(verdict="yes")), "claims.json: claims[0].verdict"),
        (lambda f: (f / "claims.json").unlink(), "claims.json: "),
        (lambda f: (f / "index.html").unlink(), "index.html: "),
        (lambda f: (f / "summary.md").unlink(), "summary.md: "),
        (lambda f: (f / "headline.png").write_bytes(b""), "headline.png: "),
        (lambda f: (f / "trials.jsonl").unlink(), "trials.jsonl: "),
        (edit_lines(lambda lines: []), "trials.jsonl: no line"),
        (edit_lines(lambda lines: [*lines, "{"]), ": not JSON"),
        (edit_lines(lambda lines: [lines[0].replace('"schema": 1', '"schema": 1, "x": 1'), *lines[1:]]), "line 1: "),
        (edit_lines(lambda lines: lines[1:]), ": 1 of "),
        (without("tbb", "skynet"), "tbb × skynet: 2 of 2 cells lack an outcome"),
        (without("mn.again", "ping_pong"), "mn.again × ping_pong: 2 of 2 cells lack an outcome"),
        (edit_lines(lambda lines: [one for one in lines if '"echo_server"' not in one]), "× echo_server: "),
        (without("go", "spawned"), "go × spawned: 2 of 2 cells lack an outcome"),  # two sizes, one number of cores
    ],
)
def test_each_fault_is_found_and_named(
    folder: Path, spoil: Change, names: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder)
    assert main([str(folder)]) == 1
    *told, tally = capsys.readouterr().out.splitlines()
    assert any(names in line for line in told), told
    assert tally.endswith(f"passed, {len(told)} failed")


def test_cells_that_are_in_fewer_blocks_are_not_missed_in_the_others(folder: Path) -> None:
    """smoke has its servers once."""
    lines = map(json.loads, (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines())
    blocks = {trial["block"] for trial in lines if trial["workload"] == "echo_server"}
    assert blocks == {1}
    assert main([str(folder)]) == 0


def test_a_failed_trial_is_an_outcome_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(lines: list[str]) -> list[str]:
        trial = {**json.loads(lines[0]), "outcome": "limit", "reason": "EAGAIN", "metrics": {}}
        return [json.dumps(trial), *lines[1:]]

    edit_lines(fail)(folder)
    assert analyse([str(folder)]) == 0
    assert main([str(folder)]) == 0
    assert capsys.readouterr().out.endswith("0 failed\n")


def test_cores_that_the_machine_does_not_have_are_not_missed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit("environment.json", lambda d: d["machine"].update(allowed_cpus=1))(folder)
    edit_lines(lambda lines: [line for line in lines if json.loads(line)["params"]["cores"] == 1])(folder)
    assert analyse([str(folder)]) == 0
    assert main([str(folder)]) == 0
    assert capsys.readouterr().out.endswith("0 failed\n")


def raw_outputs(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """What each program of the run could have written, the first one's changed."""
    (folder / "raw").mkdir()
    trials = [json.loads(line) for line in (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()]
    for trial in trials:
        counters = {
            name: metric["value"]
            for name, metric in trial["metrics"].items()
            if "bytes" not in name and name != "os_threads"
        }
        if trial is trials[0]:
            change(counters)
        (folder / trial["raw"]).write_text(json.dumps({"benchmarks": [counters]}), encoding="utf-8")


def test_a_number_is_followed_down_to_the_programs_own_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw_outputs(folder, lambda counters: None)
    assert main([str(folder)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "gap"),
    [
        (edit("summary.json", lambda d: d["cells"][0].update(median=1.0)), "the median is 1.0, that of its values "),
        (edit("summary.json", lambda d: d["cells"][0]["trials"].reverse()), "the summary says "),
        (
            edit("summary.json", lambda d: d["cells"][0]["trials"].__setitem__(0, 99999)),
            "trials.jsonl has no such line",
        ),
        (lambda f: raw_outputs(f, lambda counters: counters.update({next(iter(counters)): 0.5})), ".json 0.5"),
        (lambda f: raw_outputs(f, lambda counters: counters.clear()), ".json None"),
        (lambda f: (f / "raw").mkdir(), "raw/"),
    ],
)
def test_a_gap_on_the_way_down_is_found(
    folder: Path, spoil: Change, gap: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder)
    assert main([str(folder)]) == 1
    (told,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("every cell")]
    assert gap in told


def test_no_folder_is_exit_code_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
