"""Claims on the page: each with its verdict, what flips it, all of its evidence and the command that repeats it."""

import re
from typing import Any

import pytest

from analysis.tests.synthetic import kept_summary
from reports.claims import judge_all
from reports.claims.load import load_claims
from reports.claims.show import IN_A_WORD, SHORT, SIGNS, VERDICTS, chips, counts, evidence, in_short, rests_on
from reports.page import render
from reports.tests.claim_cases import (
    ALL,
    PID_MAX,
    a_hundred_thousand,
    goroutines,
    kernel_threads,
    rules_broken,
    rules_case,
    rules_of,
)
from reports.tests.made import counted, summary_of, tried
from reports.tests.test_page import Page

PROGRAMS = [counted("os_threads", (30, 8), (50, 9)), counted("go", (28, 7), (45, 9))]


@pytest.fixture(scope="module")
def claims() -> dict[str, Any]:
    """C03 and C12 supported, C06, C08 and C09 otherwise, most of the others open."""
    return judge_all(
        summary_of(
            *goroutines(2_715), *a_hundred_thousand(37_000, outcome="limit", reason=PID_MAX),
            *rules_broken("C08", "tbb"), *rules_broken("C09", "go"), *rules_case("C12"), *kernel_threads(10_001, 6),
            tried("go", *rules_of("C14"), "skipped"), *PROGRAMS,
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def text(claims: dict[str, Any]) -> str:
    return render(kept_summary(), claims, [])


def articles(text: str) -> dict[str, str]:
    found = re.findall(r'<article class="claim" id="(C\d\d)".*?</article>', text, flags=re.DOTALL)
    parts = re.findall(r'<article class="claim".*?</article>', text, flags=re.DOTALL)
    return dict(zip(found, parts, strict=True))


def test_every_claim_stands_with_verdict_flip_and_command(claims: dict[str, Any], text: str) -> None:
    shown = articles(text)
    assert list(shown) == [claim["id"] for claim in claims["claims"]]
    for claim in claims["claims"]:
        words = Page(shown[claim["id"]]).text
        for part in (
            f"{claim['id']}: {claim['claim']}",
            f"{SIGNS[claim['verdict']]} {VERDICTS[claim['verdict']]} {claim['because']}",
            f"What flips it: {claim['flips']}", f"Experiment: {claim['experiment']}", *claim["sentences"],
            f"Repeat it: build/release/bin/threadmark claim {claim['id']}",
        ):  # fmt: skip
            assert " ".join(part.split()) in words


def test_every_claim_is_a_chip_that_leads_to_it(claims: dict[str, Any], text: str) -> None:
    """With a sign and a word for its verdict, so that no colour is needed."""
    header = text[text.index("<header") : text.index("</header>")]
    found = re.findall(r'<a class="chip (\w+)" href="#(C\d\d)">(.*?)</a>', header)
    assert [(verdict, name) for verdict, name, _ in found] == [(c["verdict"], c["id"]) for c in claims["claims"]]
    for verdict, name, inside in found:
        assert Page(inside).text == f"{name} {SHORT[name]} {SIGNS[verdict]} {IN_A_WORD[verdict]}"
    assert f"{len(found)} claims: 4 supported, " in Page(header).text


def test_every_claim_has_short_words_and_an_unknown_one_its_own() -> None:
    assert {claim["id"] for claim in load_claims()} == SHORT.keys()
    assert max(map(len, SHORT.values())) <= 32  # what a chip has room for
    strange = {"id": "C99", "claim": "A new claim.", "verdict": "depends"}
    assert chips([strange])[0]["short"] == "A new claim"
    assert counts([strange]) == "1 claim: 1 that depend."


def test_the_first_screen_has_a_line_a_verdict(claims: dict[str, Any]) -> None:
    lines = in_short(claims["claims"])
    count = len(claims["claims"])
    assert lines[0].startswith(f"Supported, 4 of {count} claims: “A goroutine starts with 2 KB” (C03), ")
    assert [line.split(",")[0] for line in lines] == [
        "Supported", "Refuted", "It depends", "Not decidable by this run",
    ]  # fmt: skip
    assert in_short([]) == []


def test_all_kinds_of_evidence_are_in_the_table(claims: dict[str, Any], text: str) -> None:
    shown = {name: Page(article).text for name, article in articles(text).items()}
    assert f"100,000 parked ▲ OS threads 1 core limit ({PID_MAX}) – trials " in shown["C06"]
    assert "memory of 100,000, by the slope ▲ OS threads 1 core 3.45 GiB 3.4" in shown["C06"]
    assert "an unbuffered send waits ▼ oneTBB – broken: 2 of 4 tests – channel rules: " in shown["C08"]
    assert "unbuffered send returns only after the receive has begun" in shown["C08"]
    assert "an unbuffered send waits ■ Go – kept: 4 of 4 tests" in shown["C08"]
    assert "contexts ■ Go – skipped (it cannot express it) – context rules: " in shown["C14"]
    assert "lines of code, over OS threads' ■ Go – 0.917× 0.9× – 0.933× programs program_0, program_1" in shown["C20"]
    assert "This run has no evidence on it." in shown["C16"]
    by_id = {claim["id"]: claim for claim in claims["claims"]}
    assert len(evidence(by_id["C08"]).rows) == len(ALL)


def test_what_a_claim_rests_on_is_counted(claims: dict[str, Any], text: str) -> None:
    by_id = {claim["id"]: rests_on(claim) for claim in claims["claims"]}
    # C06: 5 blocks of 3 numbers of threads. C08: two rules on one core and on two, for each of five models.
    assert (by_id["C06"], by_id["C08"], by_id["C20"]) == ("15 trials", "20 tests of rules", "2 programs")
    assert by_id["C16"] == ""
    assert "<summary>The evidence: 15 trials</summary>" in text


def test_tests_are_counted_with_trials() -> None:
    judged = {"measured": [{"trials": [1, 2]}], "outcomes": [{"trials": [2, 3]}], "counted": [], "tests": 1_200}
    assert rests_on(judged) == "3 trials and 1,200 tests of rules"


def test_nothing_of_a_claim_is_taken_for_markup(claims: dict[str, Any]) -> None:
    strange = [{**claim, "because": "a <b> & c", "flips": "<i>", "sentences": ["<u>"]} for claim in claims["claims"]]
    raw = render(kept_summary(), {**claims, "claims": strange}, [])
    assert "a &lt;b&gt; &amp; c" in raw
    assert "<u>" not in raw
    assert "<i>" not in raw
