"""Servers: a rate that is a lower bound says so and proves no more than it can; what a server shows under load has
noise of its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.contracts import catalogue, describe, faults
from analysis.ratios import ASSUMED_FLOOR, UNDER_LOAD
from analysis.summary import summarise
from analysis.tests.synthetic import summary_of, write_run
from analysis.two_runs import compare_runs

Entry = dict[str, Any]
FEW = {"connections": 100, "route": 0}


def idle_server(*models: str, share: float = 70.0, **params: int) -> Any:
    """Of these models it is the client that is the limit."""

    def change(trial: Entry) -> None:
        here = all(trial["params"].get(name) == value for name, value in params.items())
        if trial["workload"] == "echo_server" and trial["model"] in models and here:
            trial["metrics"]["server_cpu_percent"]["value"] = share

    return change


def served(folder: Path, *, blocks: int = 5, noise: float = 0.01, **options: Any) -> dict[str, Any]:
    return summary_of(folder, blocks=blocks, noise=noise, workloads=("echo_server",), **options)


def cell(summary: Entry, model: str, metric: str = "requests_per_s", **params: int) -> Entry:
    (found,) = [
        c for c in summary["cells"]
        if (c["model"], c["metric"]) == (model, metric) and params.items() <= c["params"].items()
    ]  # fmt: skip
    return found


def ratio(summary: Entry, model: str, baseline: str, metric: str = "requests_per_s", **params: int) -> Entry:
    (found,) = [
        r for r in summary["ratios"]
        if (r["model"], r["baseline"], r["metric"]) == (model, baseline, metric)
        and params.items() <= r["params"].items()
    ]  # fmt: skip
    return found


def test_a_rate_is_a_lower_bound_where_the_server_was_not_busy(tmp_path: Path) -> None:
    summary = served(tmp_path, change=idle_server("go", **FEW))
    assert cell(summary, "go", **FEW)["at_least"] is True
    bounds = {(c["model"], c["metric"], c["params"]["connections"]) for c in summary["cells"] if "at_least" in c}
    assert bounds == {("go", "requests_per_s", 100), ("mn.stackless", "requests_per_s", 100)}
    assert [describe(fault) for fault in faults("summary", json.loads(json.dumps(summary)))] == []
    cell(summary, "go", **FEW)["at_least"] = False
    assert list(faults("summary", json.loads(json.dumps(summary))))


@pytest.mark.parametrize(("share", "bound"), [(89.9, True), (90.0, False), (99.0, False)])
def test_busy_begins_at_nine_tenths(share: float, bound: bool, tmp_path: Path) -> None:
    summary = served(tmp_path, blocks=1, change=idle_server("go", share=share, **FEW), models=("go",))
    assert ("at_least" in cell(summary, "go", **FEW)) == bound
    assert summary["method"]["busy_percent"] == 90.0


def test_a_lower_bound_proves_that_its_side_is_better_and_nothing_else(tmp_path: Path) -> None:
    """mn serves 1.6 times what OS threads do, over 100 connections."""
    whole = served(tmp_path / "whole")
    assert ratio(whole, "mn", "os_threads", **FEW)["verdict"] == "better"
    better = served(tmp_path / "better", change=idle_server("mn", "mn.again", **FEW))
    assert ratio(better, "mn", "os_threads", **FEW)["verdict"] == "better"
    worse = ratio(served(tmp_path / "worse", change=idle_server("os_threads", **FEW)), "mn", "os_threads", **FEW)
    assert worse["verdict"] == "cannot_tell"
    assert "os_threads" in worse["reason"]
    assert "lower bound" in worse["reason"]
    assert worse["ratio"] == pytest.approx(ratio(whole, "mn", "os_threads", **FEW)["ratio"])


def test_what_is_not_a_rate_is_judged_all_the_same(tmp_path: Path) -> None:
    summary = served(tmp_path, change=idle_server("os_threads", **FEW))
    assert ratio(summary, "mn", "os_threads", "cpu_us_per_request", **FEW)["verdict"] == "better"


def test_a_lower_bound_is_the_same_as_nothing(tmp_path: Path) -> None:
    def alike(share: float) -> Any:
        """As if the client held mn at the rate that Go can serve: a hair above it, and who knows how far."""

        def change(trial: Entry) -> None:
            is_go = trial["model"] == "go"
            trial["metrics"]["requests_per_s"]["value"] = 50_000.0 + trial["order"] % 3 + (0 if is_go else 10)
            trial["metrics"]["server_cpu_percent"]["value"] = 99.0 if is_go else share

        return change

    for share, verdict in ((99.0, "same"), (60.0, "cannot_tell")):
        summary = served(tmp_path / verdict, blocks=20, change=alike(share), models=("mn", "go"))
        assert ratio(summary, "mn", "go", **FEW)["verdict"] == verdict


def test_more_requests_a_second_are_better_and_more_microseconds_are_worse(tmp_path: Path) -> None:
    summary = served(tmp_path)
    for metric in ("requests_per_s", "cpu_us_per_request", "at75_p99_us"):
        found = ratio(summary, "go", "os_threads", metric, connections=1000, route=0)
        assert found["ratio"] > 1.5, metric
        assert found["verdict"] == "better", metric


def test_what_is_loaded_has_noise_of_its_own_and_lends_none(tmp_path: Path) -> None:
    """With fewer than four pairs of its own the floor of times is not borrowed."""

    def fewer(trial: Entry) -> None:
        if trial["workload"] == "echo_server" and trial["model"] == "mn.again" and trial["params"]["route"]:
            trial.update(outcome="crash", reason="SIGSEGV", metrics={})

    workloads = ("echo_server", "ping_pong", "worker_pool", "select_fan_in", "skynet")
    for name, change, source in (("five", None, "measured"), ("three", fewer, "assumed")):
        summary = summary_of(tmp_path / name, blocks=3, workloads=workloads, change=change)
        floors = summary["aa"]["floors"]
        assert floors["requests_per_s"]["source"] == floors["at75_p99_us"]["source"] == source
        times = [c for c in summary["aa"]["comparisons"] if c["unit"] == "ns"]
        assert summary["aa"]["pairs"] == len(times), "what a server shows is not in the run's own floor"
    assert floors["requests_per_s"]["factor"] == ASSUMED_FLOOR


def test_the_units_of_a_loaded_server_are_those_of_the_catalogue() -> None:
    assert {metric["unit"] for metric in catalogue()["echo_server"]["metrics"].values()} == UNDER_LOAD
    others = [entry["metrics"] for name, entry in catalogue().items() if name != "echo_server"]
    assert not {metric["unit"] for metrics in others for metric in metrics.values()} & UNDER_LOAD


def half_as_fast(folder: Path, change: Any = None) -> dict[str, Any]:
    """What a run shows beside one on a machine that is half as fast."""

    def other(trial: Entry) -> None:
        trial["run"] = "other"
        for metric in trial["metrics"].values():
            metric["value"] *= {"µs": 2.0, "1/s": 0.5}.get(metric["unit"], 1.0)
        if change is not None:
            change(trial)

    write_run(folder / "b", blocks=8, noise=0.01, seed=2, workloads=("echo_server",), change=other)
    path = folder / "b" / "environment.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"run": "synthetic"', '"run": "other"'), encoding="utf-8")
    return compare_runs(served(folder / "a", blocks=8), summarise(folder / "b"))


def test_rates_and_latencies_of_two_runs_are_compared_by_a_yardstick(tmp_path: Path) -> None:
    compared = half_as_fast(tmp_path)
    found = [e for e in compared["comparisons"] if e["metric"] in ("requests_per_s", "at75_p99_us")]
    assert {entry["yardstick"] for entry in found} == {"go"}
    assert not [entry for entry in found if entry["verdict"] in ("better", "worse")]
    absolute = [e for e in compared["yardsticks"] if e["metric"] == "requests_per_s"]
    assert len(absolute) == 5
    assert all(entry["medians"][1] < 0.7 * entry["medians"][0] for entry in absolute)


def test_a_lower_bound_in_either_of_two_runs_is_not_judged(tmp_path: Path) -> None:
    compared = half_as_fast(tmp_path, idle_server("tbb", **FEW))
    (entry,) = [
        e for e in compared["comparisons"]
        if (e["model"], e["metric"]) == ("tbb", "requests_per_s") and FEW.items() <= e["params"].items()
    ]  # fmt: skip
    assert entry["verdict"] == "cannot_tell"
    assert entry["reason"].startswith("B: tbb: it was not the server")
