"""The first screen's sentences follow from the data."""

from dataclasses import replace

from ci.changes.report import STATUSES
from ci.dashboard import answer
from ci.dashboard.board import Board
from ci.dashboard.given.notes import Notes
from ci.dashboard.tests import made


def only(*statuses: str) -> Board:
    return made.board([one for one in made.histories() if one.status in statuses and not one.ended])


def test_five_statuses_with_their_counts_the_worst_first() -> None:
    found = answer.standings(made.board())
    assert [(one.name, one.count) for one in found] == [
        ("missing", 1), ("regressed", 2), ("cannot_tell", 1), ("improved", 1), ("unchanged", 2),
    ]  # fmt: skip
    assert [one.name for one in found] == list(STATUSES)
    assert all(one.link.startswith("#figure-") for one in found)
    assert len({one.sign for one in found}) == 5
    assert all(one.link == "" for one in answer.standings(made.empty_board()))


def test_what_is_acknowledged_is_said_apart() -> None:
    assert answer.settled(made.board()) == "1 history besides became worse by a change that is acknowledged."
    assert answer.settled(made.board(notes=Notes())) == ""


def test_the_missing_come_before_the_regressed() -> None:
    missing, regressed = answer.to_do(made.board())
    assert missing.startswith("Find out why 1 value is missing; the first is spawn_join, 1 core, on a2a2a2a2.")
    assert "the most ping_pong, capacity 0" in regressed
    assert "0.86× (0.834× – 0.877×) since 1f1f1f1f1f" in regressed
    assert "<code>make gate BASE=1e1e1e1e1e HEAD=1f1f1f1f1f CLOCKS=gate</code>" in regressed


def test_nothing_to_do_is_said_where_there_is_nothing() -> None:
    assert answer.to_do(only("unchanged", "improved")) == [
        "Nothing: no value is missing, and none has become worse that nobody has acknowledged."
    ]
    assert answer.title(only("unchanged")) == "Threadmark: nothing missing or regressed"
    assert answer.title(made.board()) == "Threadmark: 1 missing, 2 regressed"


def test_where_nothing_can_be_told_that_is_no_all_clear() -> None:
    (sentence,) = answer.to_do(only("cannot_tell"))
    assert sentence.startswith("Measure more runs")
    (sentence,) = answer.to_do(made.empty_board())
    assert "has no run of the profile quick" in sentence
    (sentence,) = answer.to_do(made.board([]))
    assert "nothing to watch" in sentence


def test_how_far_to_trust_it() -> None:
    board = made.board()
    alarms = sum(one.alarms for one in board.watched.false_alarms)
    pairs = sum(one.pairs for one in board.watched.false_alarms)
    noise, blind, *tried = answer.trust(board)
    assert noise.startswith(f"{alarms} of {pairs:,} A/A pairs in 44 runs were called different: ")
    assert "a change by 1.06× would be found" in blind
    assert tried == ["The detection was not tried on simulated histories beside this: python -m ci.selftest does that."]
    unknown = replace(board, watched=replace(board.watched, false_alarms=[], histories=[]))
    assert answer.trust(unknown)[0] == "No run compares a model with itself, so the rate of false alarms is not known."


def test_the_newest_run_is_named() -> None:
    facts = dict(answer.facts(made.board()))
    assert facts["Newest run"] == "made-040-b1, 2030-02-13 01:00 UTC"
    assert facts["Commit"] == "2828282828"
    assert facts["Watched"] == "8 histories over 44 runs of 40 commits on 3 machines"
