"""The engine that turns rules into verdicts, on summaries whose slopes are known."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.contracts import faults
from analysis.tests.synthetic import empty_summary, kept_summary
from reports.claims import BrokenClaims, judge, judge_all, load_claims

KB = 1024
MB = 1024 * 1024


def summary_with(model: str, **slopes: tuple[float, float] | None) -> dict[str, Any]:
    """A summary with one slope for each metric: `whole`, `resident`, `reserved`, as (value, half of the interval).
    A name that ends in 2 is with two cores, all others with one."""
    entries = []
    for name, value in slopes.items():
        cores = 2 if name.endswith("2") else 1
        part = name.rstrip("2")
        entries.append({
            "model": model, "workload": "parked", "cores": cores, "unit": "B", "trials": [7, 8],
            "metric": "bytes_per_task" + ("" if part == "whole" else f".{part}"),
            "slope": None if value is None else value[0],
            "ci95": None if value is None else [value[0] - value[1], value[0] + value[1]],
        })  # fmt: skip
    return {"run": "r", "slopes": entries, "cells": [], "ratios": []}


def claim(name: str) -> dict[str, Any]:
    return next(claim for claim in load_claims() if claim["id"] == name)


@pytest.mark.parametrize(
    ("slopes", "verdict"),
    [
        ({"whole": (2715.0, 20.0)}, "supported"),
        ({"whole": (8700.0, 20.0)}, "refuted"),
        ({"whole": (1000.0, 20.0)}, "refuted"),
        ({"whole": (4090.0, 20.0)}, "not_decidable"),
        ({"whole": (2715.0, 900.0)}, "not_decidable"),
        ({"whole": None}, "not_decidable"),
        ({"whole": (2715.0, 20.0), "whole2": (2800.0, 20.0)}, "supported"),
        ({"whole": (2715.0, 20.0), "whole2": (8700.0, 20.0)}, "depends"),
        ({"whole": (2715.0, 20.0), "whole2": (4090.0, 20.0)}, "not_decidable"),
    ],
)
def test_two_kilobytes(slopes: dict[str, tuple[float, float] | None], verdict: str) -> None:
    assert judge(claim("C03"), summary_with("go", **slopes))["verdict"] == verdict


@pytest.mark.parametrize(
    ("whole", "reserved", "verdict"),
    [
        (34_000.0, 8.0 * MB, "refuted"),
        (34_000.0, 64.0 * KB, "refuted"),
        (34_000.0, 1.0 * MB, "depends"),
        (1.0 * MB, 8.0 * MB, "supported"),
        (5.0 * MB, 8.0 * MB, "refuted"),
        (34_000.0, 2.0 * MB, "not_decidable"),
    ],
)
def test_one_megabyte(whole: float, reserved: float, verdict: str) -> None:
    summary = summary_with("os_threads", whole=(whole, 100.0), resident=(8600.0, 5.0), reserved=(reserved, 10.0))
    judged = judge(claim("C01"), summary)
    assert judged["verdict"] == verdict
    assert "{" not in judged["because"]


def test_sentences_hold_the_measured_numbers_for_each_number_of_cores() -> None:
    judged = judge(claim("C03"), summary_with("go", whole=(2715.0, 20.0), whole2=(3000.0, 30.0)))
    assert judged["sentences"][0].startswith("With 1 core, a parked goroutine costs 2,715 B")
    assert "2,695 B – 2,735 B" in judged["sentences"][0]
    assert "1.33 times 2 KB" in judged["sentences"][0]
    assert judged["sentences"][1].startswith("With 2 cores, a parked goroutine costs 3,000 B")
    assert [(m["cores"], m["value"], m["trials"]) for m in judged["measured"]] == [
        (1, 2715.0, [7, 8]),
        (2, 3000.0, [7, 8]),
    ]


def test_another_model_says_nothing_about_a_goroutine() -> None:
    judged = judge(claim("C03"), summary_with("mn", whole=(2715.0, 20.0)))
    assert (judged["verdict"], judged["measured"], judged["sentences"]) == ("not_decidable", [], [])


def test_all_claims_of_a_run_keep_their_schema_and_name_their_trials() -> None:
    summary = kept_summary()
    judged = json.loads(json.dumps(judge_all(summary)))
    assert list(faults("claims", judged)) == []
    assert {c["id"]: c["verdict"] for c in judged["claims"]} == {"C01": "refuted", "C03": "supported"}
    orders = {order for cell in summary["cells"] for order in cell["trials"]}
    for one in judged["claims"]:
        assert one["command"] == "build/release/bin/threadmark run --workload=parked"
        assert all(set(m["trials"]) <= orders for m in one["measured"])


def test_an_empty_run_decides_nothing() -> None:
    judged = judge_all(empty_summary())
    assert list(faults("claims", judged)) == []
    assert {c["verdict"] for c in judged["claims"]} == {"not_decidable"}


def test_cells_and_ratios_can_be_quantities_too() -> None:
    rules = [{"verdict": "supported", "when": [{"quantity": "faster", "above": 1.0}], "because": "{faster} faster"}]
    where = {"model": "mn", "workload": "ping_pong", "cores": 1}
    made = {
        "id": "C99", "claim": "c", "experiment": "e", "command": "x", "claimed": 1.0, "rules": rules,
        "sentence": "{time} and {faster}",
        "quantities": {
            "faster": {"from": "ratios", "label": "l", "where": {**where, "baseline": "go"}},
            "time": {"from": "cells", "label": "l", "where": {**where, "capacity": 0}},
        },
    }  # fmt: skip
    judged = judge(made, kept_summary())
    assert judged["verdict"] == "supported"
    assert [m["quantity"] for m in judged["measured"]] == ["faster", "time"]
    assert judged["measured"][0]["trials"]


def test_a_quantity_that_fits_two_entries_is_refused() -> None:
    twice = claim("C03")
    twice["quantities"]["all_in"] = {"from": "cells", "label": "l", "where": {"model": "go", "workload": "parked"}}
    with pytest.raises(BrokenClaims, match="more than one"):
        judge(twice, kept_summary())


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ('verdict = "perhaps"\nwhen = []', "perhaps"),
        ('verdict = "refuted"\nwhen = [{ quantity = "nothing", below = 1 }]', "nothing"),
        ('verdict = "refuted"\nwhen = [{ quantity = "q", about = 1 }]', "within"),
        ('verdict = "refuted"\nwhen = [{ quantity = "q", below = 1, above = 2 }]', "within"),
    ],
)
def test_rules_that_cannot_be_read_are_refused(tmp_path: Path, rule: str, complaint: str) -> None:
    path = tmp_path / "claims.toml"
    head = '[[claim]]\nid = "C99"\n[claim.quantities]\nq = { from = "slopes" }\n'
    path.write_text(f"{head}[[claim.rules]]\n{rule}\n", encoding="utf-8")
    with pytest.raises(BrokenClaims, match=complaint):
        load_claims(path)
