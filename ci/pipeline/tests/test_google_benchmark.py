"""What trackers read of a run: each takes the fields that it takes of Google Benchmark's own output, and finds the
run's medians in them."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analysis.contracts import ROOT
from analysis.tests.synthetic import kept_summary
from ci.pipeline.google_benchmark import counts, export, main, name

Document = dict[str, Any]
SCHEMA = json.loads((ROOT / "ci" / "pipeline" / "google_benchmark.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def summary() -> Document:
    return deepcopy(kept_summary("smoke"))


def cell_of(summary: Document, model: str, workload: str, metric: str) -> Document:
    cells = [*summary["cells"], *summary["costs"]]
    return next(c for c in cells if (c["model"], c["workload"], c["metric"]) == (model, workload, metric))


@pytest.mark.parametrize("repetitions", [False, True])
def test_it_keeps_its_schema(summary: Document, repetitions: bool) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    found = export(summary, repetitions)
    assert found["benchmarks"]
    Draft202012Validator(SCHEMA).validate(found)


@pytest.mark.parametrize("key", ["name", "cpu_time", "time_unit", "run_type", "aggregate_name"])
def test_the_schema_misses_what_is_missing(summary: Document, key: str) -> None:
    found = export(summary)
    del found["benchmarks"][0][key]
    assert list(Draft202012Validator(SCHEMA).iter_errors(found))


def test_every_whole_time_is_there_once_and_nothing_else(summary: Document) -> None:
    expected = {
        f"{name(cell)}/real_time_median": cell["median"]
        for cell in summary["cells"]
        if cell["unit"] in ("ns", "µs", "ms") and cell["outcome"] == "ok"
    }
    entries = export(summary)["benchmarks"]
    assert len(entries) == len(expected) > 50
    assert {entry["name"]: entry["real_time"] for entry in entries} == expected
    assert "mn/ping_pong/capacity:0/cores:1/ns_per_round_trip/real_time_median" in expected
    assert {entry["time_unit"] for entry in entries} == {"ns", "us", "ms"}  # as Google Benchmark spells them


def test_a_cell_that_did_not_end_ok_has_no_entry(summary: Document) -> None:
    cell_of(summary, "mn", "ping_pong", "ns_per_round_trip")["outcome"] = "crash"
    names = [entry["name"] for entry in export(summary)["benchmarks"]]
    assert not [n for n in names if n.startswith("mn/ping_pong/capacity:0/cores:1/")]
    assert [n for n in names if n.startswith("mn/ping_pong/capacity:0/cores:2/")]


def test_github_action_benchmark_reads_it_as_googlecpp(summary: Document) -> None:
    """It maps every entry to {name, value, unit, extra}, aggregates too: no name may come twice."""
    entries = json.loads(json.dumps(export(summary), allow_nan=False))["benchmarks"]
    read = {entry["name"]: (entry["real_time"], entry["time_unit"] + "/iter") for entry in entries}
    assert len(read) == len(entries)
    cell = cell_of(summary, "go", "skynet", "ns_per_task")
    assert read[f"{name(cell)}/real_time_median"] == (cell["median"], "ns/iter")
    assert all(
        isinstance(entry[key], int | float) for entry in entries for key in ("iterations", "cpu_time", "threads")
    )


def test_bencher_reads_it_as_cpp_google(summary: Document) -> None:
    """It wants a list of caches, and multiplies into nanoseconds."""
    found = export(summary)
    factor = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
    read = {entry["name"]: entry["real_time"] * factor[entry["time_unit"]] for entry in found["benchmarks"]}
    assert isinstance(found["context"]["caches"], list)
    cell = cell_of(summary, "mn", "sleep_beside_spin", "sleep_p50_ms")
    assert read[f"{name(cell)}/real_time_median"] == pytest.approx(cell["median"] * 1e6)


def test_conbench_reads_the_repetitions_by_the_wall_clock(summary: Document) -> None:
    """It drops aggregates, groups by name, and takes real_time only where the name says so."""
    cell = cell_of(summary, "go", "ping_pong", "ns_per_round_trip")
    kept = [entry for entry in export(summary, repetitions=True)["benchmarks"] if entry["run_type"] != "aggregate"]
    its = [entry for entry in kept if entry["name"] == f"{name(cell)}/real_time"]
    assert [entry["real_time" if "/real_time" in entry["name"] else "cpu_time"] for entry in its] == cell["values"]
    assert [entry["repetition_index"] for entry in its] == list(range(cell["n"]))
    assert not [entry for entry in export(summary)["benchmarks"] if entry["run_type"] != "aggregate"]


def test_compare_py_pairs_two_runs(summary: Document) -> None:
    """tools/compare.py pairs entries of one name and time_unit that have both times, and tells old from new."""
    later = deepcopy(summary)
    cell_of(later, "mn", "ping_pong", "ns_per_round_trip")["median"] *= 1.5
    old, new = (
        {(e["name"], e["time_unit"]): e for e in export(s)["benchmarks"] if {"real_time", "cpu_time"} <= e.keys()}
        for s in (summary, later)
    )
    assert old.keys() == new.keys()
    changed = {key: new[key]["real_time"] / old[key]["real_time"] for key in old}
    assert [key[0] for key, change in changed.items() if change > 1.01] == [
        "mn/ping_pong/capacity:0/cores:1/ns_per_round_trip/real_time_median"
    ]


def test_processor_time_is_that_of_the_operation_and_zero_where_nobody_measured_it(summary: Document) -> None:
    entries = {entry["name"]: entry for entry in export(summary)["benchmarks"]}
    cost = cell_of(summary, "mn", "skynet", "cpu_ns_per_task")
    timed = cell_of(summary, "mn", "skynet", "ns_per_task")
    assert entries[f"{name(timed)}/real_time_median"]["cpu_time"] == cost["median"] > 0
    sleep = cell_of(summary, "mn", "sleep_beside_spin", "sleep_p50_ms")
    assert entries[f"{name(sleep)}/real_time_median"]["cpu_time"] == 0


def test_counts_and_bytes_are_counters_and_a_list_of_their_own(summary: Document) -> None:
    entries = {entry["name"]: entry for entry in export(summary)["benchmarks"]}
    size = cell_of(summary, "mn", "parked", "bytes_per_task")
    wake = cell_of(summary, "mn", "parked", "wake_ns_per_task")
    assert entries[f"{name(wake)}/real_time_median"]["bytes_per_task"] == size["median"]
    count = {"model": "mn", "workload": "skynet", "params": {"leaves": 1000, "cores": 1}, "better": "lower"}
    count |= {"metric": "instructions_per_task", "unit": "instructions", "value": 321.0, "values": [321.0]}
    summary["counts"] = [count]
    listed = {entry["name"]: entry for entry in counts(summary)}
    assert listed[name(size)]["value"] == size["median"]
    assert listed["mn/skynet/leaves:1000/cores:1/instructions_per_task"]["value"] == 321.0
    assert not [entry for entry in listed.values() if entry["unit"] in ("ns", "ms")]


def test_from_the_command_line(tmp_path: Path, summary: Document, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    assert main([str(tmp_path), "--counts", str(tmp_path / "counts.json")]) == 0
    written = json.loads((tmp_path / "google_benchmark.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(export(summary)))
    assert json.loads((tmp_path / "counts.json").read_text(encoding="utf-8")) == counts(summary)
    assert f"{len(written['benchmarks'])} entries; " in capsys.readouterr().out


def test_what_is_no_run_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"google_benchmark: {tmp_path}/summary.json: no such file; python -m analysis {tmp_path} writes it"
