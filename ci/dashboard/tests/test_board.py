"""What is open, what is settled, and what is counted."""

from dataclasses import replace

from ci.dashboard.board import Board
from ci.dashboard.chains import Chain
from ci.dashboard.given.notes import Acknowledged, Notes
from ci.dashboard.tests import made
from ci.dashboard.tests.made import BUFFERED, PARKED, PING_PONG, SKYNET
from ci.history.reading import Machine


def chain_of(board: Board, subject: object, machine: Machine = made.NEW) -> Chain:
    return next(one for one in board.chains if one.subject == subject and one.newest.machine == machine)


def test_an_acknowledged_change_no_longer_counts_as_regressed() -> None:
    board = made.board()
    assert board.counts == {"missing": 1, "regressed": 2, "cannot_tell": 1, "improved": 1, "unchanged": 2}
    assert [chain.subject for chain in board.settled] == [PARKED]
    assert board.standing(chain_of(board, PARKED)) == "▽ acknowledged"
    without = replace(board, notes=Notes())
    assert without.counts["regressed"] == 3
    assert without.settled == []
    assert without.standing(chain_of(without, PARKED)) == "▼ regressed"


def test_an_acknowledgement_that_is_over_settles_nothing() -> None:
    over = Notes((Acknowledged(PARKED.name, "1f1f1f1", "w", until="2030-01-31"),))
    assert made.board(notes=over).counts["regressed"] == 3


def test_the_changes_that_made_it_worse_are_open_and_not_those_before_an_improvement() -> None:
    board = made.board(notes=Notes())
    (change,) = board.open_changes(chain_of(board, BUFFERED))
    assert change.factor == 0.9
    assert board.open_changes(chain_of(board, SKYNET)) == []


def test_of_two_changes_for_the_worse_both_must_be_acknowledged() -> None:
    found = made.points(made.RUNS_OF[made.NEW.name], 2.0, steps={5: 0.9, 15: 0.9})
    history = made.history(PING_PONG, found, "regressed", [made.change(found, 5, 0.9), made.change(found, 15, 0.9)])
    first, second = (Acknowledged(PING_PONG.name, commit, "w") for commit in ("1515151", "1f1f1f1"))
    for entries, count in (((), 1), ((first,), 1), ((second,), 1), ((first, second), 0)):
        assert made.board([history], notes=Notes(entries)).counts["regressed"] == count


def test_what_has_ended_is_counted_nowhere() -> None:
    ended = [replace(history, ended=True) for history in made.histories()]
    board = made.board(ended)
    assert set(board.counts.values()) == {0}
    assert not any(chain.changed for chain in board.chains)
    assert {board.standing(chain) for chain in board.chains} == {"ended"}


def test_of_each_hardware_the_newest_machine_stands_for_it() -> None:
    assert made.board().machines == [made.OTHER, made.NEW]
    assert made.empty_board().machines == []


def test_names_are_as_short_as_can_be_and_tell_the_machine_where_there_are_several() -> None:
    board = made.board()
    assert board.title(chain_of(board, PING_PONG)) == "ping_pong, capacity 0, ns per round trip, 1 core, on a2a2a2a2"
    alone = made.board([one for one in made.histories() if one.subject == SKYNET], runs=made.RUNS_OF[made.NEW.name])
    assert alone.title(alone.chains[0]) == "skynet, 1 core"
