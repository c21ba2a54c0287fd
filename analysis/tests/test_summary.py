"""The way from trials to summary: traceable, repeatable, and true of runs with holes in them."""

import json
import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.contracts import describe, faults
from analysis.ratios import pairs_of
from analysis.summary import summarise
from analysis.tests.synthetic import BYTES, NOT_RUN, PARTS, empty_summary, kept_summary, summary_of, write_run

Entry = dict[str, Any]
PLANTED = {"boost_fiber": 1.3, "tbb": 0.5}


def one(entries: list[Entry], **wanted: Any) -> Entry:
    found = [e for e in entries if all(e.get(k, e.get("params", {}).get(k)) == v for k, v in wanted.items())]
    assert len(found) == 1, (wanted, len(found))
    return found[0]


def check_schema(summary: dict[str, Any]) -> None:
    assert [describe(fault) for fault in faults("summary", json.loads(json.dumps(summary, allow_nan=False)))] == []


def test_every_number_can_be_traced_to_its_trials(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=3, workloads=("ping_pong", "parked"), models=("mn", "go", "os_threads"))
    lines = map(json.loads, (tmp_path / "trials.jsonl").read_text(encoding="utf-8").splitlines())
    by_order = {trial["order"]: trial for trial in lines}
    for cell in summary["cells"]:
        trials = [by_order[order] for order in cell["trials"]]
        assert {(t["model"], t["workload"]) for t in trials} == {(cell["model"], cell["workload"])}
        assert all(t["params"] == cell["params"] for t in trials)
        values = [t["metrics"][cell["metric"]]["value"] for t in trials]
        assert cell["values"] == values
        assert cell["median"] == pytest.approx(float(np.median(values)))
    for ratio in summary["ratios"]:
        logs = []
        for mine, theirs in ratio["pairs"]:
            assert by_order[mine]["block"] == by_order[theirs]["block"]
            assert (by_order[mine]["model"], by_order[theirs]["model"]) == (ratio["model"], ratio["baseline"])
            value, other = (by_order[order]["metrics"][ratio["metric"]]["value"] for order in (mine, theirs))
            logs.append(math.log(other / value))
        if ratio["ratio"] is not None:
            assert ratio["ratio"] == pytest.approx(math.exp(float(np.median(logs))))


def test_the_same_trials_give_the_same_summary_whatever_their_order(tmp_path: Path) -> None:
    first = summary_of(tmp_path, blocks=3, workloads=("ping_pong",))
    lines = (tmp_path / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "trials.jsonl").write_text("".join(line + "\n" for line in reversed(lines)), encoding="utf-8")
    assert summarise(tmp_path) == first


def test_a_ratio_above_one_is_better_and_a_planted_slowdown_is_found(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=6, noise=0.02, workloads=("ping_pong",), effects=PLANTED)
    plain = {"boost_fiber": 310.0 / 400.0, "tbb": 310.0 / 420.0}
    slower = one(summary["ratios"], model="boost_fiber", baseline="go", cores=1)
    faster = one(summary["ratios"], model="tbb", baseline="go", cores=1)
    assert slower["ratio"] == pytest.approx(plain["boost_fiber"] / PLANTED["boost_fiber"], rel=0.05)
    assert slower["verdict"] == "worse"
    assert faster["ratio"] == pytest.approx(plain["tbb"] / PLANTED["tbb"], rel=0.05)
    assert faster["verdict"] == "better"


def test_higher_is_better_turns_the_ratio_round(tmp_path: Path) -> None:
    def as_throughput(trial: Entry) -> None:
        trial["workload"] = "echo"
        value = trial["metrics"].pop("ns_per_round_trip")["value"]
        trial["metrics"]["requests_per_s"] = {"value": 1e9 / value, "unit": "1/s", "better": "higher"}

    summary = summary_of(tmp_path, blocks=3, workloads=("ping_pong",), change=as_throughput)
    assert one(summary["ratios"], model="mn", baseline="os_threads", cores=1)["ratio"] > 100
    assert summary["workloads"] == [{"name": "echo", "sentence": None}]
    check_schema(summary)


