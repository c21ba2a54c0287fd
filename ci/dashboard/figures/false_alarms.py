"""How often the analysis calls two equal things different: of each run the share of its A/A pairs, with an interval."""

from analysis.trust.bounds import percent
from analysis.trust.counts import share
from ci.changes.report import FalseAlarms
from ci.dashboard import names
from ci.dashboard.board import Board
from ci.dashboard.figures import still
from ci.history.machine import SUBJECT
from plots.chart import Axis, Chart, Mark
from plots.drawing import Drawing, nothing_to_draw
from plots.frame import Table

NAME = "false_alarms"
BEFORE = 9  # runs that count with one


def draw(board: Board) -> Drawing:
    counted = [one for one in board.watched.false_alarms if one.pairs]
    if not counted:
        return nothing_to_draw(NAME, "No model was compared with itself", "no run has an A/A pair")
    chart = chart_of(counted)
    notes = (
        "A/A pairs are one program under two names in one run. Nothing differs, so every verdict on them is a false "
        "alarm; the interval is Clopper and Pearson’s, 95 %. The rule for a verdict is tried here without the noise "
        "floor that it has in use.",
        f"A point is of one run and those of up to {BEFORE} before it, because one has few pairs; the table has each.",
    )
    return Drawing(NAME, title_of(counted), notes, still.draw(chart), table_of(counted), chart)


def chart_of(counted: list[FalseAlarms]) -> Chart:
    marks = tuple(mark_of(counted[max(0, end - 1 - BEFORE) : end], end) for end in range(1, len(counted) + 1))
    x = Axis("run: the oldest first", scale="linear", names=tuple(names.at_axis(one.run) for one in counted))
    return Chart("line", x, Axis("pairs called different: lower is better", "%", scale="linear"), marks,
                 zooms=len(counted) >= still.MOST_TICKS)  # fmt: skip


def mark_of(some: list[FalseAlarms], place: int) -> Mark:
    alarms, pairs = total(some)
    low, high = (100 * bound for bound in bounds(alarms, pairs))
    note = f"{alarms} of {pairs} pairs in {names.counted(len(some), 'run', 'runs')}, the last {some[-1].run.name}"
    return Mark(place, 100 * alarms / pairs, SUBJECT, low, high, note=note)


def total(some: list[FalseAlarms]) -> tuple[int, int]:
    return sum(one.alarms for one in some), sum(one.pairs for one in some)


def title_of(counted: list[FalseAlarms]) -> str:
    alarms, pairs = total(counted)
    return (
        f"{alarms:,} of {pairs:,} A/A pairs in {names.counted(len(counted), 'run', 'runs')} were called different: "
        f"{percent(alarms / pairs)} ({interval(alarms, pairs)})"
    )


def bounds(alarms: int, pairs: int) -> list[float]:
    return share(alarms, pairs)["ci95"]


def interval(alarms: int, pairs: int) -> str:
    return " – ".join(percent(bound) for bound in bounds(alarms, pairs))


def table_of(counted: list[FalseAlarms]) -> Table:
    columns = ("commit", "day", "machine", "pairs", "called different", "share", "95 % interval")
    return Table(columns, tuple(
        (
            names.commit(one.run), names.day(one.run), one.run.machine.name, str(one.pairs), str(one.alarms),
            percent(one.alarms / one.pairs), interval(one.alarms, one.pairs),
        )
        for one in counted
    ))  # fmt: skip
