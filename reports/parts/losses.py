"""Where mn loses: every cell that figures compare the models by and in which mn is not the best, or may not be."""

from collections import Counter
from typing import Any, NamedTuple

from analysis.ratios import SUBJECT
from plots import units
from plots.frame import Table, cores_label, is_contest, metric_label, params_label
from plots.style import look
from reports import bars
from reports.parts.blocks import Block, Heading, Text, folded, grid
from reports.parts.pairs import Cell, Field, Standing

Summary = dict[str, Any]


class Losses(NamedTuple):
    """Of all cells of the contest in which mn ran. A cell is in one of these alone."""

    best: list[Cell]
    lost: list[tuple[Cell, Standing]]  # one for each model that is better
    failed: list[tuple[Cell, str, list[str]]]  # mn did not end ok, these did
    open: list[tuple[Cell, Standing]]  # nobody is better, and these may be
    alone: list[Cell]  # no other model ended ok

    @property
    def count(self) -> int:
        apart = {cell for cell, _ in self.lost} | {cell for cell, _ in self.open}
        return len(self.best) + len(apart) + len(self.failed) + len(self.alone)


def losses_of(summary: Summary) -> Losses:
    field, found = Field(summary), Losses([], [], [], [], [])
    for cell, entries in field.cells.items():
        mine = entries.get(SUBJECT)
        if mine is None or not is_contest(mine) or not mine["unit"]:
            continue
        others = [model for model in field.finished(cell) if model != SUBJECT]
        standings = [field.standing(cell, SUBJECT, other) for other in others]
        lost = [(cell, standing) for standing in standings if standing.verdict == "worse"]
        may_be = [(cell, standing) for standing in standings if standing.verdict in ("cannot_tell", "same")]
        if mine["outcome"] != "ok" and others:
            found.failed.append((cell, f"{mine['outcome'].replace('_', ' ')}: {mine['reason']}", others))
        elif not others:
            found.alone.append(cell)
        elif lost or may_be:
            found.lost.extend(lost)
            found.open.extend([] if lost else may_be)
        else:
            found.best.append(cell)
    found.lost.sort(key=lambda one: one[1].ratio or 0.0)
    return found


def sentence(found: Losses) -> str:
    mn = look(SUBJECT).label
    if not found.count:
        return f"{mn} is in no cell of this run that compares models."
    lost, open_ = ({cell for cell, _ in of} for of in (found.lost, found.open))
    parts = [
        f"it is the best in {len(found.best)}",
        f"another is clearly better in {len(lost)}",
        *([f"it failed where another did not in {len(found.failed)}"] if found.failed else []),
        f"in {len(open_)} it cannot be told, or they are the same",
        *([f"in {len(found.alone)} no other model ended ok"] if found.alone else []),
    ]
    cells = units.counted(found.count, "cells")
    return f"Of {cells} that compare {mn} with others, {units.listing(parts)}."


WHERE = ("workload", "parameters", "cores", "metric")


def where(cell: Cell) -> tuple[str, ...]:
    cores = cores_label(dict(cell.params)["cores"])
    return cell.workload, params_label(cell.params), cores, metric_label(cell.metric)


def lost_table(found: Losses) -> Table:
    """By how many times the other is better, the greatest loss first."""
    turned = [(cell, standing.turned()) for cell, standing in found.lost]
    rows = tuple(
        (*where(cell), look(s.model).label, units.factor(s.ratio), units.factors(s.ci95), s.reason)
        for cell, s in turned
    )  # fmt: skip
    return Table((*WHERE, "who is better", "times better", "95 % interval", "because"), rows)


def failed_table(found: Losses) -> Table:
    rows = tuple(
        (*where(cell), how, units.listing([look(model).label for model in others]))
        for cell, how, others in found.failed
    )
    return Table((*WHERE, f"what became of {look(SUBJECT).label}", "ended ok"), rows)


def open_table(found: Losses) -> Table:
    rows = tuple(
        (*where(cell), look(s.other).label, units.factor(s.ratio), units.factors(s.ci95),
         s.verdict.replace("_", " "), s.reason)
        for cell, s in found.open
    )  # fmt: skip
    columns = (*WHERE, "beside", f"times {look(SUBJECT).label} is better", "95 % interval", "verdict", "because")
    return Table(columns, rows)


def who_measures(known: list[bars.Bar]) -> str:
    elsewhere = Counter(bar["profile"] for bar in known if "profile" in bar)
    told = units.listing([f"{profile} for {count}" for profile, count in sorted(elsewhere.items())])
    return f"The profile quick measures all of them{f', but it takes {told}' if told else ''}."


def blocks(summary: Summary) -> list[Block]:
    found, lines = losses_of(summary), bars.judge_all(summary)
    mn = look(SUBJECT).label
    return [
        Text(sentence(found)),
        *grid(lost_table(found), f"Cells in which another model is clearly better than {mn}, the widest gap first"),
        *grid(failed_table(found), f"Cells in which {mn} did not end ok and another model did"),
        *folded("Where it cannot be told", grid(
            open_table(found),
            f"Models neither clearly better than {mn} nor clearly worse, in cells in which none is clearly better",
        )),
        Heading("bars", "The bars"),
        Text(
            f"What {mn} has to reach. {bars.in_short(lines)} {who_measures(bars.load_bars())} A bar goes by the median "
            "of the blocks' ratios, which is not the ratio of the two medians beside it; one that asks for a "
            "verdict is open where the noise keeps the run from giving it."
        ),
        *grid(bars.table(bars.measured(lines)),
              "Every bar that this run has measured: by the median over the blocks, with both sides"),
    ]  # fmt: skip