def test_the_twin_is_in_the_aa_section_and_nowhere_else() -> None:
    summary = kept_summary()
    for section in ("cells", "ratios", "slopes"):
        assert not [entry for entry in summary[section] if entry["model"].endswith(".again")]
    aa = summary["aa"]
    assert {(c["model"], c["baseline"]) for c in aa["comparisons"]} == {("mn.again", "mn")}
    # Every whole metric but the number of kernel threads, which is the same in every trial, and what servers show.
    whole = {c["metric"] for c in aa["comparisons"] if "." not in c["metric"]}
    assert {"os_threads", "requests_per_s", "bytes_per_connection"} <= whole
    told = [c for c in aa["comparisons"] if "." not in c["metric"] and c["metric"] != "os_threads"]
    told = [c for c in told if c["workload"] != "echo_server"]
    assert aa["pairs"] == len(told)
    assert aa["false_alarms"] <= 0.2 * aa["pairs"]
    assert 1.0 < aa["noise_floor"] < 1.2
    assert aa["floors"]["bytes_per_task"]["factor"] < aa["floors"]["ns"]["factor"]


def test_a_slowed_model_is_no_model_of_its_own(tmp_path: Path) -> None:
    models = {"mn", "mn.again", "mn.slow2", "mn.slow5", "mn.slow10", "mn.slow20"}
    folder = write_run(tmp_path, profile="trust", blocks=3, models=("mn",), workloads=("ping_pong",))
    lines = (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["model"] for line in lines} == models
    summary = summarise(folder)
    assert {cell["model"] for cell in summary["cells"]} == {"mn"}
    assert summary["ratios"] == []
    assert {entry["model"] for entry in summary["across_cores"]} == {"mn"}
    assert {pair["model"] for pair in summary["aa"]["comparisons"]} == {"mn.again"}


def test_the_memory_of_a_slowed_model_has_no_slope(tmp_path: Path) -> None:
    def slowed(trial: Entry) -> None:
        if trial["model"] == "go":
            trial["model"] = "mn.slow5"

    summary = summary_of(tmp_path, blocks=2, workloads=("parked",), models=("mn", "go"), change=slowed)
    assert {slope["model"] for slope in summary["slopes"]} == {"mn"}


def test_each_model_is_compared_with_both_baselines_and_mn_with_every_other() -> None:
    ratios = [ratio for ratio in kept_summary()["ratios"] if "." not in ratio["model"] + ratio["baseline"]]
    pairs = {(ratio["model"], ratio["baseline"]) for ratio in ratios}
    models = {"mn", "os_threads", "boost_fiber", "tbb", "go"}
    wanted = {(m, b) for m in models for b in (models if m == "mn" else ("go", "os_threads")) if m != b}
    assert pairs == wanted | {("boost_fiber", "tbb")}


def test_every_two_models_have_met_and_no_pair_is_counted_twice() -> None:
    pairs = pairs_of(["boost_fiber", "boost_fiber.guarded", "go", "mn", "os_threads", "tbb"])
    assert len(pairs) == len(set(pairs))
    assert {frozenset(pair) for pair in pairs} == {
        frozenset(pair) for pair in combinations({model for pair in pairs for model in pair}, 2)
    }


def test_times_are_compared_with_those_on_fewer_cores(tmp_path: Path) -> None:
    def slower_on_two(trial: Entry) -> None:
        if (trial["workload"], trial["model"], trial["params"]["cores"]) == ("ping_pong", "go", 2):
            trial["metrics"]["ns_per_round_trip"]["value"] *= 3

    summary = summary_of(tmp_path, blocks=6, workloads=("ping_pong", "idle"), change=slower_on_two)
    entries = summary["across_cores"]
    assert {(e["params"]["cores"], e["baseline_cores"], e["unit"]) for e in entries} == {(2, 1, "ns")}
    assert all(e["model"] == e["baseline"] for e in entries)
    faster = one(entries, model="mn", workload="ping_pong")
    assert faster["ratio"] == pytest.approx(1 / 0.7, rel=0.25)
    assert len(faster["pairs"]) == faster["n"] == 6
    assert one(entries, model="go", workload="ping_pong")["verdict"] == "worse"
    assert not [e for e in entries if e["model"].endswith(".again")]
    check_schema(summary)


