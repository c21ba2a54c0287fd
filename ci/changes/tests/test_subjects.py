"""What is watched of a store, and what a run that lacks it is told."""

import json
from dataclasses import replace

import pytest

from analysis import two_runs
from analysis.contracts import ROOT, catalogue
from ci.changes.subjects import TIMES, Track, is_watched, planned, tracks
from ci.changes.tests.made_up import COUNT, TIME, params, put
from ci.history.database import Store
from ci.history.reading import CellKey
from ci.history.schema import canonical
from ci.history.series import Selection

BOTH = {(TIME, "mn"): 100.0, (TIME, "go"): 300.0}


def only(store: Store) -> Track:
    (track,) = tracks(store)
    return track


def values(track: Track) -> list[float | None]:
    return [point.value for point in track.points]


def test_a_time_is_a_ratio_and_a_count_is_itself(store: Store) -> None:
    put(store, 0, {**BOTH, (COUNT, "mn"): 5000.0, (COUNT, "go"): 1.0})
    by_metric = {track.subject.key.metric: track for track in tracks(store)}
    time, count = by_metric["ns_per_task"], by_metric["instructions_per_task"]
    assert (time.subject.yardstick, values(time)) == ("go", [3.0])
    assert time.points[0].ci95 == pytest.approx((2.97, 3.03))
    assert (count.subject.yardstick, values(count), count.points[0].ci95) == (None, [5000.0], (5000.0, 5000.0))
    assert len(by_metric) == 2


def test_without_go_the_threads_are_the_yardstick_and_without_any_a_time_is_not_watched(store: Store) -> None:
    other = replace(TIME, workload="other")
    put(store, 0, {(TIME, "mn"): 100.0, (TIME, "os_threads"): 200.0, (other, "mn"): 1.0})
    assert (only(store).subject.yardstick, values(only(store))) == ("os_threads", [2.0])


def test_parts_and_what_the_machine_moves_are_not_watched(store: Store) -> None:
    part = replace(COUNT, metric="bytes_per_task.heap", unit="B")
    put(store, 0, {(part, "mn"): 1.0, (replace(COUNT, metric="x", unit="faults"), "mn"): 1.0, (COUNT, "mn"): 1.0})
    assert only(store).subject.key == COUNT


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ({(TIME, "mn"): "crash", (TIME, "go"): 1.0}, "mn: crash in 5 of 5 trials: made up"),
        ({(TIME, "mn"): "limit", (TIME, "go"): 1.0}, "mn: limit in 5 of 5 trials: made up"),
        ({(TIME, "mn"): 1.0, (TIME, "go"): "timeout"}, "go: timeout in 5 of 5 trials: made up"),
        ({(TIME, "mn"): 1.0}, "go: the run has no such cell"),
        ({(COUNT, "mn"): 1.0}, "mn: the run has no such cell"),
    ],
)
def test_what_a_run_had_before_is_missed(store: Store, lost: dict, reason: str) -> None:
    put(store, 0, BOTH)
    put(store, 1, lost)
    track = next(track for track in tracks(store) if track.subject.key == TIME)
    assert values(track) == [3.0, None]
    assert track.points[1].reason == reason
    assert not track.dropped


def test_a_failure_is_missed_from_the_first_run_on_but_a_limit_is_a_result(store: Store) -> None:
    spawn = replace(TIME, workload="spawn_join", params=params(n=1000, cores=1))
    parked = replace(spawn, params=params(n=10000, cores=1))
    put(store, 0, {(spawn, "mn"): "crash", (spawn, "go"): 1.0, (parked, "mn"): "limit", (parked, "go"): 1.0})
    assert (only(store).subject.key, values(only(store))) == (spawn, [None])


def test_a_cell_that_comes_later_was_not_missed_before(store: Store) -> None:
    put(store, 0, {(COUNT, "mn"): 1.0})
    put(store, 1, {(COUNT, "mn"): 1.0, **BOTH})
    assert sorted(len(track.points) for track in tracks(store)) == [1, 2]


def test_what_the_profile_has_dropped_is_not_missed(store: Store) -> None:
    known = replace(TIME, workload="skynet", params=params(leaves=1000, cores=1))
    dropped = replace(TIME, workload="skynet", params=params(leaves=7, cores=1))
    for key in (known, dropped):
        put(store, int(key is dropped), {(key, "mn"): 100.0, (key, "go"): 100.0}, profile="quick")
    put(store, 2, {(COUNT, "mn"): 1.0}, profile="quick")
    by_params = {track.subject.key.params: track for track in tracks(store)}
    assert (values(by_params[known.params]), by_params[known.params].dropped) == ([1.0, None, None], False)
    assert (values(by_params[dropped.params]), by_params[dropped.params].dropped) == ([1.0], True)


def test_profiles_and_machines_do_not_mix(store: Store) -> None:
    put(store, 0, BOTH)
    put(store, 1, BOTH, profile="full")
    put(store, 2, BOTH, kernel="Linux 2")
    put(store, 3, BOTH)
    found = [([point.run.name for point in track.points], track.profile) for track in tracks(store)]
    assert found == [(["run0", "run3"], "made_up"), (["run1"], "full"), (["run2"], "made_up")]


def test_commits_order_the_points_and_one_may_have_several(store: Store) -> None:
    for at, commit in enumerate(("ccc", "aaa", "bbb", "aaa", "zzz")):
        put(store, at, BOTH, commit=commit)
    (track,) = tracks(store, Selection(commits=["aaa", "bbb", "ccc"]))
    assert [point.run.name for point in track.points] == ["run1", "run3", "run2", "run0"]


def test_of_a_server_is_watched_what_it_does_and_not_how_far_to_trust_it() -> None:
    metrics = catalogue()["echo_server"]["metrics"]
    keys = [
        CellKey.of("echo_server", {}, "mn", name, metric["unit"], metric["better"]) for name, metric in metrics.items()
    ]
    unwatched = {key.metric for key in keys if not is_watched(key)}
    assert unwatched == {"server_cpu_percent", "client_cpu_percent", "client_lag_p99_us"}


def test_what_follows_the_clock_is_a_ratio_here_as_between_two_runs() -> None:
    assert set(two_runs.TIMES) <= TIMES


def test_the_plan_is_that_of_the_profiles() -> None:
    plan = planned("smoke")
    assert plan is not None
    assert ("skynet", canonical({"leaves": 1000, "cores": 2})) in plan
    assert ("spawned", canonical({"n": 1000, "cores": 2})) not in plan
    assert ("laptop", canonical({"n": 1000, "memory_mb": 1024, "cores": 1})) in plan
    assert all("blocks" not in json.loads(params) for _, params in plan)
    assert planned("nothing") is None
    names = json.loads((ROOT / "benchmarks" / "workloads" / "catalog.json").read_text(encoding="utf-8"))["workloads"]
    assert {workload for workload, _ in plan} <= names.keys()
