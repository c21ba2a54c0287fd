"""Two runs side by side: what is planted is found in its model, what a machine does to all models is not, and what
cannot be compared is said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.contracts import describe, faults
from analysis.summary import summarise
from analysis.tests.synthetic import write_run
from analysis.two_runs import NotComparable, compare_runs

Summary = dict[str, Any]
WORKLOADS = ("ping_pong", "worker_pool", "select_fan_in")
SLOWER = {"mn": 1.2, "mn.again": 1.2}  # its twin is the same program


def summary_of(
    folder: Path, run: str, *, edit: Callable[[dict[str, Any]], object] | None = None, **options: Any
) -> Summary:
    """Of a synthetic run that has the name; `edit` may alter its environment."""
    change = options.pop("change", None)

    def named(trial: dict[str, Any]) -> None:
        trial["run"] = run
        if change is not None:
            change(trial)

    write_run(folder / run, change=named, **{"workloads": WORKLOADS, **options})
    path = folder / run / "environment.json"
    environment = json.loads(path.read_text(encoding="utf-8")) | {"run": run}
    if edit is not None:
        edit(environment)
    path.write_text(json.dumps(environment), encoding="utf-8")
    return summarise(folder / run)


def of_times(share: float) -> Callable[[dict[str, Any]], None]:
    """Makes every time of every model that many times as long, as another machine or day does."""

    def change(trial: dict[str, Any]) -> None:
        for metric in trial["metrics"].values():
            if metric["unit"] in ("ns", "ms"):
                metric["value"] *= share

    return change


def verdicts(compared: dict[str, Any], model: str, unit: str = "ns") -> list[str]:
    return [e["verdict"] for e in compared["comparisons"] if (e["model"], e["unit"]) == (model, unit)]


def called(found: list[str]) -> int:
    return sum(verdict in ("better", "worse") for verdict in found)


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return summary_of(tmp_path_factory.mktemp("runs"), "twenty", blocks=20, seed=1)


def test_twenty_percent_of_one_model_are_found_there_and_nowhere_else(twenty: Summary, tmp_path: Path) -> None:
    slower = summary_of(tmp_path, "slower", blocks=20, seed=2, effects=SLOWER)
    compared = compare_runs(twenty, slower)
    assert [describe(fault) for fault in faults("compare", json.loads(json.dumps(compared)))] == []
    assert set(verdicts(compared, "mn")) == {"worse"}
    for model in ("os_threads", "boost_fiber", "tbb"):
        assert called(verdicts(compared, model)) == 0
    for entry in compared["comparisons"]:
        if (entry["model"], entry["unit"]) == ("mn", "ns"):
            assert entry["yardstick"] == "go"
            assert entry["times_better"] == pytest.approx(1 / 1.2, rel=0.06)
            assert entry["ci95"][0] <= entry["times_better"] <= entry["ci95"][1]
            assert entry["ratios"][1] / entry["ratios"][0] == pytest.approx(1 / 1.2, rel=0.1)
    backwards = compare_runs(slower, twenty)
    assert set(verdicts(backwards, "mn")) == {"better"}


def test_a_machine_that_is_twice_as_slow_changes_nothing(twenty: Summary, tmp_path: Path) -> None:
    compared = compare_runs(twenty, summary_of(tmp_path, "elsewhere", blocks=20, seed=3, change=of_times(2.0)))
    assert sum(called(verdicts(compared, model)) for model in ("mn", "os_threads", "boost_fiber", "tbb")) == 0
    times = [entry for entry in compared["yardsticks"] if entry["metric"] == "ns_per_round_trip"]
    assert times
    for entry in times:
        assert entry["model"] == "go"
        assert entry["medians"][1] / entry["medians"][0] == pytest.approx(2.0, rel=0.3)
    assert not any(entry["model"] == "go" and entry["unit"] == "ns" for entry in compared["comparisons"])


def test_runs_of_different_lengths_are_compared(twenty: Summary, tmp_path: Path) -> None:
    compared = compare_runs(summary_of(tmp_path, "short", blocks=12, seed=4, effects=SLOWER), twenty)
    assert set(verdicts(compared, "mn")) == {"better"}
    assert {tuple(e["n"]) for e in compared["comparisons"] if e["model"] == "mn"} == {(12, 20)}


def test_counts_and_bytes_are_compared_as_they_are(tmp_path: Path) -> None:
    def larger(trial: dict[str, Any]) -> None:
        if trial["model"] == "go" and trial["workload"] == "parked":
            for name, metric in trial["metrics"].items():
                metric["value"] *= 1.3 if name.startswith("bytes_per_task") else 1.0

    one, other = (
        summary_of(tmp_path, name, blocks=5, seed=seed, workloads=("parked",), models=("mn", "go"), change=change)
        for name, seed, change in (("one", 1, None), ("other", 2, larger))
    )
    compared = compare_runs(one, other)
    whole = [e for e in compared["comparisons"] if (e["model"], e["metric"]) == ("go", "bytes_per_task")]
    assert whole
    for entry in whole:
        assert entry["yardstick"] is None
        assert entry["ratios"] == [None, None]
        assert entry["verdict"] == "worse"
        assert entry["times_better"] == pytest.approx(1 / 1.3, rel=0.02)
    assert {e["verdict"] for e in compared["comparisons"] if (e["model"], e["metric"]) == ("mn", "os_threads")} == {
        "same"
    }


def test_three_against_three_blocks_cannot_tell(tmp_path: Path) -> None:
    one, other = (
        summary_of(
            tmp_path, f"r{seed}", blocks=3, seed=seed, effects=dict.fromkeys(SLOWER, effect), workloads=("ping_pong",)
        )
        for seed, effect in ((1, 1.0), (2, 10.0))
    )
    compared = compare_runs(one, other)
    assert compared["smallest_p"] == pytest.approx(0.1)
    assert {entry["verdict"] for entry in compared["comparisons"]} == {"cannot_tell"}
    assert all("3 against 3 blocks" in entry["reason"] for entry in compared["comparisons"])


def test_the_floor_is_beyond_that_of_either_run(twenty: Summary, tmp_path: Path) -> None:
    noisy = summary_of(tmp_path, "noisy", blocks=20, seed=6, noise=0.2)
    floors = [side["aa"]["floors"]["ns"]["factor"] for side in (twenty, noisy)]
    found = {entry["noise_floor"] for entry in compare_runs(twenty, noisy)["comparisons"] if entry["unit"] == "ns"}
    assert len(found) == 1
    assert found.pop() > max(floors)


def test_another_yardstick_where_go_did_not_run(tmp_path: Path) -> None:
    without = summary_of(tmp_path, "without", blocks=4, models=("mn", "os_threads"), workloads=("ping_pong",))
    whole = summary_of(tmp_path, "whole", blocks=4, seed=2, workloads=("ping_pong",))
    compared = compare_runs(without, whole)
    assert {entry["yardstick"] for entry in compared["comparisons"]} == {"os_threads"}
    assert {entry["model"] for entry in compared["yardsticks"]} == {"os_threads"}
    assert {(entry["in"], entry["model"]) for entry in compared["only"]} == {
        ("B", "go"), ("B", "tbb"), ("B", "boost_fiber")
    }  # fmt: skip


def test_a_failure_in_one_run_is_told_and_not_judged(twenty: Summary, tmp_path: Path) -> None:
    def fail(trial: dict[str, Any]) -> None:
        if (trial["model"], trial["workload"], trial["params"]["cores"]) == ("tbb", "ping_pong", 1):
            trial.update(outcome="crash", reason="SIGSEGV", metrics={})

    compared = compare_runs(twenty, summary_of(tmp_path, "broken", blocks=20, change=fail))
    (ended,) = [entry for entry in compared["outcomes"] if entry["workload"] == "ping_pong"]
    assert (ended["model"], ended["outcomes"], ended["reasons"]) == ("tbb", ["ok", "crash"], [None, "SIGSEGV"])
    (entry,) = [
        e for e in compared["comparisons"]
        if (e["model"], e["workload"], e["params"]["cores"]) == ("tbb", "ping_pong", 1)
    ]  # fmt: skip
    assert (entry["verdict"], entry["times_better"]) == ("cannot_tell", None)
    assert entry["reason"] == "B: tbb: crash in 20 of 20 trials"


def test_what_has_no_ratio_is_not_judged(tmp_path: Path) -> None:
    def nothing(trial: dict[str, Any]) -> None:
        trial["metrics"].get("os_threads", {})["value"] = 0

    one, other = (
        summary_of(
            tmp_path, f"z{seed}", blocks=5, seed=seed, change=nothing, workloads=("parked",), models=("mn", "go")
        )
        for seed in (1, 2)
    )
    entry = next(e for e in compare_runs(one, other)["comparisons"] if e["metric"] == "os_threads")
    assert entry["reason"] == "A: 5 blocks with a value of zero or below, which has no ratio"


def test_what_cannot_be_compared_is_said_in_one_line(tmp_path: Path) -> None:
    ping = summary_of(tmp_path, "ping", blocks=2, workloads=("ping_pong",))
    pool = summary_of(tmp_path, "pool", blocks=2, workloads=("worker_pool",))
    alone = summary_of(tmp_path, "alone", blocks=2, workloads=("ping_pong",), models=("mn", "tbb"))
    for pair, words in (((ping, ping), "ping is one run"), ((ping, pool), "no cell in common"),
                        ((alone, ping), "no yardstick: neither go nor os_threads")):  # fmt: skip
        with pytest.raises(NotComparable, match=words) as raised:
            compare_runs(*pair)
        assert "\n" not in str(raised.value)


def test_every_fact_that_differs_is_named_with_what_it_means(tmp_path: Path) -> None:
    def edit(environment: dict[str, Any]) -> None:
        environment["machine"]["cpu"] = "Another CPU"
        environment["limits"]["stack"] = "unlimited"
        environment.update(commit="abc", dirty=True)
        environment["models"]["go"]["version"] = "9.9"
        environment["models"]["tbb"]["version"] = "9.9"
        environment["models"]["tbb"]["capabilities"]["select"]["by"] = "luck"
        environment["warnings"] = ["load: high"]

    one = summary_of(tmp_path, "one", blocks=1, workloads=("ping_pong",))
    compared = compare_runs(one, summary_of(tmp_path, "other", blocks=1, workloads=("ping_pong",), edit=edit))
    differing = {fact["fact"]: (fact["a"], fact["b"]) for fact in compared["environment"] if fact["differs"]}
    assert differing.pop("warnings: this is made-up test data <not measured> & may not be quoted")[1] is None
    assert differing == {
        "machine: cpu": ("Made-up CPU", "Another CPU"), "limits: stack": ("8388608", "unlimited"),
        "commit": ("null", "abc"), "dirty": ("null", "true"), "models: go: version": ("0.0", "9.9"),
        "models: tbb: version": ("0.0", "9.9"),
        "models: tbb: capabilities: select": ("composed: the library's own blocking", "composed: luck"),
        "warnings: load": (None, "high"),
    }  # fmt: skip
    starts = [" ".join(warning.split()[:3]) for warning in compared["warnings"]]
    assert starts == ["The machines differ.", "The system beneath", "Of which commit", "B was built", "tbb is of",
                      "The yardstick go"]  # fmt: skip
    agreeing = {fact["fact"] for fact in compared["environment"]} - differing.keys()
    assert {"kernel", "compiler", "blocks run", "models: mn: capabilities: select"} <= agreeing
    same = compare_runs(one, summary_of(tmp_path, "again", blocks=1, workloads=("ping_pong",)))
    assert same["warnings"] == ["Of which commit the code is, is not known of both runs."]
