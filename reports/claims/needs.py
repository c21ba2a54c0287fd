"""What a claim needs to have run, and whether that covers what its quantities look at.

An entry of `needs` names models, a workload, perhaps values of its parameters, and numbers of cores; a parameter that
it does not name takes the catalogue's values, as in a profile. A quantity's `where` names one cell down to its last
parameter, so that no second one can be meant on its number of cores.
"""

from collections.abc import Iterator
from typing import Any

from analysis.contracts import catalogue, profiles
from reports.claims.evidence import Claim, Source, models_of

FLAGS = {"rules": "conformance", "adoption": "adoption"}  # what is no cell is asked for by a word
COUNTS = ("lines", "api_names")
Need = dict[str, Any]
Where = dict[str, Any]


def faults_of_need(entry: Need) -> Iterator[str]:
    if entry.keys() - {"params"} != {"models", "workload", "cores"}:
        yield f"needs: {sorted(entry)} is not models, workload, cores and perhaps params"
        return
    params = entry.get("params", {})
    yield from (f"needs: {fault}" for fault in unknown_names(entry["workload"], entry["models"], params))
    for name, values in {"cores": entry["cores"], **params}.items():
        if not isinstance(values, list) or not values or not all(type(value) is int for value in values):
            yield f"needs: {name} of {entry['workload']} is not a list of whole numbers"


def unknown_names(workload: str, models: list[str], params: Where) -> Iterator[str]:
    if workload not in catalogue():
        yield f"no workload {workload!r}"
        return
    known = {model for profile in profiles().values() for model in profile["models"]}
    yield from (f"no model {model!r}" for model in models if model not in known)
    yield from (f"{workload} has no parameter {p!r}" for p in params if p not in catalogue()[workload]["params"])


def wheres_of(source: Source) -> Iterator[Where]:
    """Each model's, and of a quotient both sides'."""
    for model in models_of(source):
        yield {**source["where"], "model": model}
        if "over" in source:
            yield {**source["where"], "model": model, **source["over"]}


def faults_of_where(kind: str, where: Where) -> Iterator[str]:
    if kind in FLAGS:
        wanted = {"model", "suite", "rules"} if kind == "rules" else {"model", "count"}
        if where.keys() != wanted or where.get("count", COUNTS[0]) not in COUNTS or where.get("rules") == []:
            yield f"where has {sorted(where)}, not {sorted(wanted)}"
        return
    workload = where.get("workload", "")
    unknown = list(unknown_names(workload, [where["model"]], {}))
    if unknown:
        yield from unknown
        return
    known = catalogue()[workload]
    wanted = {"model", "workload"}
    wanted |= set() if kind == "outcomes" else {"metric"}
    wanted |= set() if kind == "slopes" else known["params"].keys()
    if where.keys() - {"cores"} != wanted:
        yield f"where has {sorted(where)}, not {sorted(wanted)}"
    elif "metric" in wanted and where["metric"] not in known["metrics"]:
        yield f"{workload} has no metric {where['metric']!r}"


def uncovered(claim: Claim, source: Source) -> Iterator[str]:
    """What the quantity looks at and the claim does not ask to be run."""
    flag = FLAGS.get(source["from"])
    if flag:
        if not claim.get(flag):
            yield f"rests on {source['from']}, and the claim does not say {flag} = true"
        return
    for where in wheres_of(source):
        if not any(covers(entry, where) for entry in claim["needs"]):
            yield f"{where} is not among the claim's needs"


def covers(entry: Need, where: Where) -> bool:
    if where["workload"] != entry["workload"] or where["model"] not in entry["models"]:
        return False
    standard = catalogue()[entry["workload"]]["params"]
    values = {**standard, **entry.get("params", {}), "cores": entry["cores"]}
    of_a_slope = "n" in standard and "n" not in where
    return all(where[name] in values[name] for name in where.keys() & values.keys()) and (
        not of_a_slope or len(values["n"]) > 1
    )
