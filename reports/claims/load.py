"""Reads claims.toml, and refuses what the engine would misread: words that it does not know, conditions that do not fit
their quantity, sentences about what is not there, evidence that the claim does not ask to be run.

What a claim consists of is said at the top of claims.toml.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.contracts import validator
from reports.claims.evidence import Claim, Source
from reports.claims.needs import faults_of_need, faults_of_where, uncovered, wheres_of
from reports.claims.say import ATTRIBUTES, fields

CLAIMS = Path(__file__).parent.parent / "claims.toml"
VERDICTS = ("supported", "refuted", "depends")  # not_decidable is what is left where no rule holds
NUMERIC = {"within", "below", "above"}
TESTS = {"slopes": NUMERIC, "cells": NUMERIC, "adoption": NUMERIC, "outcomes": {"outcome"}, "rules": {"rules"}}
OPTIONS = {"slopes": {"scale", "unit"}, "cells": {"scale", "unit", "minus_cores", "over"}, "adoption": {"over"}}
STANDINGS = ("kept", "broken", "skipped")
REQUIRED = {"id", "claim", "experiment", "flips", "decided_by", "sentences", "needs", "quantities", "rules"}
OPTIONAL = {"claimed", "conformance", "adoption"}

Limits = dict[str, list[str]]


class BrokenClaims(Exception):
    """claims.toml says something that this engine does not know."""


def load_claims(path: Path = CLAIMS) -> list[Claim]:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    claims, limits = document["claim"], document.get("limits", {})
    for claim in claims:
        fault = next(faults_of(claim, limits), None)
        if fault is not None:
            raise BrokenClaims(f"{claim.get('id', 'a claim')}: {fault}")
        claim["limits"] = limits
    ids = [claim["id"] for claim in claims]
    if len(ids) != len(set(ids)):
        raise BrokenClaims(f"an id is used twice: {ids}")
    return claims


def faults_of(claim: Claim, limits: Limits) -> Iterator[str]:
    """From the outside in. Only the first counts, so each step may rely on those before it."""
    missing, unknown = REQUIRED - claim.keys(), claim.keys() - REQUIRED - OPTIONAL
    if missing or unknown:
        yield f"missing {sorted(missing)}, unknown {sorted(unknown)}"
    for entry in claim["needs"]:
        yield from faults_of_need(entry)
    for name, source in claim["quantities"].items():
        yield from (f"quantity {name!r}: {fault}" for fault in faults_of_quantity(source, claim))
    if not claim["rules"]:
        yield "no rule"
    for rule in claim["rules"]:
        yield from faults_of_rule(rule, claim, limits)
    for template in claim["sentences"]:
        yield from faults_of_template(template, claim, set(claim["quantities"]))


def faults_of_quantity(source: Source, claim: Claim) -> Iterator[str]:
    kind = source.get("from")
    if kind not in TESTS:
        yield f"from {kind!r} is not one of {', '.join(TESTS)}"
    known = {"from", "label", "where", "each"} | OPTIONS.get(kind, set())
    if not {"label", "where"} <= source.keys() <= known:
        yield f"has {sorted(source)}, of which label and where are needed and {sorted(known)} known"
    if ("each" in source) == ("model" in source["where"]):
        yield "names its model in `where`, or several in `each`, and not both"
    if kind == "adoption" and "over" not in source:
        yield "lines and names mean something beside those of another model only: `over`"
    for where in wheres_of(source):
        yield from faults_of_where(kind, where)
    yield from uncovered(claim, source)


def faults_of_rule(rule: dict[str, Any], claim: Claim, limits: Limits) -> Iterator[str]:
    if rule.keys() != {"verdict", "when", "because"} or rule["verdict"] not in VERDICTS or not rule["when"]:
        yield f"a rule has a verdict ({', '.join(VERDICTS)}), when and because, unlike {rule}"
    for condition in rule["when"]:
        name = condition.get("quantity")
        if name not in claim["quantities"]:
            yield f"no quantity {name!r}"
        yield from faults_of_condition(condition, claim["quantities"][name], limits)
    yield from faults_of_template(rule["because"], claim, {condition["quantity"] for condition in rule["when"]})


def faults_of_condition(condition: dict[str, Any], source: Source, limits: Limits) -> Iterator[str]:
    name, kind = condition["quantity"], source["from"]
    tests = condition.keys() - {"quantity", "who"} - ({"limit"} if kind == "outcomes" else set())
    if len(tests) != 1 or not tests <= TESTS[kind]:
        yield f"a condition on {name!r} has one of {', '.join(sorted(TESTS[kind]))}, not {sorted(tests)}"
    if "each" in source and condition.get("who") not in ("every", "some", *source["each"]):
        yield f"a condition on {name!r} says who: every, some, or one of {', '.join(source['each'])}"
    if "each" not in source and "who" in condition:
        yield f"{name!r} is of one model, so that there is no choice of who"
    if "limit" in condition and condition["limit"] not in limits:
        yield f"no limits {condition['limit']!r}"
    outcomes = validator("summary").schema["$defs"]["outcome"]["enum"]
    if not set(condition.get("outcome", ["ok"])) <= set(outcomes):
        yield f"outcome of {name!r} is not a list out of {', '.join(outcomes)}"
    if condition.get("rules", "kept") not in STANDINGS:
        yield f"rules of {name!r} are not {', '.join(STANDINGS)}"


def faults_of_template(template: str, claim: Claim, sayable: set[str]) -> Iterator[str]:
    """`sayable`: of a rule's reason what its conditions speak of, so that it is there whenever the rule holds."""
    for root, *rest in fields(template):
        if root == "cores" and not rest:
            continue
        if root not in sayable:
            yield f"{template!r} names {root!r}, which is not one of {', '.join(sorted(sayable))}"
        source = claim["quantities"][root]
        attributes = ATTRIBUTES[source["from"]] - (set() if "claimed" in claim else {"times"})
        if "each" in source:
            whose, *rest = rest or [""]
            if whose not in ("each", *source["each"]):
                yield f"{template!r} does not say whose {root!r} it means"
            attributes = set() if whose == "each" else attributes
        if rest and not (len(rest) == 1 and rest[0] in attributes):
            yield f"{template!r}: {root!r} has no {'.'.join(rest)}"
