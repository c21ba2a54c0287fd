"""What the gate says of one metric of one cell."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from analysis.names import cell_name

Kind = Literal["time", "memory", "count"]
Verdict = Literal["worse", "better", "same", "cannot_tell", "missing"]


def cell_on(workload: str, params: Mapping[str, int]) -> str:
    """ "ping_pong/capacity:0 on 2"."""
    return f"{cell_name(workload, params)} on {params['cores']}"


@dataclass(frozen=True)
class Finding:
    kind: Kind
    workload: str
    params: Mapping[str, int]  # with cores
    metric: str
    unit: str
    verdict: Verdict
    reason: str
    base: float | None = None  # the median of each side
    head: float | None = None
    factor: float | None = None  # above 1: the head is better
    ci95: tuple[float, float] | None = None
    limit: float = 1.0  # the factor that a difference must be beyond to be called one
    confirmed: bool | None = None  # seen again; None where nobody looked

    @property
    def cell(self) -> str:
        return cell_on(self.workload, self.params)

    @property
    def place(self) -> tuple[Any, ...]:
        return self.kind, self.cell, self.metric

    @property
    def change(self) -> float | None:
        """How much larger the head's value is than the base's: 0.1 for a tenth. Where there is an interval, by the
        median of the blocks' ratios, which it is of, and not by the ratio of the medians."""
        if self.ci95 is not None and self.factor:
            return 1 / self.factor - 1
        return self.head / self.base - 1 if self.head is not None and self.base else None

    def again(self, second: "Finding | None") -> "Finding":
        """With what a second look came to. Where it found nothing to compare, the data are missing."""
        if second is None or second.verdict == "missing":
            why = second.reason if second is not None else "no result"
            return replace(self, verdict="missing", reason=f"worse, and then, looked at again: {why}")
        return replace(self, confirmed=second.verdict == self.verdict)

    def as_json(self) -> dict[str, Any]:
        interval = None if self.ci95 is None else list(self.ci95)
        return {**asdict(self), "cell": self.cell, "params": dict(self.params), "ci95": interval}
