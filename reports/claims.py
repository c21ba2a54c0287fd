"""Judges the claims of claims.toml by a summary. The rules are data; here is only how they are read.

Invariants: a verdict rests on whole intervals, never on a median alone; what was not measured decides nothing; every
measured value names the trials behind it.
"""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from plots import units
from plots.frame import cores_label

CLAIMS = Path(__file__).with_name("claims.toml")
VERDICTS = ("supported", "refuted", "depends", "not_decidable")
TESTS = ("within", "below", "above")


class BrokenClaims(Exception):
    """claims.toml says something that this engine does not know."""


class Measured(NamedTuple):
    quantity: str
    label: str
    model: str
    cores: int
    unit: str
    value: float
    ci95: list[float] | None
    trials: list[int]


class Shown:
    """A measured value as the sentences of claims.toml see it."""

    def __init__(self, measured: Measured, claimed: float) -> None:
        self.interval = units.interval(measured.ci95, measured.unit)
        self.times = f"{units.number(measured.value / claimed)} times"
        self._text = units.quantity(measured.value, measured.unit)

    def __format__(self, _spec: str) -> str:
        return self._text


def load_claims(path: Path = CLAIMS) -> list[dict[str, Any]]:
    claims = tomllib.loads(path.read_text(encoding="utf-8"))["claim"]
    for claim in claims:
        for rule in claim["rules"]:
            if rule["verdict"] not in VERDICTS:
                raise BrokenClaims(f"{claim['id']}: no verdict {rule['verdict']!r}; known: {', '.join(VERDICTS)}")
            for condition in rule["when"]:
                if condition["quantity"] not in claim["quantities"]:
                    raise BrokenClaims(f"{claim['id']}: no quantity {condition['quantity']!r}")
                if len(condition.keys() & set(TESTS)) != 1:
                    raise BrokenClaims(f"{claim['id']}: a condition has one of {', '.join(TESTS)}")
    return claims


def judge_all(summary: dict[str, Any], claims: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """claims.json's content."""
    judged = [judge(claim, summary) for claim in (load_claims() if claims is None else claims)]
    return {"schema": 1, "run": summary["run"], "claims": judged}


def judge(claim: dict[str, Any], summary: dict[str, Any]) -> dict[str, Any]:
    measured = [m for name, source in claim["quantities"].items() for m in measure(name, source, summary)]
    cores = sorted({m.cores for m in measured})
    rulings = {count: ruling(claim, {m.quantity: m for m in measured if m.cores == count}) for count in cores}
    verdict, because = settle(rulings)
    sentences = [
        text for count in cores if (text := say(claim["sentence"], claim, [m for m in measured if m.cores == count]))
    ]
    return {
        "id": claim["id"],
        "claim": claim["claim"],
        "experiment": claim["experiment"],
        "verdict": verdict,
        "because": because,
        "sentences": sentences,
        "measured": [m._asdict() for m in measured],
        "command": claim["command"],
    }


def measure(name: str, source: dict[str, Any], summary: dict[str, Any]) -> list[Measured]:
    """The summary's entries that the source describes, one for each number of cores; those with a value."""
    entries_of_cores: set[int] = set()
    value_key = {"slopes": "slope", "cells": "median", "ratios": "ratio"}[source["from"]]
    found = []
    for entry in summary[source["from"]]:
        if entry[value_key] is None or not all(field(entry, key) == want for key, want in source["where"].items()):
            continue
        trials = entry["trials"] if "trials" in entry else [order for pair in entry["pairs"] for order in pair]
        unit = "×" if source["from"] == "ratios" else entry["unit"]
        cores = field(entry, "cores")
        if cores in entries_of_cores:
            raise BrokenClaims(
                f"quantity {name!r} fits more than one entry of {source['from']}; `where` must tell them apart"
            )
        entries_of_cores.add(cores)
        value = Measured(name, source["label"], entry["model"], cores, unit, entry[value_key], entry["ci95"], trials)
        found.append(value)
    return found


def field(entry: dict[str, Any], key: str) -> Any:
    """An entry's own field, or one of its parameters."""
    return entry[key] if key in entry else entry.get("params", {}).get(key)


def ruling(claim: dict[str, Any], measured: dict[str, Measured]) -> tuple[str, str]:
    """The verdict on one number of cores."""
    for rule in claim["rules"]:
        if all(holds(condition, measured.get(condition["quantity"])) for condition in rule["when"]):
            text = say(rule["because"], claim, list(measured.values()))
            return rule["verdict"], text or "The rule holds."
    return "not_decidable", "No rule holds for the whole of the measured intervals."


def holds(condition: dict[str, Any], measured: Measured | None) -> bool:
    if measured is None or measured.ci95 is None:
        return False
    low, high = measured.ci95
    if "within" in condition:
        return condition["within"][0] <= low and high <= condition["within"][1]
    return high < condition["below"] if "below" in condition else low > condition["above"]


def settle(rulings: dict[int, tuple[str, str]]) -> tuple[str, str]:
    """One verdict from those of each number of cores."""
    if not rulings:
        return "not_decidable", (
            "This run measured none of the quantities that the claim needs: a cost per task is a slope over two "
            "sizes or more."
        )
    verdicts = {verdict for verdict, _ in rulings.values()}
    first = min(rulings)
    if len(verdicts) == 1:
        return rulings[first]
    if "not_decidable" in verdicts:
        undecided = [cores_label(count) for count, (verdict, _) in rulings.items() if verdict == "not_decidable"]
        return (
            "not_decidable",
            f"With {units.listing(undecided)} no rule holds for the whole of the intervals.",
        )
    return "depends", " ".join(f"With {cores_label(c)} {v}: {because}" for c, (v, because) in rulings.items())


def say(template: str, claim: dict[str, Any], measured: list[Measured]) -> str | None:
    """The template with its values; None where it names one that was not measured."""
    values = {m.quantity: Shown(m, claim["claimed"]) for m in measured}
    try:
        return template.format(cores=cores_label(measured[0].cores), **values) if measured else None
    except KeyError as missing:
        if missing.args[0] in claim["quantities"]:
            return None
        raise BrokenClaims(f"{claim['id']}: no quantity {missing}") from missing
