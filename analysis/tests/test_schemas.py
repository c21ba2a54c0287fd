"""The schemas accept what they should and, more to the point, refuse what they should."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.contracts import SCHEMAS, faults, validator
from analysis.summary import summarise
from analysis.tests.synthetic import trust_document, write_run
from analysis.two_runs import compare_runs

Document = dict[str, Any]


def two_summaries(folder: Path) -> tuple[Document, Document]:
    return summarise(folder), summarise(folder) | {"run": "another"}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    folder = write_run(tmp_path_factory.mktemp("run"), blocks=2, workloads=("parked",), models=("mn", "go"))
    return {
        "environment": json.loads((folder / "environment.json").read_text(encoding="utf-8")),
        "trial": json.loads((folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()[0]),
        "summary": json.loads(json.dumps(summarise(folder))),
        "claims": {
            "schema": 1, "run": "r",
            "claims": [{"id": "C03", "claim": "c", "experiment": "e", "verdict": "supported", "because": "b",
                        "flips": "f", "sentences": [], "command": "x", "tests": 2,
                        "measured": [{"quantity": "q", "label": "l", "model": "go", "cores": 1, "unit": "B", "value": 1,
                                      "ci95": None, "trials": [1]}],
                        "outcomes": [{"quantity": "o", "label": "l", "model": "go", "cores": 1, "outcome": "limit",
                                      "limit": "count", "reason": "r", "trials": [1]}],
                        "rules": [{"quantity": "r", "label": "l", "model": "go", "suite": "s", "rules": ["a"],
                                   "standing": "kept", "passed": 2, "failed": 0, "skipped": 0, "broken": [],
                                   "reasons": []}],
                        "counted": [{"quantity": "c", "label": "l", "model": "go", "unit": "×", "value": 1.1,
                                     "ci95": [1.0, 1.2], "programs": ["p"]}]}],
        },
        "stress": {
            "schema": 1, "started": "2030-01-01T00:00:00Z", "commit": None,
            "results": [{"scenario": "s", "sentence": "S.", "seed": 1, "seconds": 1.0, "rounds": 2, "end": "ok",
                         "outcomes": [{"what": "w", "grade": "forbidden", "count": 0}], "resident_bytes": None,
                         "detail": None}],
        },
        "counts": {
            "schema": 1, "tools": ["valgrind-0.0"],
            "counts": [{"model": "mn", "workload": "w", "params": {"cores": 1}, "metric": "allocations_per_task",
                        "unit": "allocations", "better": "lower", "value": 1.0, "values": [1.0, 1.0]}],
        },
        "gate": {
            "schema": 1, "run": "r", "outcome": "passed", "clocks": "inform", "floors": {"ns": 1.1}, "new": [],
            "head": {"commit": "a" * 40, "dirty": False, "subject": "s"},
            "base": {"commit": "b" * 40, "dirty": False, "subject": "s"},
            "findings": [{"kind": "count", "workload": "w", "params": {"cores": 1}, "cell": "w on 1",
                          "metric": "allocations_per_task", "unit": "allocations", "verdict": "same", "reason": "r",
                          "base": 1.0, "head": 1.0, "factor": 1.0, "ci95": None, "limit": 1.01, "confirmed": None}],
        },
        "trust": json.loads(json.dumps(trust_document())),
        "compare": json.loads(json.dumps(compare_runs(*two_summaries(folder)))),
        "conformance": {
            "schema": 1, "missing": [],
            "results": [{"suite": "s", "rule": "r", "model": "go", "variant": None, "cores": 1, "outcome": "passed",
                         "reason": None}],
        },
    }  # fmt: skip


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_sound_document_passes(name: str, documents: dict[str, Document]) -> None:
    assert list(faults(name, documents[name])) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_required_key_is_required(name: str, documents: dict[str, Document]) -> None:
    for key in validator(name).schema["required"]:
        without = {k: v for k, v in documents[name].items() if k != key}
        assert list(faults(name, without)), key


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_misspelt_key_is_refused(name: str, documents: dict[str, Document]) -> None:
    assert list(faults(name, {**documents[name], "run_": 1}))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("environment", lambda d: d.update(started="yesterday")),
        ("environment", lambda d: d.update(blocks=0)),
        ("environment", lambda d: d["machine"].pop("virtualization")),
        ("environment", lambda d: d["machine"].update(cores="2")),
        ("environment", lambda d: d["limits"].update(pid_max=[1])),
        ("environment", lambda d: d["models"]["go"]["capabilities"]["select"].update(label="guessed")),
        ("environment", lambda d: d["models"]["go"].pop("variants")),
        ("environment", lambda d: d["plan"].pop("trials")),
        ("trial", lambda d: d.update(model="Go")),
        ("trial", lambda d: d.update(model="a.b.c")),
        ("trial", lambda d: d["params"].update(cores=0)),
        ("trial", lambda d: d["params"].update(n=1.5)),
        ("trial", lambda d: d.update(expressed="somehow")),
        ("trial", lambda d: d.update(expressed=None)),
        ("trial", lambda d: d.update(reason="ok needs none")),
        ("trial", lambda d: d.update(outcome="limit", reason="")),
        ("trial", lambda d: d["rusage"].pop("sys_s")),
        ("trial", lambda d: d["metrics"]["bytes_per_task"].pop("unit")),
        ("trial", lambda d: d["metrics"]["bytes_per_task"].update(better="bigger")),
        ("trial", lambda d: d.update(ledger={"sources": {}})),
        ("trial", lambda d: d.update(memory_limit={"bytes": 0, "by": "x"})),
        ("trial", lambda d: d.update(marks=["Stolen time"])),
        ("summary", lambda d: d["cells"][0].pop("trials")),
        ("summary", lambda d: d["cells"][0].update(trials=[])),
        ("summary", lambda d: d["cells"][0].update(median=None)),
        ("summary", lambda d: d["cells"][0].update(ci95=[1.0])),
        ("summary", lambda d: d["ratios"][0].update(ratio=-1.0)),
        ("summary", lambda d: d["ratios"][0].update(verdict="perhaps")),
        ("summary", lambda d: d["aa"].update(noise_floor=0.5)),
        ("summary", lambda d: d["slopes"][0].pop("trials")),
        ("summary", lambda d: d["noise"].pop("load1")),
        ("summary", lambda d: d["noise"]["steal_ticks"].append(-1)),
        ("summary", lambda d: d["noise"].update(marks={"stolen_time": []})),
        ("summary", lambda d: d.update(adoption={"programs": [{"workload": "w", "model": "go", "lines": 3}]})),
        ("trust", lambda d: d["measured"][0]["rows"][0].pop("held")),
        ("trust", lambda d: d["measured"][0]["rows"][0].update(worse=-1)),
        ("trust", lambda d: d["measured"][0]["rows"][0]["held"].update(share=1.5)),
        ("trust", lambda d: d["measured"][0].update(rows=[])),
        ("trust", lambda d: d["simulated"][0].pop("coverage")),
        ("trust", lambda d: d["simulated"][0]["coverage"][0].update(share=None)),
        ("trust", lambda d: d["bounds"].update(coverage=[0.92])),
        ("claims", lambda d: d["claims"][0].update(verdict="true")),
        ("claims", lambda d: d["claims"][0].update(id="claim 3")),
        ("claims", lambda d: d["claims"][0]["measured"][0].update(trials=[])),
        ("claims", lambda d: d["claims"][0]["outcomes"][0].update(trials=[])),
        ("claims", lambda d: d["claims"][0]["rules"][0].update(standing="perhaps")),
        ("claims", lambda d: d["claims"][0]["counted"][0].pop("programs")),
        ("claims", lambda d: d["claims"][0].pop("flips")),
        ("compare", lambda d: d["comparisons"][0].update(verdict="perhaps")),
        ("compare", lambda d: d["comparisons"][0].update(n=[3])),
        ("compare", lambda d: d["comparisons"][0].pop("yardstick")),
        ("compare", lambda d: d["yardsticks"][0].update(verdict="better")),
        ("compare", lambda d: d["environment"][0].pop("differs")),
        ("compare", lambda d: d["a"].update(blocks="2")),
        ("counts", lambda d: d["counts"].clear()),
        ("counts", lambda d: d["counts"][0].update(values=[])),
        ("counts", lambda d: d["counts"][0].update(metric="ns_per_task")),
        ("gate", lambda d: d.update(outcome="perhaps")),
        ("gate", lambda d: d["base"].update(commit="main")),
        ("gate", lambda d: d["findings"].clear()),
        ("gate", lambda d: d["findings"][0].update(verdict="bad")),
        ("gate", lambda d: d["findings"][0].pop("confirmed")),
    ],
)
def test_what_is_wrong_is_refused(
    name: str, change: Callable[[Document], object], documents: dict[str, Document]
) -> None:
    document = json.loads(json.dumps(documents[name]))
    change(document)
    assert list(faults(name, document))


@pytest.mark.parametrize("model", ["mn", "mn.again", "mn.slow5", "boost_fiber.guarded", "go"])
def test_variants_and_twins_are_models(model: str, documents: dict[str, Document]) -> None:
    assert list(faults("trial", {**documents["trial"], "model": model})) == []


def test_a_failed_trial_may_know_next_to_nothing(documents: dict[str, Document]) -> None:
    failed = {**documents["trial"], "outcome": "crash", "reason": "SIGSEGV", "metrics": {}, "expressed": None,
              "effective": None, "rusage": None, "noise": None, "raw": None, "model_version": None}  # fmt: skip
    assert list(faults("trial", failed)) == []


def test_programs_are_counted_by_lines_and_names(documents: dict[str, Document]) -> None:
    program = {"workload": "worker_pool", "model": "go", "lines": 24, "api_names": 9}
    assert list(faults("summary", {**documents["summary"], "adoption": {"programs": [program]}})) == []


def test_schemas_and_architecture_name_the_same_files() -> None:
    folder = Path(__file__).parent.parent / "schemas"
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.schema.json" for name in SCHEMAS)