def test_one_number_of_cores_is_compared_with_nothing(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=3, workloads=("spawned",))
    assert summary["across_cores"] == []


def test_memory_is_the_slope_that_was_put_in() -> None:
    summary = kept_summary()
    for model in ("go", "os_threads"):
        for part, size in zip(PARTS, BYTES[model], strict=True):
            slope = one(summary["slopes"], workload="parked", model=model, cores=1, metric=f"bytes_per_task.{part}")
            assert slope["slope"] == pytest.approx(size, abs=max(12.0, size * 0.001))
        whole = one(summary["slopes"], workload="parked", model=model, cores=1, metric="bytes_per_task")
        assert whole["ci95"][0] <= whole["slope"] <= whole["ci95"][1]
        assert whole["n_values"] == [1000, 10000]
        # Five parts cost 40,000 B once; they must be in the intercept, not in the slope. Reserved is not in the whole.
        assert whole["intercept"] == pytest.approx(4 * 40_000, rel=0.5)
    assert summary["memory_sources"]["resident"] == ["/proc/PID/smaps_rollup"]


def test_tasks_that_have_not_run_have_slopes_of_their_own() -> None:
    summary = kept_summary()
    slope = one(summary["slopes"], workload="spawned", model="go", cores=1, metric="bytes_per_task.resident")
    assert slope["slope"] == pytest.approx(BYTES["go"][0] * NOT_RUN, abs=12.0)
    none = one(summary["slopes"], workload="spawned", model="os_threads", cores=1, metric="bytes_per_task")
    assert none["slope"] is None
    assert "held_start" in none["reason"]
    assert none["totals"] == []


def test_the_totals_behind_a_slope_are_told() -> None:
    summary = kept_summary()
    slope = one(summary["slopes"], workload="parked", model="mn", cores=1, metric="bytes_per_task")
    assert [entry["n"] for entry in slope["totals"]] == slope["n_values"] == [1000, 10_000]
    where = {"workload": "parked", "model": "mn", "metric": "bytes_per_task", "params": {"n": 10_000, "cores": 1}}
    cell = one(summary["cells"], **where)
    assert slope["totals"][1]["median"] == pytest.approx(10_000 * cell["median"])


def test_a_part_that_no_task_uses_has_an_exact_slope_of_zero(tmp_path: Path) -> None:
    def no_slab(trial: Entry) -> None:
        trial["metrics"]["bytes_per_task.kernel_slab"]["value"] = 0

    summary = summary_of(tmp_path, blocks=3, workloads=("parked",), models=("mn", "go"), change=no_slab)
    slope = one(summary["slopes"], model="go", cores=1, metric="bytes_per_task.kernel_slab")
    assert (slope["slope"], slope["ci95"]) == (0.0, [0.0, 0.0])
    ratio = next(r for r in summary["ratios"] if r["metric"] == "bytes_per_task.kernel_slab")
    assert ratio["ratio"] is None
    assert ratio["verdict"] == "cannot_tell"
    assert "zero" in ratio["reason"]
    check_schema(summary)


def test_one_size_gives_no_slope_and_says_why(tmp_path: Path) -> None:
    def only_small(trial: Entry) -> None:
        if trial["params"]["n"] == 10_000:
            trial.update(outcome="limit", reason="no more than 1000", metrics={})

    summary = summary_of(tmp_path, blocks=3, workloads=("parked",), models=("go",), change=only_small)
    slope = one(summary["slopes"], model="go", cores=1, metric="bytes_per_task")
    assert slope["slope"] is None
    assert "no more than 1000" in slope["reason"]
    check_schema(summary)


