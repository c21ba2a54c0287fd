"""Finds in a summary what the quantities of a claim describe.

    slopes      a cost per task, as the slope over their number
    cells       the median of a cell; with `over`, how many times another cell of the same run it is
    outcomes    how a cell ended
    rules       which rules of a conformance suite a model keeps
    adoption    how many times the code of another model's programs a model's take

The interval of a quotient comes from its log ratios, paired by block, as in analysis/ratios.py.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from analysis import stats
from reports.claims.evidence import NOT_RUN, Absent, Claim, Counted, Ended, Evidence, Measured, Source, Tried, models_of
from reports.claims.load import BrokenClaims

Summary = dict[str, Any]
Entry = dict[str, Any]
Number = tuple[float, list[float] | None, list[int]]  # value, interval, trials


class Sought(NamedTuple):
    quantity: str
    model: str
    source: Source
    limits: dict[str, list[str]]

    @property
    def where(self) -> dict[str, Any]:
        return {**self.source["where"], "model": self.model}

    @property
    def label(self) -> str:
        return self.source["label"]

    def absent(self, cores: int | None, why: str) -> Absent:
        return Absent(self.quantity, self.label, self.model, cores, why)


def gather(claim: Claim, summary: Summary) -> tuple[list[Evidence], list[Absent]]:
    """All that the summary has on the claim's quantities, in their order, and why it lacks the rest."""
    found = [
        item
        for name, source in claim["quantities"].items()
        for model in models_of(source)
        for item in FINDERS[source["from"]](Sought(name, model, source, claim["limits"]), summary)
    ]
    return [f for f in found if not isinstance(f, Absent)], [f for f in found if isinstance(f, Absent)]


def find_slopes(sought: Sought, summary: Summary) -> Iterator[Measured | Absent]:
    for cores, entry in by_cores("slopes", sought.where, summary).items():
        if entry["slope"] is None:
            yield sought.absent(cores, entry["reason"])
        else:
            yield measured(sought, cores, entry["unit"], (entry["slope"], entry["ci95"], entry["trials"]))


def find_cells(sought: Sought, summary: Summary) -> Iterator[Measured | Absent]:
    over = sought.source.get("over")
    others = by_cores("cells", {**sought.where, **over}, summary) if over else {}
    for cores, cell in by_cores("cells", sought.where, summary).items():
        unit = "×" if over else cell["unit"]
        alone = cell["median"], cell["ci95"], cell["trials"]
        number = obstacle(cell) or (paired(cell, others.get(cores), summary) if over else alone)
        yield sought.absent(cores, number) if isinstance(number, str) else measured(sought, cores, unit, number)


def find_outcomes(sought: Sought, summary: Summary) -> Iterator[Ended]:
    for cores, cell in by_cores("cells", sought.where, summary).items():
        outcome = cell["outcome"]
        reason = None if outcome == "ok" else cell["reason"]  # of one that ended ok: what its metric lacks
        limit = kind_of(reason or "", sought.limits) if outcome == "limit" else None
        yield Ended(sought.quantity, sought.label, sought.model, cores, outcome, limit, reason, cell["trials"])


def kind_of(reason: str, limits: dict[str, list[str]]) -> str | None:
    """The first that fits: memory that cannot be had for want of memory maps is a limit on their number."""
    return next((kind for kind, names in limits.items() if any(name in reason for name in names)), None)


def find_rules(sought: Sought, summary: Summary) -> Iterator[Tried | Absent]:
    if summary["conformance"] is None:
        yield sought.absent(None, "no rules were tried along with this run")
        return
    suite, rules = sought.where["suite"], sought.where["rules"]
    found = {
        entry["rule"]: entry["models"][sought.model]
        for entry in summary["conformance"]["rules"]
        if entry["suite"] == suite and entry["rule"] in rules and sought.model in entry["models"]
    }
    broken = [rule for rule in rules if rule in found and found[rule]["failed"]]
    untried = [rule for rule in rules if rule not in found]
    if untried and not broken:
        yield sought.absent(None, f"the rule {suite}.{untried[0]} was not tried")
        return
    standing = "broken" if broken else "kept" if all(entry["passed"] for entry in found.values()) else "skipped"
    counts = (sum(entry[kind] for entry in found.values()) for kind in ("passed", "failed", "skipped"))
    reasons = list(dict.fromkeys(reason for entry in found.values() for reason in entry["reasons"]))
    yield Tried(sought.quantity, sought.label, sought.model, suite, list(found), standing, *counts, broken, reasons)


