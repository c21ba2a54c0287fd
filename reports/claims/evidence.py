"""What can stand behind a verdict. Each piece is of one quantity of claims.toml and of one model; what was looked for
and cannot be used is Absent, with the reason.

`cores` is None where the evidence is not of a number of cores: rules are tried on several, programs are only counted.
"""

from typing import Any, NamedTuple

Claim = dict[str, Any]
Source = dict[str, Any]  # a quantity as claims.toml describes it


class Measured(NamedTuple):
    quantity: str
    label: str
    model: str
    cores: int
    unit: str
    value: float
    ci95: list[float] | None
    trials: list[int]


class Ended(NamedTuple):
    """How a cell ended: as the worst of its trials. `limit` is the kind of limit that the reason names."""

    quantity: str
    label: str
    model: str
    cores: int
    outcome: str
    limit: str | None
    reason: str | None
    trials: list[int]


class Tried(NamedTuple):
    """Rules of a conformance suite. `standing` is broken where one failed, else skipped where one was never tried for a
    reason, else kept. The counts are of tests: a rule is tried in several configurations."""

    quantity: str
    label: str
    model: str
    suite: str
    rules: list[str]
    standing: str
    passed: int
    failed: int
    skipped: int
    broken: list[str]
    reasons: list[str]

    cores = None


class Counted(NamedTuple):
    """Code of the same programs in two models: the median quotient over the programs."""

    quantity: str
    label: str
    model: str
    unit: str
    value: float
    ci95: list[float] | None
    programs: list[str]

    cores = None


class Absent(NamedTuple):
    quantity: str
    label: str
    model: str
    cores: int | None  # None: on whatever number of cores
    why: str


Evidence = Measured | Ended | Tried | Counted
NOT_RUN = "not in this run"


def models_of(source: Source) -> list[str]:
    """Whose evidence a quantity is: of each of several models, or of one."""
    return source.get("each") or [source["where"]["model"]]


def is_usable(found: Evidence | None) -> bool:
    """Whether a rule can be held against it. A number without an interval decides nothing."""
    return found is not None and (isinstance(found, Ended | Tried) or found.ci95 is not None)
