"""Times and memory of two builds in one run: what is there is found, what is not is not, what is missing is said."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ci.gate import side_by_side
from ci.gate.side_by_side import Place, judge, planned, write_profile
from ci.gate.tests.made import write_pair


def test_a_slowdown_of_a_tenth_is_found_where_it_is_and_nowhere_else(tmp_path: Path) -> None:
    findings, floors = judge(write_pair(tmp_path, {"ping_pong": 1.1}))
    assert {one.workload for one in findings if one.verdict == "worse"} == {"ping_pong"}
    slow = [one for one in findings if one.workload == "ping_pong"]
    assert all(one.verdict == "worse" and one.factor == pytest.approx(1 / 1.1, rel=0.03) for one in slow), slow
    assert all(one.change == pytest.approx(0.1, abs=0.1) for one in slow)
    assert floors["ns"] < 1.05


def test_a_slowdown_below_what_matters_is_no_finding(tmp_path: Path) -> None:
    findings, _ = judge(write_pair(tmp_path, {"ping_pong": 1.03}, noise=0.002))
    assert not [one for one in findings if one.verdict in ("worse", "better")]


def test_two_equal_builds_are_not_told_apart(tmp_path: Path) -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(10):
        findings, _ = judge(write_pair(tmp_path / str(seed), {}, seed=seed, noise=0.05))
        verdicts.update(one.verdict for one in findings)
    assert verdicts["worse"] == verdicts["better"] == verdicts["missing"] == 0, verdicts


def test_memory_has_a_smaller_limit_than_time(tmp_path: Path) -> None:
    def fatter(trial: dict[str, Any]) -> None:
        if trial["model"] != "mn.base" and "bytes_per_task" in trial["metrics"]:
            trial["metrics"]["bytes_per_task"]["value"] *= 1.02

    findings, _ = judge(write_pair(tmp_path, {}, change=fatter))
    worse = [one for one in findings if one.verdict == "worse"]
    assert {(one.kind, one.metric) for one in worse} == {("memory", "bytes_per_task")}


@pytest.mark.parametrize("side", ["mn", "mn.base"])
def test_what_fails_on_one_side_is_missing(tmp_path: Path, side: str) -> None:
    def crash(trial: dict[str, Any]) -> None:
        if trial["model"] == side and trial["workload"] == "skynet" and trial["block"] == 3:
            trial |= {"outcome": "crash", "reason": "signal 11", "metrics": {}}

    findings, _ = judge(write_pair(tmp_path, {}, change=crash))
    missing = {one.workload: one.reason for one in findings if one.verdict == "missing"}
    assert missing == {"skynet": f"{'head' if side == 'mn' else 'base'}: signal 11"}


def test_a_part_that_this_machine_never_shows_is_left_out_and_a_metric_that_vanishes_is_not(tmp_path: Path) -> None:
    def lose(name: str, *models: str) -> Any:
        def change(trial: dict[str, Any]) -> None:
            if trial["model"] in models:
                trial["metrics"].pop(name, None)

        return change

    everywhere = ("mn", "mn.base", "mn.again")
    part, whole = "bytes_per_task.stack", "bytes_per_task"

    def of(name: str, metric: str, *models: str) -> set[str]:
        findings, _ = judge(write_pair(tmp_path / name, {}, change=lose(metric, *models)))
        return {one.verdict for one in findings if one.metric == metric}

    assert of("a", part, *everywhere) == set()
    assert of("b", part, "mn") == {"missing"}
    assert of("c", whole, *everywhere) == {"missing"}


def test_what_runs_once_has_a_floor_of_its_own(tmp_path: Path) -> None:
    """The cold times are five times as noisy here; a tenth of ping_pong is found all the same."""
    state = random.Random(1)

    def noisy(trial: dict[str, Any]) -> None:
        if trial["workload"] == "parked":
            for name in ("create_ns_per_task", "wake_ns_per_task"):
                trial["metrics"][name]["value"] *= state.lognormvariate(0, 0.5)

    findings, floors = judge(write_pair(tmp_path, {"ping_pong": 1.1}, change=noisy))
    assert floors["ns, once"] > 1.1 > floors["ns"]
    assert {one.workload for one in findings if one.verdict == "worse"} == {"ping_pong"}


def test_memory_is_held_to_its_own_noise_and_not_to_that_of_times(tmp_path: Path) -> None:
    _, floors = judge(write_pair(tmp_path, {}, noise=0.3))
    assert floors["ns"] > 1.05
    assert floors["bytes_per_task"] == 1.01


def test_a_second_look_judges_what_is_wanted_by_the_floors_of_the_first(tmp_path: Path) -> None:
    folder = write_pair(tmp_path, {"ping_pong": 1.1, "skynet": 1.1})
    wanted = {one.place for one in judge(folder)[0] if one.workload == "skynet"}
    findings, _ = judge(folder, {"ns": 1.2}, wanted)
    assert {one.place for one in findings} == wanted
    assert all(one.limit == 1.2 and one.verdict == "cannot_tell" for one in findings)


def test_the_profile_that_is_run_has_just_these_cells(tmp_path: Path) -> None:
    write_profile(
        [Place("ping_pong", {"capacity": 1, "cores": 2}), Place("skynet", {"leaves": 10, "cores": 1})], tmp_path
    )
    profile = json.loads((tmp_path / "profiles.json").read_text())["profiles"]["gate"]
    assert profile["cells"] == {
        "ping_pong": [{"capacity": [1], "cores": [2]}],
        "skynet": [{"leaves": [10], "cores": [1]}],
    }
    assert (profile["order"], profile["models"], profile["again"]) == ("abba", ["mn", "mn.base"], "mn")


def test_the_plan_is_the_profiles_or_of_some_workloads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side.os, "sched_getaffinity", lambda _: {0, 1})
    assert len({place.cell for place in planned()}) == len(planned()) > 10
    assert {place.cell for place in planned(["skynet"])} == {"skynet/leaves:1000 on 1", "skynet/leaves:1000 on 2"}
    monkeypatch.setattr(side_by_side.os, "sched_getaffinity", lambda _: {0})
    assert all(place.params["cores"] == 1 for place in planned())
