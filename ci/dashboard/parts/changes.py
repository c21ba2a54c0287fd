"""The list of changes: all that became worse or better between the same two runs stands together, because one commit
often moves many histories, and one command repeats them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ci.changes.report import Change, History
from ci.dashboard import names
from ci.dashboard.board import Board
from ci.dashboard.chains import Chain
from ci.history.reading import Run
from plots.frame import Table
from reports.parts.blocks import Block, Code, Fold, Grid, Heading, Points, Text, folded, grid

MOST_OPEN = 5  # of the newest open steps that stand in the open; the others are folded
NONE = "No change has been found."
INTRODUCTION = (
    "Above 1 is better, whatever the metric. A change is open (▼) until it is mended or acknowledged; ▽ is "
    "acknowledged, ▲ for the better. It lies between the last run of the old level and the first of the new one."
)


@dataclass(frozen=True)
class Found:
    chain: Chain
    history: History
    change: Change
    is_open: bool


@dataclass(frozen=True)
class Step:
    """What changed between two runs that follow each other."""

    before: Run
    after: Run
    found: Sequence[Found]

    @property
    def is_open(self) -> bool:
        return any(one.is_open for one in self.found)


def blocks(board: Board) -> list[Block]:
    steps = steps_of(board)
    if not steps:
        blind = board.counts["cannot_tell"]
        unknown = f" Of {names.histories(blind)} it cannot be told whether there was one." if blind else ""
        return [Text(NONE + unknown)]
    opened = [step for step in steps if step.is_open]
    first = [block for step in opened[:MOST_OPEN] for block in (heading(step), *set_out(board, step))]
    return [
        Text(INTRODUCTION),
        *(first or [Text("None is open.")]),
        *folded(
            f"{names.counted(len(opened) - MOST_OPEN, 'older place', 'older places')} with an open change",
            [Fold(headline(step), list(set_out(board, step))) for step in opened[MOST_OPEN:]],
        ),
        *others(board, [step for step in steps if not step.is_open]),
    ]


def steps_of(board: Board) -> list[Step]:
    """The newest first."""
    gathered: dict[tuple[int, int], list[Found]] = {}
    for chain in board.chains:
        opened = board.open_changes(chain)
        for _, history, change in chain.changes():
            is_open = history is chain.newest and any(change is one for one in opened)
            found = Found(chain, history, change, is_open)
            gathered.setdefault((change.before.id, change.after.id), []).append(found)
    steps = [
        Step(its[0].change.before, its[0].change.after, sorted(its, key=lambda one: one.change.factor))
        for its in gathered.values()
    ]
    return sorted(steps, key=lambda step: step.after.started, reverse=True)


def headline(step: Step) -> str:
    worse = sum(one.change.worse for one in step.found)
    counts = [f"{count} {word}" for count, word in ((worse, "worse"), (len(step.found) - worse, "better")) if count]
    return (
        f"{names.histories(len(step.found))}, {' and '.join(counts)}, between {names.commit(step.before)} and "
        f"{names.commit(step.after)}, {names.day(step.after)}, on {step.after.machine.name}"
    )


def heading(step: Step) -> Heading:
    return Heading(names.slug("change", step.before.name, step.after.name), headline(step))


def set_out(board: Board, step: Step) -> Iterator[Block]:
    yield Grid(table_of(board, step.found), f"What changed between runs {step.before.name} and {step.after.name}")
    yield Points([
        Markup("Commits: {} (before) and {} (after).").format(*(link(board, run) for run in (step.before, step.after))),
        *(f"Note on {note.commit}: {note.text}" for note in board.notes.notes if note.is_of(step.after)),
    ])  # fmt: skip
    yield Code("\n".join(commands(step.before, step.after, any(one.chain.subject.yardstick for one in step.found))))


def others(board: Board, steps: Sequence[Step]) -> list[Block]:
    """All the rest in one table, the newest first."""
    table = Table(
        ("between", "day", "machine", "history", "change", "95 % interval", "standing", "repeat"),
        tuple(
            (
                f"{names.commit(step.before)} … {names.commit(step.after)}", names.day(step.after),
                step.after.machine.name, board.title(one.chain), names.size(one.change), names.within(one.change),
                standing(board, one), commands(step.before, step.after, one.chain.subject.yardstick is not None)[0],
            )
            for step in steps
            for one in step.found
        ),
    )  # fmt: skip
    caption = "Every change that is acknowledged, over, or for the better"
    count = names.counted(len(table.rows), "more change", "more changes")
    return folded(f"{count}, none of them open", grid(table, caption))


def link(board: Board, run: Run) -> Markup:
    if not (board.commits_url and run.commit):
        return escape(names.commit(run))
    return Markup('<a href="{}{}">{}</a>').format(board.commits_url, run.commit, names.commit(run))


def table_of(board: Board, found: Sequence[Found]) -> Table:
    columns = ("history", "change", "standing", "95 % interval", "p")
    return Table(columns, tuple(
        (
            board.title(one.chain), names.size(one.change), standing(board, one), names.within(one.change),
            names.chance(one.change),
        )
        for one in found
    ))  # fmt: skip


def standing(board: Board, one: Found) -> str:
    acknowledged = board.acknowledgement(one.history, one.change)
    sign = board.sign(one.history, one.change)
    gradual = ", little by little" if one.change.gradual else ""
    if not one.change.worse:
        return f"{sign} better{gradual}"
    if acknowledged:
        by = f" by {acknowledged.by}" if acknowledged.by else ""
        until = f", until {acknowledged.until}" if acknowledged.until else ""
        return f"{sign} acknowledged{by}{until}: {acknowledged.why}"
    return f"{sign} {'open' if one.is_open else 'over'}{gradual}"


def commands(before: Run, after: Run, of_times: bool) -> list[str]:
    """What repeats the comparison, where there are two commits, and what gives the runs behind it. The clock decides in
    the gate only where it is asked to."""
    runs = f"python -m ci.history export {before.name} {after.name}"
    if not before.commit or not after.commit or before.commit == after.commit:
        return [runs]
    clocks = " CLOCKS=gate" if of_times else ""
    return [f"make gate BASE={names.bare(before)} HEAD={names.bare(after)}{clocks}", runs]
