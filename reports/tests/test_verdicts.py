"""Every claim can be supported, refuted and left open, by each of its rules, and by nothing but what was measured."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from analysis.contracts import ROOT, describe, faults
from reports.claims import judge, load_claims
from reports.claims.judge import rulings_of
from reports.claims.measure import gather
from reports.tests.claim_cases import CASES, Case, cases
from reports.tests.made import Piece, summary_of

CLAIMS = {claim["id"]: claim for claim in load_claims()}
EVERY_CASE = pytest.mark.parametrize(
    ("name", "case"), [pytest.param(name, case, id=f"{name} {case[0]}: {case[1]}") for name, case in cases()]
)


def verdict(name: str, pieces: list[Piece], **options: Any) -> str:
    return judge(CLAIMS[name], summary_of(*pieces, **options))["verdict"]


def deciding(name: str, pieces: list[Piece], **options: Any) -> Iterator[int]:
    """Which of the claim's rules decided."""
    claim = CLAIMS[name]
    for one in rulings_of(claim, *gather(claim, summary_of(*pieces, **options))).values():
        if one.rule is not None:
            yield one.rule


@EVERY_CASE
def test_the_verdict_is_what_the_evidence_says(name: str, case: Case) -> None:
    summary = summary_of(*case[2])
    assert [describe(fault) for fault in faults("summary", json.loads(json.dumps(summary)))] == []
    judged = judge(CLAIMS[name], summary)
    assert judged["verdict"] == case[0], judged["because"]
    assert "{" not in judged["because"] + "".join(judged["sentences"])
    assert judged["because"] != "The rule holds."
    assert ("What would decide it: " in judged["because"]) == (case[0] == "not_decidable")
    document = {"schema": 1, "run": "r", "claims": [judged]}
    assert [describe(fault) for fault in faults("claims", json.loads(json.dumps(document)))] == []


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_can_be_supported_refuted_and_left_open(name: str) -> None:
    assert {"supported", "refuted", "not_decidable"} <= {case[0] for case in CASES[name]}


@pytest.mark.parametrize("name", CLAIMS)
def test_every_rule_decides_something(name: str) -> None:
    used = {rule for _, _, pieces in CASES[name] for rule in deciding(name, pieces)}
    assert used == set(range(len(CLAIMS[name]["rules"])))


@EVERY_CASE
def test_one_block_decides_nothing_by_a_cell(name: str, case: Case) -> None:
    """One value has no interval. An outcome, a rule, or a slope over several cells may still decide."""
    for rule in deciding(name, case[2], blocks=1):
        for condition in CLAIMS[name]["rules"][rule]["when"]:
            assert CLAIMS[name]["quantities"][condition["quantity"]]["from"] != "cells"


@EVERY_CASE
def test_what_is_left_out_never_turns_a_verdict_round(name: str, case: Case) -> None:
    for place in range(len(case[2])):
        rest = case[2][:place] + case[2][place + 1 :]
        assert {case[0], verdict(name, rest)} != {"supported", "refuted"}


def test_the_rules_that_claims_name_exist() -> None:
    """In every suite that is there: that of the race detectors need not be."""
    headers = (ROOT / "runtimes" / "conformance").glob("*_rules.hpp")
    text = "".join(path.read_text(encoding="utf-8") for path in headers)
    known = set(re.findall(r"TYPED_TEST\((\w+), (\w+)\)", text))
    suites = {suite for suite, _ in known}
    named = {
        (source["where"]["suite"], rule)
        for claim in CLAIMS.values()
        for source in claim["quantities"].values()
        if source["from"] == "rules"
        for rule in source["where"]["rules"]
    }
    assert named
    assert {(suite, rule) for suite, rule in named if suite in suites} <= known
    assert {suite for suite, _ in named} - suites <= {"race_detector_rules"}