def test_a_cell_whose_trials_disagree_has_the_worst_outcome_and_no_verdict(tmp_path: Path) -> None:
    def stumble(trial: Entry) -> None:
        if trial["model"] == "tbb" and trial["params"]["cores"] == 1 and trial["block"] in (2, 3):
            outcome, reason = ("wrong_answer", "7 is not 8") if trial["block"] == 3 else ("timeout", "hung")
            trial.update(outcome=outcome, reason=reason, metrics={})

    summary = summary_of(tmp_path, blocks=6, workloads=("ping_pong",), change=stumble)
    cell = one(summary["cells"], model="tbb", cores=1)
    assert cell["outcome"] == "wrong_answer"
    assert cell["outcomes"] == {"wrong_answer": 1, "timeout": 1, "ok": 4}
    assert cell["reason"] == "7 is not 8"
    assert (cell["n"], len(cell["trials"]), cell["values"].count(None)) == (4, 6, 2)
    ratio = one(summary["ratios"], model="tbb", baseline="os_threads", cores=1)
    assert ratio["n"] == 4
    assert ratio["verdict"] == "cannot_tell"
    assert "wrong_answer in 2 of 6" in ratio["reason"]
    assert one(summary["ratios"], model="tbb", baseline="os_threads", cores=2)["verdict"] == "better"


def fail_all(trial: Entry) -> None:
    trial.update(outcome="crash", reason="SIGSEGV", metrics={}, expressed=None, effective=None, model_version=None)


def fail_twin(trial: Entry) -> None:
    if trial["model"] == "mn.again":
        fail_all(trial)


@pytest.mark.parametrize(
    ("options", "cells", "verdicts"),
    [
        ({"blocks": 1}, 10, {"cannot_tell"}),
        ({"models": ("go",)}, 2, set()),
        ({"models": ("mn",)}, 2, set()),
        ({"change": fail_all}, 10, {"cannot_tell"}),
        ({"change": fail_twin}, 10, {"better", "worse", "cannot_tell"}),
    ],
)
def test_a_run_with_holes_still_has_a_summary(
    tmp_path: Path, options: dict[str, Any], cells: int, verdicts: set[str]
) -> None:
    summary = summary_of(tmp_path, **{"blocks": 3, "workloads": ("ping_pong",), **options})
    check_schema(summary)
    assert len(summary["cells"]) == cells
    assert {ratio["verdict"] for ratio in summary["ratios"]} == verdicts


def test_a_run_without_trials_has_a_summary_too() -> None:
    summary = empty_summary()
    check_schema(summary)
    assert summary["cells"] == summary["ratios"] == summary["slopes"] == []
    assert summary["aa"]["noise_floor"] is None


def test_an_unknown_workload_that_only_fails_is_still_told(tmp_path: Path) -> None:
    def strange(trial: Entry) -> None:
        trial["workload"] = "strange"
        fail_all(trial)

    summary = summary_of(tmp_path, blocks=1, workloads=("ping_pong",), models=("go",), change=strange)
    assert {(cell["workload"], cell["outcome"]) for cell in summary["cells"]} == {("strange", "crash")}
    check_schema(summary)


def test_the_command_writes_the_summary_and_names_what_it_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path, blocks=1, workloads=("ping_pong",))
    with (tmp_path / "trials.jsonl").open("a", encoding="utf-8") as trials:
        trials.write("rubbish\n")
    assert main([str(tmp_path)]) == 0
    written = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    check_schema(written)
    assert written["input"]["rejected"][0]["line"] == written["input"]["lines"] == 13
    assert "line 13 left out" in capsys.readouterr().err


@pytest.mark.parametrize("spoil", [lambda f: f / "nowhere", lambda f: f, lambda f: f / "environment.json"])
def test_no_run_is_one_line_and_exit_code_two(
    tmp_path: Path, spoil: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(spoil(tmp_path))]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(tmp_path) in said
