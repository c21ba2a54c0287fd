"""selftest.json: how often planted changes are found and what else is reported (selftest.schema.json)."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jsonschema import Draft202012Validator

from analysis.trust.bounds import percent
from analysis.trust.counts import Share, share, together
from ci.changes.judge import EFFECT
from ci.changes.report import Watched
from ci.selftest.records import Simulated
from ci.selftest.score import TOLERANCE, Find, Scored, delay_of, looks_of, scored
from ci.selftest.truth import COMMITS, COUNTS_PERCENT, PERCENTS

# Fixed beforehand: where one does not hold, the detection is mended.
BOUND_PERCENT, RECALL, PRECISION = 10, 0.95, 0.90
# Scatter of a run's ratio; the last class is what is beyond.
CLASSES = (0.02, 0.05, 0.10, None)

Document = dict[str, Any]


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(Path(__file__).with_name("selftest.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def document(watched: Watched, simulated: Simulated, seed: int) -> Document:
    found = scored(watched, simulated)
    profiles = sorted({(one.history.latest.blocks, one.history.latest.profile) for one in found})
    parts = [
        part(profile, blocks, [one for one in found if one.history.latest.profile == profile], simulated, len(found))
        for blocks, profile in profiles
    ]
    of_bound = [row for one in parts for row in one["steps"] if row["percent"] == BOUND_PERCENT]
    whole = {
        "recall": together(row["visible"] for row in of_bound),
        "precision": together(one["precision"] for one in parts),
    }
    return {
        "schema": 1,
        "seed": seed,
        "commits": COMMITS,
        "histories": len(found),
        "tolerance": TOLERANCE,
        "visible": EFFECT,
        "bounds": {"percent": BOUND_PERCENT, "recall": RECALL, "precision": PRECISION},
        "parts": parts,
        **whole,
        "recall_of_all": together(row["all"] for row in of_bound),
        "machine_changes": len(watched.machine_changes),
        "missed": missed(whole),
    }


def part(profile: str, blocks: int, found: list[Scored], simulated: Simulated, histories: int) -> Document:
    times = [one for one in found if one.is_time]
    places = {commit: at for at, commit in enumerate(simulated.commits)}

    def delay(one: Scored, find: Find) -> int | None:
        return delay_of(one, find, histories, places)

    flat = [look for one in times if one.truth_is_flat for look in looks_of(one, histories)]
    lost = [one for one in found if one.history.points[-1].value is None]
    right = sum(find.change is not None for one in found for find in one.finds)
    return {
        "profile": profile,
        "blocks": blocks,
        "histories": len(found),
        "visible": share(sum(one.visible for one in times), len(times)),
        "steps": [step_row(percent_, times, delay) for percent_ in PERCENTS],
        "scatter": [class_row(at, times) for at in range(len(CLASSES))],
        "drifts": found_of(find for one in times for find in one.finds if find.planted.kind == "drift"),
        "counts": [count_row(size, found) for size in COUNTS_PERCENT],
        "precision": share(right, right + sum(len(one.false) for one in found)),
        "false_looks": share(sum(flat), len(flat)),
        "missing": share(sum(one.history.status == "missing" for one in lost), len(simulated.lost)),
    }


def step_row(size: float, times: Iterable[Scored], delay: Callable[[Scored, Find], int | None]) -> Document:
    steps = [(one, find) for one in times for find in one.finds if is_step(find, size)]
    seen = [(one, find) for one, find in steps if one.visible]
    delays = [delay(one, find) for one, find in seen if find.change is not None]
    known = [runs for runs in delays if runs is not None]
    return {
        "percent": size,
        "all": found_of(find for _, find in steps),
        "visible": found_of(find for _, find in seen),
        "worse": found_of(find for _, find in seen if find.planted.worse),
        "delay": {
            "found": len(delays),
            "median": float(np.median(known)) if known else None,
            "p90": float(np.quantile(known, 0.9)) if known else None,
        },
    }


def class_row(at: int, times: Iterable[Scored]) -> Document:
    """Of the steps that the bound is about, those of histories that scatter so much."""
    low, high = CLASSES[at - 1] if at else 0.0, CLASSES[at]
    its = [one for one in times if low < one.scatter and (high is None or one.scatter <= high)]
    finds = found_of(find for one in its for find in one.finds if is_step(find, BOUND_PERCENT))
    return {"above": low, "at_most": high, "histories": len(its), "found": finds}


def count_row(size: float, found: Iterable[Scored]) -> Document:
    """Of counts; `exact` are those that repeat to the digit."""
    steps = [(one, find) for one in found if not one.is_time for find in one.finds if is_step(find, size)]
    exact = [find for one, find in steps if one.history.subject.key.metric.startswith("instructions")]
    return {"percent": size, "exact": found_of(exact), "all": found_of(find for _, find in steps)}


def is_step(find: Find, size: float) -> bool:
    return find.planted.kind == "step" and find.planted.percent == size


def found_of(finds: Iterable[Find]) -> Share:
    finds = list(finds)
    return share(sum(find.change is not None for find in finds), len(finds))


def missed(whole: dict[str, Share]) -> list[str]:
    """A sentence for each bound that does not hold; nothing found of nothing holds no bound."""
    what = {
        "recall": (RECALL, f"of the changes by {BOUND_PERCENT} % that could be seen are found"),
        "precision": (PRECISION, "of the reported changes are real"),
    }
    return [
        f"{percent(its['share']) if its['of'] else 'none'} {words}, not {percent(bound)}"
        for name, (bound, words) in what.items()
        for its in [whole[name]]
        if not its["of"] or its["share"] < bound
    ]
