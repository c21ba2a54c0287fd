"""Counts and bytes, which the clock does not move: the latest of each, and when it last changed."""

from ci.changes.report import History
from ci.dashboard import names
from ci.dashboard.board import Board
from ci.dashboard.chains import Chain
from ci.dashboard.parts import histories
from plots.frame import Table
from reports.parts.blocks import Block, Grid, Text

NONE = "The store has no count of mn: neither instructions, allocations, system calls nor bytes."
INTRODUCTION = (
    "They stand as they were counted, not as a ratio, and most repeat to the digit: so one step is evidence enough, "
    "and a gate may rest on it."
)


def chains_of(board: Board) -> list[Chain]:
    return [chain for chain in board.chains if chain.subject.yardstick is None]


def blocks(board: Board, drawings: histories.Drawings) -> list[Block]:
    chains = chains_of(board)
    if not chains:
        return [Text(NONE)]
    caption = "The newest value of each count, and its latest change (above 1 is better)"
    return [
        Text(INTRODUCTION),
        Grid(table_of(board, chains), caption),
        *histories.blocks(board, drawings, chains, "counts_by_workload"),
    ]


def table_of(board: Board, chains: list[Chain]) -> Table:
    columns = ("history", "standing", "newest value", "95 % interval", "latest change", "since")
    return Table(columns, tuple(
        (
            board.title(chain), board.standing(chain), names.value(chain.subject, chain.newest.points[-1].value),
            names.interval(chain.subject, chain.newest.points[-1].ci95), *latest(chain.newest),
        )
        for chain in chains
    ))  # fmt: skip


def latest(history: History) -> tuple[str, str]:
    if not history.changes:
        return "–", "–"
    return names.size(history.changes[-1]), names.commit(history.changes[-1].after)
