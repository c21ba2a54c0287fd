"""The machines, and how each history stands on each of them: as a ratio within the machine, never a time of one against
a time of another."""

from ci.dashboard import names
from ci.dashboard.board import Board
from ci.dashboard.chains import Chain
from ci.history.machine import describe
from ci.history.reading import Machine
from plots.frame import Table
from plots.style import look
from reports.parts.blocks import Block, Grid, Terms, Text, grid

NONE = "The store has no machine yet."
ONE = "All runs are of the same hardware, so nothing can be set side by side."
SIDE_BY_SIDE = (
    "Each ratio is of two models in the same run on the same machine. Times of two machines are of two clocks and two "
    "speeds, and are not here."
)


def blocks(board: Board) -> list[Block]:
    if not board.machines:
        return [Text(NONE)]
    table = side_by_side(board)
    if not board.several_machines:
        return [Terms(terms(board)), Text(ONE), *changes(board)]
    return [
        Terms(terms(board)),
        Text(SIDE_BY_SIDE),
        Grid(table, "Times better than the yardstick in the newest run of each machine (95 % interval)"),
        *changes(board),
    ]


def terms(board: Board) -> list[tuple[str, str]]:
    return [(machine.name, said_of(board, machine)) for machine in board.machines]


def said_of(board: Board, machine: Machine) -> str:
    runs = [run for run in board.runs if run.machine.fingerprint == machine.fingerprint]
    newest = max(runs, key=lambda run: run.started)
    return (
        f"{describe(dict(machine.facts))}; {names.counted(len(runs), 'run', 'runs')}, the newest {newest.name} of "
        f"{names.commit(newest)}, {names.moment(newest)}"
    )


def side_by_side(board: Board) -> Table:
    """A row for each time, the machine of the newest run first."""
    chains = {
        (chain.subject, chain.newest.machine.fingerprint): chain
        for chain in board.current
        if chain.subject.yardstick is not None
    }
    subjects = list(dict.fromkeys(subject for subject, _ in chains))
    columns = ("history", "yardstick", *(machine.name for machine in board.machines))
    return Table(columns, tuple(
        (
            board.labels[subject], look(subject.yardstick or "").label,
            *(newest_of(chains.get((subject, machine.fingerprint))) for machine in board.machines),
        )
        for subject in sorted(subjects, key=lambda subject: board.labels[subject])
    ))  # fmt: skip


def newest_of(chain: Chain | None) -> str:
    if chain is None:
        return "–"
    point = chain.newest.points[-1]
    if point.value is None:
        return "missing"
    found = names.value(chain.subject, point.value)
    return found if point.ci95 is None else f"{found} ({names.interval(chain.subject, point.ci95)})"


def changes(board: Board) -> list[Block]:
    """Where one machine's series ended and the next began."""
    rows = tuple(
        (names.day(change.after), names.commit(change.before), names.commit(change.after), change.after.machine.name,
         "; ".join(map(names.fact, change.facts)))
        for change in board.watched.machine_changes
    )  # fmt: skip
    columns = ("day", "last run before", "first run after", "machine", "what changed")
    return grid(Table(columns, rows), "Where the software of a machine changed: one series ends there, another begins")
