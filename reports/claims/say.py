"""The sentences of claims.toml with what was found put in. A sentence that names what was not found is not said.

    {quantity}           a number with its unit; an outcome with its reason; how many tests passed of how many
    {quantity.each}      the same of every model that has it, by name and with intervals
    {quantity.MODEL}     of one model, where the quantity is of several
    {cores}              how many cores

ATTRIBUTES names what else can be asked of evidence of each kind, after the quantity or the model: {q.interval}.
"""

from collections.abc import Iterable
from string import Formatter
from typing import Any

from plots import units
from plots.frame import cores_label
from plots.style import in_order, look
from reports.claims.evidence import Claim, Counted, Ended, Evidence, Measured, Tried

# `times` is how many times the claimed value it is, `broken` which rules were.
ATTRIBUTES = {
    "slopes": {"interval", "times"},
    "cells": {"interval", "times"},
    "outcomes": {"reason"},
    "rules": {"broken"},
    "adoption": {"interval"},
}
WITHOUT_CORES = ("rules", "adoption")


class NotFound(Exception):
    """The sentence names a model that has no such evidence."""


class Shown:
    """One piece of evidence as the sentences see it."""

    def __init__(self, found: Evidence, claim: Claim) -> None:
        self._text = text(found)
        match found:
            case Measured() | Counted():
                self.interval = interval(found)
                if "claimed" in claim:
                    self.times = f"{units.number(found.value / claim['claimed'])} times"
            case Ended():
                self.reason = found.reason
            case Tried():
                self.broken = units.listing(found.broken)

    def __format__(self, _spec: str) -> str:
        return self._text


class ShownOfSeveral:
    """The evidence of several models on one quantity."""

    def __init__(self, found: list[Evidence], claim: Claim) -> None:
        self._shown = {one.model: Shown(one, claim) for one in found}
        by_model = {one.model: one for one in found}
        self.each = units.listing([f"{look(m).label} {text(by_model[m], True)}" for m in in_order(by_model)])

    def __getattr__(self, model: str) -> Shown:
        if model not in self._shown:
            raise NotFound(model)
        return self._shown[model]


def text(found: Evidence, with_interval: bool = False) -> str:
    match found:
        case Measured() | Counted():
            value, bounds = amount(found.value, found.unit), interval(found)
            return f"{value} ({bounds})" if with_interval and bounds != value else value
        case Ended():
            return f"{found.outcome.replace('_', ' ')} ({found.reason})" if found.reason else found.outcome
        case Tried(standing="skipped"):
            return f"skipped ({'; '.join(found.reasons)})"
        case Tried():
            return f"{found.passed} of {found.passed + found.failed}"


def amount(value: float, unit: str) -> str:
    if unit == "×":
        return units.factor(value)
    if unit not in (*units.TIMES, "B", units.RATE, *units.THINGS) and value == int(value):
        return f"{value:,.0f} {unit}"
    return units.quantity(value, unit)


def interval(found: Measured | Counted) -> str:
    if found.ci95 is None:
        return "–"
    low, high = (amount(bound, found.unit) for bound in found.ci95)
    return low if low == high else f"{low} – {high}"


def fields(template: str) -> list[list[str]]:
    """What the template names, each as [quantity, attribute, …]."""
    return [name.split(".") for _, name, _, _ in Formatter().parse(template) if name is not None]


def say(template: str, claim: Claim, cores: int | None, found: Iterable[Evidence]) -> str | None:
    """The template with what was found on that number of cores; None where it names something that was not."""
    groups: dict[str, list[Evidence]] = {}
    for one in found:
        groups.setdefault(one.quantity, []).append(one)
    values: dict[str, Any] = {} if cores is None else {"cores": cores_label(cores)}
    for name, group in groups.items():
        several = "each" in claim["quantities"][name]
        values[name] = ShownOfSeveral(group, claim) if several else Shown(group[0], claim)
    try:
        return template.format(**values)
    except (KeyError, NotFound):
        return None


def say_all(claim: Claim, found: list[Evidence]) -> list[str]:
    """Every sentence for each number of cores that it can be said of; once where it speaks of none."""
    measured_on = sorted({one.cores for one in found if one.cores is not None})
    said = []
    for template in claim["sentences"]:
        roots = {root for root, *_ in fields(template)}
        of_cores = "cores" in roots or any(claim["quantities"][r]["from"] not in WITHOUT_CORES for r in roots)
        for cores in measured_on if of_cores else [None]:
            said.append(say(template, claim, cores, [one for one in found if one.cores in (cores, None)]))
    return [sentence for sentence in said if sentence]
