"""What stands in one chart, and in what order."""

from ci.dashboard.board import Board, figure_id
from ci.dashboard.chains import chains_of
from ci.dashboard.tests import made
from ci.dashboard.tests.made import NEW, OLD, OTHER, PING_PONG, RENEWED, RUNS


def test_what_follows_on_the_same_hardware_stands_in_one_chart() -> None:
    chains = {(chain.subject, chain.newest.machine.name): chain for chain in chains_of(made.watched())}
    chain = chains[PING_PONG, NEW.name]
    assert [history.machine for history in chain.histories] == [OLD, NEW]
    assert [one.place for one in chain.points] == list(range(1, RUNS + 1))
    assert [one.point.run.id for one in chain.points] == list(range(1, RUNS + 1))
    assert [history.machine for history in chains[PING_PONG, OTHER.name].histories] == [OTHER]


def test_a_seam_says_where_and_what() -> None:
    chain = next(chain for chain in chains_of(made.watched()) if len(chain.histories) == 2)
    (seam,) = chain.seams
    assert seam.place == RENEWED - 0.5
    assert [(fact.fact, fact.before, fact.after) for fact in seam.facts] == [("kernel", "Linux 1.0", "Linux 2.0")]


def test_a_change_stands_between_its_runs() -> None:
    chain = next(chain for chain in chains_of(made.watched()) if chain.subject == PING_PONG)
    ((place, history, change),) = chain.changes()
    assert history is chain.newest
    assert (change.before.id, change.after.id) == (30, 31)
    assert place == 30.5


def test_the_order_is_that_of_the_newest_histories() -> None:
    """Though the older one of two comes first in the watch."""
    histories = made.histories()
    watched = made.watched([histories[-2], *histories[:-2], histories[-1]])
    statuses = [chain.status for chain in chains_of(watched)]
    assert statuses == ["missing", *["regressed"] * 3, "cannot_tell", "improved", "unchanged", "unchanged"]


def test_every_chart_has_an_id_of_its_own() -> None:
    board: Board = made.board()
    ids = [figure_id(chain) for chain in board.chains]
    assert len(set(ids)) == len(ids) == 8
