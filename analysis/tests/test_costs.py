"""What an operation costs: shared out of what the process took, and never guessed."""

from pathlib import Path
from typing import Any

import pytest

from analysis.contracts import catalogue, faults
from analysis.costs import operation_of
from analysis.summary import summarise
from analysis.tests.synthetic import CORES_BUSY, empty_summary, kept_summary, summary_of, write_run

Entry = dict[str, Any]
OPTIONS: dict[str, Any] = {"blocks": 3, "workloads": ("ping_pong",), "models": ("mn", "go"), "raw": True}


def one(summary: Entry, metric: str, model: str, cores: int = 1) -> Entry:
    place = metric, model, cores
    (found,) = [c for c in summary["costs"] if (c["metric"], c["model"], c["params"]["cores"]) == place]
    return found


def test_only_workloads_that_repeat_one_operation_have_costs() -> None:
    operations = {workload: operation for workload in catalogue() if (operation := operation_of(workload))}
    assert operations == {
        "spawn_join": "task", "ping_pong": "round_trip", "worker_pool": "job", "select_fan_in": "message",
        "skynet": "task", "shared_by_mutex": "update", "shared_by_channel": "update",
    }  # fmt: skip
    assert operation_of("nowhere") is None
    summary = kept_summary()
    assert {cost["workload"] for cost in summary["costs"]} == set(operations)
    assert not [cost for cost in summary["costs"] if cost["model"].endswith(".again")]
    assert list(faults("summary", summary)) == []


def test_processor_time_is_that_of_the_counted_loop(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, **OPTIONS)
    for model in ("mn", "go"):
        time = next(c for c in summary["cells"] if (c["model"], c["params"]["cores"]) == (model, 1))
        cost = one(summary, "cpu_ns_per_round_trip", model)
        assert cost["values"] == pytest.approx([value * CORES_BUSY for value in time["values"]])
        assert cost["trials"] == time["trials"]
        assert cost["unit"] == "ns"
        assert cost["ci95"] is not None


def test_switches_and_faults_are_shared_out_by_processor_time(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, **OPTIONS)
    each = one(summary, "cpu_ns_per_round_trip", "go")["median"]
    counts = {"voluntary_switches": 10, "involuntary_switches": 2, "minor_faults": 300, "major_faults": 0}
    for cost, count in counts.items():
        assert one(summary, f"{cost}_per_round_trip", "go")["median"] == pytest.approx(count * each / 0.3e9)


@pytest.mark.parametrize("damage", ["", "[]", '{"benchmarks": []}', '{"benchmarks": [{"real_time": 1}]}',
                                    '{"benchmarks": [{"real_time": 0, "cpu_time": 1}]}',
                                    '{"benchmarks": [{"real_time": "x", "cpu_time": 1}]}'])  # fmt: skip
def test_a_result_that_cannot_be_read_gives_no_value(damage: str, tmp_path: Path) -> None:
    write_run(tmp_path, **OPTIONS)
    first, *_ = sorted((tmp_path / "raw").iterdir())
    first.write_text(damage, encoding="utf-8")
    summary = summarise(tmp_path)
    lost = [c for c in summary["costs"] if c["metric"] == "cpu_ns_per_round_trip" and int(first.stem) in c["trials"]]
    assert [(cost["n"], len(cost["trials"]), cost["values"].count(None)) for cost in lost] == [(2, 3, 1)]


def test_without_results_every_cost_says_that_it_has_no_value(tmp_path: Path) -> None:
    def lose(trial: Entry) -> None:
        if trial["block"] > 1:
            trial["raw"] = None
        else:
            trial["rusage"] = None

    summary = summary_of(tmp_path, **OPTIONS, change=lose)
    found = {(cost["metric"], cost["n"]) for cost in summary["costs"]}
    assert ("cpu_ns_per_round_trip", 1) in found
    assert ("voluntary_switches_per_round_trip", 0) in found
    assert list(faults("summary", summary)) == []


def test_a_failure_keeps_its_place_and_its_reason(tmp_path: Path) -> None:
    def crash(trial: Entry) -> None:
        if trial["model"] == "go":
            trial.update(outcome="crash", reason="SIGSEGV", metrics={})

    cost = one(summary_of(tmp_path, **OPTIONS, change=crash), "cpu_ns_per_round_trip", "go")
    assert (cost["outcome"], cost["reason"], cost["median"]) == ("crash", "SIGSEGV", None)


def test_a_run_without_trials_has_no_costs() -> None:
    assert empty_summary()["costs"] == []
