"""What fails the gate, what informs, and how it is told."""

import pytest

from ci.gate.decide import EXIT, Clocks, decide
from ci.gate.finding import Finding
from ci.gate.show import markdown
from ci.gate.tests.made import BASE, HEAD, finding

MISSING = finding(verdict="missing", base=None, head=None, factor=None, ci95=None, reason="head: signal 11")
SAME = finding(verdict="same", head=100.0, factor=1.0)


@pytest.mark.parametrize(
    ("found", "clocks", "outcome"),
    [
        ([SAME], "gate", "passed"),
        ([finding(confirmed=True), SAME], "inform", "passed"),
        ([finding(confirmed=True), SAME], "gate", "failed"),
        ([finding(confirmed=False)], "gate", "passed"),
        ([finding(kind="count", confirmed=True)], "inform", "failed"),
        ([finding(kind="memory", confirmed=True)], "inform", "failed"),
        ([finding(kind="count", confirmed=False)], "inform", "passed"),
        ([MISSING], "inform", "cannot_judge"),
        ([MISSING, finding(kind="count", confirmed=True)], "inform", "failed"),
        ([finding(verdict="better", factor=1.2)], "gate", "passed"),
    ],
)
def test_only_what_was_seen_again_and_gates_fails(found: list[Finding], clocks: Clocks, outcome: str) -> None:
    assert decide(found, clocks).outcome == outcome


def test_every_outcome_but_passed_is_a_failure() -> None:
    assert {outcome for outcome, code in EXIT.items() if code == 0} == {"passed"}
    assert len(set(EXIT.values())) == 3


def test_a_second_look_must_come_to_the_same() -> None:
    first = finding()
    assert first.again(finding()).confirmed is True
    assert first.again(finding(verdict="cannot_tell")).confirmed is False
    assert first.again(finding(verdict="better")).confirmed is False


def test_what_is_worse_and_then_cannot_be_had_is_missing_and_never_a_pass() -> None:
    for second in (None, MISSING):
        found = finding(kind="memory").again(second)
        assert found.verdict == "missing"
        assert decide([found, SAME], "inform").outcome == "cannot_judge"
    assert "looked at again: head: signal 11" in finding().again(MISSING).reason


def told(found: list[Finding], clocks: Clocks = "inform", new: list[str] | None = None) -> str:
    return markdown(decide(found, clocks), found, HEAD, BASE, new or [], 1.023, "make gate BASE=main")


def test_the_text_says_what_is_worse_by_how_much_and_how_to_see_it_again() -> None:
    text = told([finding(kind="count", metric="instructions_per_task", confirmed=True, reason="a | b"), SAME])
    assert text.startswith("### Gate failed: 1 worse, 2 compared\n")
    assert (
        "| `spawn_join/n:10 on 2` | `instructions_per_task` | 100 | 112 | +12.0% | +9.9% to +13.6% | yes | a \\| b |"
        in text
    )
    assert "`aaaaaaaaaa` (A change) against `bbbbbbbbbb` (What was before)" in text
    assert "Two equal builds differ by up to 2.3% in their times here (A/A)." in text
    assert "Again: `make gate BASE=main`" in text


def test_a_slower_time_informs_and_what_is_new_is_named() -> None:
    text = told([finding(confirmed=True), SAME], new=["ping_pong/capacity:9 on 1"])
    assert text.startswith("### Gate passed: 1 worse for information, 2 compared\n")
    assert "**Worse, for information**" in text
    assert "New here, and so compared with nothing: `ping_pong/capacity:9 on 1`." in text


def test_missing_data_is_told_as_a_failure() -> None:
    text = told([MISSING, SAME])
    assert text.startswith("### Gate cannot judge: 1 missing, 2 compared\n")
    assert "head: signal 11" in text


def test_nothing_to_say_is_said() -> None:
    assert told([SAME]).startswith("### Gate passed: nothing is worse of 1 compared\n")
