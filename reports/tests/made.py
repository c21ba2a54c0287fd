"""Summaries made of stated evidence: TEST DATA, measured nowhere. Trials become cells and slopes by the analysis
itself, so that they have the form of a real run's.

    summary_of(ran("go", "parked", n=[1000, 10_000], bytes_per_task=2_715), tried("go", "sync_rules", ["a_rule"]))
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from analysis.cells import cells_of
from analysis.conformance import by_rule
from analysis.contracts import catalogue
from analysis.slopes import slopes_of
from analysis.tests.synthetic import empty_summary

Piece = dict[str, Any]  # of evidence: what a summary is made of
BLOCKS = 5
STEPS = (0.0, -1.0, 1.0, -0.5, 0.5)  # by block, of the spread: the first block has the median


def ran(
    models: str | Iterable[str], workload: str, *, cores: int | Iterable[int] = 1, outcome: str = "ok",
    reason: str | None = None, spread: float = 0.01, blocks: Iterable[int] | None = None, **named: Any,
) -> Piece:  # fmt: skip
    """Cells, one for each model, number of cores and value of a parameter. What is no parameter is a metric: a value
    that spreads by that share, or one for each block. In all blocks of the run, or in these, from 1."""
    known = catalogue()[workload]["params"]
    return {
        "models": [models] if isinstance(models, str) else list(models),
        "workload": workload,
        "cores": [cores] if isinstance(cores, int) else list(cores),
        "outcome": outcome,
        "reason": reason,
        "spread": spread,
        "blocks": blocks,
        "params": {name: named.pop(name) for name in list(named) if name in known},
        "metrics": {name.replace("__", "."): value for name, value in named.items()},
    }


def tried(models: str | Iterable[str], suite: str, rules: Iterable[str], outcome: str = "passed") -> Piece:
    """Rules of conformance, on one core and on two."""
    return {"models": [models] if isinstance(models, str) else list(models), "suite": suite, "rules": list(rules),
            "result": outcome}  # fmt: skip


def counted(model: str, *programs: tuple[int, int]) -> Piece:
    """Programs, each by its lines and names."""
    return {"model": model, "programs": programs}


def summary_of(*pieces: Piece, blocks: int = BLOCKS) -> dict[str, Any]:
    asked = [piece for piece in pieces if "workload" in piece]
    trials = [
        trial
        for block in range(blocks)
        for piece in asked
        if piece["blocks"] is None or block + 1 in piece["blocks"]
        for trial in run(piece, block)
    ]
    for order, trial in enumerate(trials, start=1):
        trial["order"] = order
    cells = cells_of(trials)
    rules, programs = [p for p in pieces if "suite" in p], [p for p in pieces if "programs" in p]
    summary = empty()
    summary["input"]["blocks"] = blocks
    log = {name: [trial[name] for trial in trials] for name in ("order", "block")}
    log |= {name: [None] * len(trials) for name in ("steal_ticks", "load1")}
    return {
        **summary,
        "noise": {**summary["noise"], **log},
        "cells": cells,
        "slopes": slopes_of(cells, {trial["order"]: trial["block"] for trial in trials}),
        "conformance": by_rule({"results": [r for p in rules for r in results(p)], "missing": []}) if rules else None,
        "adoption": {"programs": [one for piece in programs for one in programs_of(piece)]} if programs else None,
    }


@cache
def empty() -> dict[str, Any]:
    return empty_summary()


def run(piece: Piece, block: int) -> Iterable[dict[str, Any]]:
    known = catalogue()[piece["workload"]]
    names = list(known["params"])
    cells = [{}]
    for name in names:
        values = piece["params"].get(name, known["params"][name][:1])
        cells = [{**cell, name: v} for cell in cells for v in (values if isinstance(values, list) else [values])]
    for model in piece["models"]:
        for params in [{**cell, "cores": cores} for cell in cells for cores in piece["cores"]]:
            ok = piece["outcome"] == "ok"
            yield {
                "model": model, "workload": piece["workload"], "params": params, "block": block + 1,
                "outcome": piece["outcome"], "reason": piece["reason"] or (None if ok else "made to end so"),
                "expressed": "native",
                "metrics": {
                    name: {**known["metrics"][name], "value": value_of(value, piece["spread"], block)}
                    for name, value in piece["metrics"].items()
                } if ok else {},
            }  # fmt: skip


def value_of(value: float | list[float], spread: float, block: int) -> float:
    return value[block] if isinstance(value, list) else value * (1 + spread * STEPS[block % len(STEPS)])


def results(piece: Piece) -> Iterable[dict[str, Any]]:
    reason = "it cannot express it" if piece["result"] == "skipped" else None
    for model in piece["models"]:
        for rule in piece["rules"]:
            for cores in (1, 2):
                yield {"suite": piece["suite"], "rule": rule, "model": model, "variant": None, "cores": cores,
                       "outcome": piece["result"], "reason": reason}  # fmt: skip


def programs_of(piece: Piece) -> Iterable[dict[str, Any]]:
    for place, (lines, names) in enumerate(piece["programs"]):
        yield {"workload": f"program_{place}", "model": piece["model"], "lines": lines, "api_names": names}
