"""From evidence to a verdict.

The rules of a claim are tried from above, once for each number of cores; the first whose conditions all hold gives the
verdict there. Where none holds it is not_decidable: for want of evidence, which decides nothing and holds nothing up,
or because the evidence reaches across a bound, which is an answer and stands.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from plots import units
from plots.frame import cores_label
from plots.style import in_order, look
from reports.claims.evidence import (
    NOT_RUN,
    Absent,
    Claim,
    Counted,
    Ended,
    Evidence,
    Measured,
    Tried,
    is_usable,
    models_of,
)
from reports.claims.load import load_claims
from reports.claims.measure import Summary, gather
from reports.claims.say import say, say_all, text

COMMAND = "build/release/bin/threadmark claim {}"
Rule = dict[str, Any]
Condition = dict[str, Any]
Subject = tuple[str, str]  # quantity, model


class Ruling(NamedTuple):
    verdict: str
    because: str
    rule: int | None = None  # which of the claim's rules; None: none of them holds
    for_want: bool = False  # none holds, and a piece of evidence that they ask for is not there


def judge_all(summary: Summary, claims: list[Claim] | None = None) -> dict[str, Any]:
    """claims.json's content."""
    judged = [judge(claim, summary) for claim in (load_claims() if claims is None else claims)]
    return {"schema": 1, "run": summary["run"], "claims": judged}


def judge(claim: Claim, summary: Summary) -> dict[str, Any]:
    found, absent = gather(claim, summary)
    verdict, because = settle(claim, rulings_of(claim, found, absent))
    tried = [one for one in found if isinstance(one, Tried)]
    return {
        "id": claim["id"],
        "claim": claim["claim"],
        "experiment": claim["experiment"],
        "verdict": verdict,
        "because": because,
        "flips": claim["flips"],
        "sentences": say_all(claim, found),
        "measured": [one._asdict() for one in found if isinstance(one, Measured)],
        "outcomes": [one._asdict() for one in found if isinstance(one, Ended)],
        "rules": [one._asdict() for one in tried],
        "counted": [one._asdict() for one in found if isinstance(one, Counted)],
        "tests": sum(one.passed + one.failed for one in tried),
        "command": COMMAND.format(claim["id"]),
    }


def rulings_of(claim: Claim, found: list[Evidence], absent: list[Absent]) -> dict[int | None, Ruling]:
    """By number of cores. Evidence that is of none counts on each; by itself it makes a ruling of its own."""
    numbers = sorted({one.cores for one in found if one.cores is not None})
    return {
        cores: ruling(
            claim, cores, {(one.quantity, one.model): one for one in found if one.cores in (cores, None)}, absent
        )
        for cores in numbers or [None]
    }


def ruling(claim: Claim, cores: int | None, found: dict[Subject, Evidence], absent: list[Absent]) -> Ruling:
    for place, rule in enumerate(claim["rules"]):
        if holds(rule, claim, found):
            because = say(rule["because"], claim, cores, found.values())
            return Ruling(rule["verdict"], because or "The rule holds.", place)
    # What is missing counts only where it could still make a rule hold; what was found may exclude all of them.
    possible = [rule for rule in claim["rules"] if holds(rule, claim, found, if_missing=True)]
    missing = [subject for subject in wanted_by(possible, claim) if not is_usable(found.get(subject))]
    if missing:
        return Ruling("not_decidable", f"Lacking: {lacking(claim, cores, missing, found, absent)}.", for_want=True)
    texts = [
        f"“{found[subject].label}” of {look(subject[1]).label}: {text(found[subject], True)}"
        for subject in wanted_by(claim["rules"], claim)
        if subject in found
    ]
    return Ruling("not_decidable", f"No rule holds for the whole of what was found: {'; '.join(texts)}.")


def wanted_by(rules: list[Rule], claim: Claim) -> list[Subject]:
    """Whose evidence the rules look at."""
    of_rules = (subject for rule in rules for condition in rule["when"] for subject in subjects(condition, claim))
    return list(dict.fromkeys(of_rules))


def subjects(condition: Condition, claim: Claim) -> list[Subject]:
    name, who = condition["quantity"], condition.get("who", "every")
    return [(name, model) for model in models_of(claim["quantities"][name]) if who in ("every", "some", model)]


def holds(rule: Rule, claim: Claim, found: dict[Subject, Evidence], if_missing: bool = False) -> bool:
    """`if_missing` stands for each condition on what was not found."""

    def met(condition: Condition, subject: Subject) -> bool:
        evidence = found.get(subject)
        return meets(condition, evidence) if is_usable(evidence) else if_missing

    return all(
        (any if condition.get("who") == "some" else all)(met(condition, one) for one in subjects(condition, claim))
        for condition in rule["when"]
    )


def meets(condition: Condition, found: Evidence) -> bool:
    if isinstance(found, Tried):
        return found.standing == condition["rules"]
    if isinstance(found, Ended):
        return found.outcome in condition["outcome"] and condition.get("limit") in (None, found.limit)
    low, high = found.ci95 or [-math.inf, math.inf]
    if "within" in condition:
        return condition["within"][0] <= low and high <= condition["within"][1]
    return high < condition["below"] if "below" in condition else low > condition["above"]


def lacking(
    claim: Claim, cores: int | None, missing: list[Subject], found: dict[Subject, Evidence], absent: list[Absent]
) -> str:
    """What is not there and why, models with the same reason together."""
    models: dict[tuple[str, str], list[str]] = {}
    for name, model in missing:
        if (name, model) in found:
            why = "one value only, which has no interval"
        else:
            of_it = (a for a in absent if (a.quantity, a.model) == (name, model))
            why = next((a.why for a in of_it if None in (a.cores, cores) or a.cores == cores), NOT_RUN)
        models.setdefault((claim["quantities"][name]["label"], why), []).append(model)
    return "; ".join(
        f"“{label}” of {units.listing([look(model).label for model in in_order(of)])} ({why})"
        for (label, why), of in models.items()
    )


def settle(claim: Claim, rulings: dict[int | None, Ruling]) -> tuple[str, str]:
    """One verdict from those on each number of cores. One that is open for want of evidence has no say beside others.

    Where they disagree, the number of cores is what the claim depends on.
    """
    heard = {cores: one for cores, one in rulings.items() if not one.for_want} or rulings
    first = next(iter(heard.values()))
    if len({one.verdict for one in heard.values()}) > 1:
        if all(one.rule is not None for one in heard.values()):
            return "depends", " ".join(with_cores(heard))
        heard = {cores: one for cores, one in heard.items() if one.rule is None}
        first = Ruling("not_decidable", " ".join(with_cores(heard)))
    if first.verdict == "not_decidable":
        wanted = f"What would decide it: a run of what the claim needs, {claim['decided_by']}."
        return first.verdict, f"{first.because} {wanted}"
    return first.verdict, first.because


def with_cores(rulings: dict[int | None, Ruling]) -> Iterator[str]:
    for cores, one in rulings.items():
        assert cores is not None  # rulings differ on different numbers of cores only
        verdict = "" if one.rule is None else f" {one.verdict}"
        yield f"With {cores_label(cores)}{verdict}: {one.because}"
