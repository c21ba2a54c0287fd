"""What differs between the environments of two runs, fact by fact, and what that means for comparing them.

Every leaf of environment.json is a fact, so a key that is added there is compared without a change here.
"""

import json
from collections.abc import Iterator
from typing import Any

Environment = dict[str, Any]

IDENTITY = ("schema", "run", "started")  # differ by themselves
# By how a fact's name begins: what a difference means.
MEANINGS = {
    ("machine: cpu", "machine: cores", "machine: allowed_cpus", "machine: arch", "machine: virtualization"): (
        "The machines differ. A ratio to a yardstick takes out how fast a machine is, but not what it is good at: "
        "cores, caches and the cost of a system call move the models differently. A shift is the machine's as much as "
        "the code's."
    ),
    ("kernel", "libc", "limits: "): (
        "The system beneath differs: kernel, C library or limits. Threads, wake-ups and the kernel's share of memory "
        "are its own, and how far a model gets is decided by its limits."
    ),
    ("compiler", "flags"): (
        "Compiler or flags differ. They move every C++ model, and Go not at all, so a shift against Go is not a change "
        "of anybody's code."
    ),
    ("profile", "blocks", "command"): (
        "The runs were asked for differently: profile, blocks or command line. Cells that only one of them has are "
        "listed; the time for each trial may differ too."
    ),
}


def differences_of(a: dict[str, Any], b: dict[str, Any], yardsticks: set[str], subject: str) -> dict[str, Any]:
    """{"environment": every fact with both values, "warnings": what the differences mean} of two summaries."""
    environments = a["environment"], b["environment"]
    left, right = (facts_of(summary) for summary in (a, b))
    facts = [
        {"fact": fact, "a": left.get(fact), "b": right.get(fact), "differs": left.get(fact) != right.get(fact)}
        for fact in dict.fromkeys([*left, *right])
    ]
    differing = [fact["fact"] for fact in facts if fact["differs"]]
    return {"environment": facts, "warnings": [
        *(meaning for starts, meaning in MEANINGS.items() if any(fact.startswith(starts) for fact in differing)),
        *about_code(*environments),
        *about_versions(*environments, yardsticks, subject),
    ]}  # fmt: skip


def facts_of(summary: dict[str, Any]) -> dict[str, str]:
    environment = summary["environment"]
    warnings = dict(warning.partition(": ")[::2] for warning in environment["warnings"])
    return dict(leaves({**environment, "blocks run": summary["input"]["blocks"], "warnings": warnings}))


def leaves(value: Any, *way: str) -> Iterator[tuple[str, str]]:
    """Each fact with its value as text, named by the way to it: ("machine: cpu", …)."""
    if isinstance(value, dict) and value.keys() == {"label", "by"}:  # a capability is one fact
        yield ": ".join(way), f"{value['label']}: {value['by']}"
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            if way or key not in IDENTITY:
                yield from leaves(inner, *way, key)
    else:
        yield ": ".join(way), text(value)


def text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(text, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def about_code(a: Environment, b: Environment) -> Iterator[str]:
    if a["commit"] is None or b["commit"] is None:
        yield "Of which commit the code is, is not known of both runs."
    elif a["commit"] != b["commit"]:
        yield "The commits differ. What a workload measures may have changed between them: see CHANGELOG.md."
    for name, environment in (("A", a), ("B", b)):
        if environment["dirty"]:
            yield f"{name} was built with changes that are in no commit, so nobody can build it again."


def about_versions(a: Environment, b: Environment, yardsticks: set[str], subject: str) -> Iterator[str]:
    both = [model for model in a["models"] if model in b["models"]]
    changed = [model for model in both if a["models"][model]["version"] != b["models"][model]["version"]]
    for model in changed:
        if model in yardsticks:
            yield (
                f"The yardstick {model} is of another version in either run: a shift of all models against it at once "
                "is its own."
            )
        elif model != subject:
            yield f"{model} is of another version in either run."
