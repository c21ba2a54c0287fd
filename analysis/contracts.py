"""The JSON files that the Python tools rest on: the schemas, the catalogue of workloads, the profiles.

A contract is read from the repository, never copied into code.
"""

import json
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from analysis.names import TWIN, first_name

ROOT = Path(__file__).resolve().parent.parent
NETWORK = "network"  # the capability of workloads that have a client beside them
BLOCKS = "blocks"  # in a choice: in how many blocks its cells are, where not in all
CellKey = tuple[str, frozenset[tuple[str, int]]]
SCHEMAS = ("environment", "trial", "summary", "claims", "conformance", "stress", "trust", "compare", "counts", "gate")


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of one of SCHEMAS. Kept, because making one costs more than using it."""
    schema = json.loads((ROOT / "analysis" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(name: str, document: Any) -> Iterator[ValidationError]:
    """Everything in the document that its schema forbids."""
    return validator(name).iter_errors(document)


def describe(fault: ValidationError) -> str:
    """One line that says where and what; the offending value is cut, because it may be a whole document."""
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault.absolute_path).lstrip(".")
    message = " ".join(fault.message.split())
    if len(message) > 160:
        message = f"{message[:100]} … {message[-55:]}"
    return f"{where}: {message}" if where else message


@cache
def catalogue() -> dict[str, Any]:
    """Workloads by name, in the catalogue's order."""
    text = (ROOT / "benchmarks" / "workloads" / "catalog.json").read_text(encoding="utf-8")
    return json.loads(text)["workloads"]


@cache
def profiles() -> dict[str, Any]:
    """What each profile runs, by name."""
    return json.loads((ROOT / "benchmarks" / "profiles.json").read_text(encoding="utf-8"))["profiles"]


def plan_of(profile: dict[str, Any]) -> Iterator[tuple[str, dict[str, list[dict[str, list[int]]]]]]:
    """Each model of a profile with what it runs, a list of choices a workload (the conductor's rule). A second name
    runs what its model runs, unless it has its own cells."""
    own = {entry["model"]: entry["cells"] for entry in profile.get("own", [])}
    twin = profile["again"] + TWIN
    names = [name for name in dict.fromkeys([*profile["models"], *own]) if name != twin]
    for model in [*names, twin]:
        its = own.get(model, own.get(first_name(model), {}))
        yield model, (profile["cells"] | its) if first_name(model) in profile["models"] else its


def cores_of(profile: dict[str, Any], allowed: int) -> list[int]:
    """The profile's numbers of cores on this machine, without those that it does not have (the conductor's rule)."""
    numbers = {allowed if count == "all" else count for count in profile["cores"]}
    return sorted(count for count in numbers if count <= allowed)


def cells_of_choice(
    workload: str, choice: dict[str, list[int]], cores: list[int], allowed: int
) -> Iterator[dict[str, int]]:
    """`cores` are the profile's; a choice may have its own, of which those count that the machine has. A server leaves
    CPUs for its client."""
    standard = catalogue()[workload]["params"]
    names = [*standard, "cores"]
    most = allowed - 1 if NETWORK in catalogue()[workload]["uses"] else allowed
    own = [count for count in choice.get("cores", cores) if count <= most]
    for combination in product(*(choice.get(name, standard[name]) for name in standard), own):
        yield dict(zip(names, combination, strict=True))


def blocks_of_cells(profile: dict[str, Any], allowed: int) -> dict[CellKey, int]:
    """In how many of the run's blocks each cell is, the first ones; 0: in all. As many as any of its models asks for,
    because models are compared within a block (the conductor's rule)."""
    found: dict[CellKey, int] = {}
    cores = cores_of(profile, allowed)
    for _, cells in plan_of(profile):
        for workload, choices in cells.items():
            for choice in choices:
                (asked,) = choice.get(BLOCKS, [0])
                for params in cells_of_choice(workload, choice, cores, allowed):
                    key = workload, frozenset(params.items())
                    before = found.get(key, asked)
                    found[key] = max(before, asked) if before and asked else 0
    return found


def write_json(path: Path, document: Any) -> Path:
    return write_text(path, json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> Path:
    """Writes beside the place and moves it there, so that nobody ever reads half a file."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    return fresh.replace(path)