def find_adoption(sought: Sought, summary: Summary) -> Iterator[Counted | Absent]:
    if summary["adoption"] is None:
        yield sought.absent(None, "no programs were counted")
        return

    def counts(model: str) -> dict[str, int]:
        programs = summary["adoption"]["programs"]
        return {one["workload"]: one[sought.where["count"]] for one in programs if one["model"] == model}

    mine, theirs = counts(sought.model), counts(sought.source["over"]["model"])
    programs = [name for name in mine if name in theirs]
    if not programs:
        yield sought.absent(None, "no program was counted in both models")
        return
    value, interval = quotient([(mine[name], theirs[name]) for name in programs])
    yield Counted(sought.quantity, sought.label, sought.model, "×", value, interval, programs)


FINDERS: dict[str, Callable[[Sought, Summary], Iterator[Evidence | Absent]]] = {
    "slopes": find_slopes,
    "cells": find_cells,
    "outcomes": find_outcomes,
    "rules": find_rules,
    "adoption": find_adoption,
}


def by_cores(section: str, where: dict[str, Any], summary: Summary) -> dict[int, Entry]:
    """The entries that are described, one for each number of cores. A cell is there once for each of its metrics; where
    no metric is asked for, any of them will do, because the outcome is that of the trials."""
    found: dict[int, Entry] = {}
    for entry in summary[section]:
        if all(field(entry, key) == wanted for key, wanted in where.items()):
            other = found.setdefault(field(entry, "cores"), entry)
            if other is not entry and "metric" in where:
                raise BrokenClaims(f"{where} fits more than one entry of {section}; `where` must tell them apart")
    return found


def field(entry: Entry, key: str) -> Any:
    """One of the entry's parameters, or a field of its own: a cell's own `n` is how many values it has."""
    return entry.get("params", {}).get(key, entry.get(key))


def obstacle(cell: Entry) -> str | None:
    """Why a cell's median proves nothing: the trials that survived a failure are not a fair sample."""
    if cell["outcome"] == "ok":
        return cell["reason"]
    failed = sum(count for kind, count in cell["outcomes"].items() if kind != "ok")
    return f"{cell['outcome']} in {failed} of {len(cell['trials'])} trials ({cell['reason']})"


def paired(cell: Entry, other: Entry | None, summary: Summary) -> Number | str:
    """How many times the other cell this one is, block by block; a sentence where that cannot be said.

    A cell has a trial for each block it ran in, in their order. So two cells are in step where their trials are the
    same (two metrics of one cell), or where both ran in the same blocks.
    """
    if other is None:
        return f"what it is compared with is {NOT_RUN}"
    if why := obstacle(other):
        return f"what it is compared with ended so: {why}"
    if cell["trials"] != other["trials"] and blocks_of(cell, summary) != blocks_of(other, summary):
        return "not run in the same blocks, so that their values cannot be paired"
    pairs = list(zip(cell["values"], other["values"], strict=True))
    if any(value is None or value <= 0 for pair in pairs for value in pair):
        return "a value that is missing, zero or below has no ratio"
    return *quotient(pairs), list(dict.fromkeys([*cell["trials"], *other["trials"]]))


def blocks_of(cell: Entry, summary: Summary) -> list[int]:
    """The block of each of the cell's trials, from the log of the run."""
    log = summary["noise"]
    blocks = dict(zip(log["order"], log["block"], strict=True))
    return [blocks[order] for order in cell["trials"]]


def quotient(pairs: list[tuple[float, float]]) -> tuple[float, list[float] | None]:
    logs = [math.log(mine) - math.log(theirs) for mine, theirs in pairs]
    interval = stats.median_interval(logs)
    return math.exp(stats.median(logs)), [math.exp(bound) for bound in interval] if interval else None


def measured(sought: Sought, cores: int, unit: str, number: Number) -> Measured:
    """The number as claims.toml wants it: times `scale`, less one for each core with `minus_cores`."""
    value, interval, trials = number
    scale, less = sought.source.get("scale", 1), cores if sought.source.get("minus_cores") else 0

    def plain(bound: float) -> float:
        return bound * scale - less

    return Measured(
        sought.quantity, sought.label, sought.model, cores, sought.source.get("unit", unit), plain(value),
        [plain(bound) for bound in interval] if interval else None, trials,
    )  # fmt: skip
