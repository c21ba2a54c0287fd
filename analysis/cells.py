"""Cells: what the blocks of one model, workload, parameters and metric come to.

Invariants: `trials` and `values` are of one length and in the order of the blocks; only trials that ended ok have a
value; a failure is never dropped: the cell's outcome is the worst of its trials, with the count of each; `at_least` is
there where the values are lower bounds (at_least.py), and only there.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from analysis import at_least, stats
from analysis.contracts import catalogue
from analysis.run import Trial

# From worst to best: a wrong answer makes every number of the cell doubtful, the others only say where it ends.
WORST_FIRST = ("wrong_answer", "crash", "timeout", "limit", "misconfigured", "unsupported", "ok")

Cell = dict[str, Any]


def cells_of(trials: Iterable[Trial]) -> list[Cell]:
    """Every cell of the run, those of second names too, in the catalogue's order."""
    trials = list(trials)
    groups: dict[tuple[Any, ...], list[Trial]] = {}
    for trial in trials:
        groups.setdefault(cell_key(trial), []).append(trial)
    metrics = metrics_of(trials)
    return [
        cell_of(groups[key], name, description)
        for key in sorted(groups, key=sort_key)
        for name, description in metrics[key[0]].items()
    ]


def cell_key(trial: Trial) -> tuple[Any, ...]:
    """(workload, params, model): hashable, the params in the catalogue's order with cores last."""
    return trial["workload"], ordered_params(trial["workload"], trial["params"]), trial["model"]


def ordered_params(workload: str, params: dict[str, int]) -> tuple[tuple[str, int], ...]:
    standard = list(catalogue().get(workload, {}).get("params", {}))
    rank = {name: place for place, name in enumerate(standard)}
    return tuple(sorted(params.items(), key=lambda item: (item[0] == "cores", rank.get(item[0], len(rank)), item[0])))


def sort_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    workload, params, model = key
    known = list(catalogue())
    place = known.index(workload) if workload in known else len(known)
    return place, workload, [value for _, value in params], model


def metrics_of(trials: Iterable[Trial]) -> dict[str, dict[str, dict[str, str]]]:
    """Each workload's metrics: the catalogue's first, then whatever else its trials report. A workload that is not in
    the catalogue and never ended ok has none; its failures are still told, under the name "outcome"."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for trial in trials:
        workload = trial["workload"]
        metrics = found.setdefault(workload, dict(catalogue().get(workload, {}).get("metrics", {})))
        for name, metric in trial["metrics"].items():
            metrics.setdefault(name, {"unit": metric["unit"], "better": metric["better"]})
    return {workload: metrics or {"outcome": {"unit": "", "better": "lower"}} for workload, metrics in found.items()}


def cell_of(trials: list[Trial], metric: str, description: dict[str, str]) -> Cell:
    trials = sorted(trials, key=lambda trial: (trial["block"], trial["order"]))
    counts = Counter(trial["outcome"] for trial in trials)
    outcome = next(kind for kind in WORST_FIRST if counts[kind])
    values = [value_of(trial, metric) for trial in trials]
    present = [value for value in values if value is not None]
    first = trials[0]
    return {
        "model": first["model"],
        "workload": first["workload"],
        "params": dict(ordered_params(first["workload"], first["params"])),
        "metric": metric,
        "unit": description["unit"],
        "better": description["better"],
        "expressed": next((t["expressed"] for t in trials if t["expressed"] is not None), None),
        "outcome": outcome,
        "outcomes": {kind: counts[kind] for kind in WORST_FIRST if counts[kind]},
        "reason": reason_of(trials, outcome, present),
        "n": len(present),
        "median": stats.median(present) if present else None,
        "ci95": stats.median_interval(present),
        "mad": stats.mad(present) if present else None,
        "trials": [trial["order"] for trial in trials],
        "values": values,
        **({"at_least": True} if at_least.is_at_least(trials, metric) else {}),
    }


def value_of(trial: Trial, metric: str) -> float | None:
    if trial["outcome"] != "ok" or metric not in trial["metrics"]:
        return None
    return float(trial["metrics"][metric]["value"])


def reason_of(trials: list[Trial], outcome: str, present: list[float]) -> str | None:
    if outcome == "ok":
        return None if present else "no trial reported this metric"
    return next(trial["reason"] for trial in trials if trial["outcome"] == outcome)
