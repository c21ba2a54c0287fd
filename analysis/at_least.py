"""Numbers that are lower bounds: what a server was asked for and could serve, where it was not the server that set the
limit.

How much a server can serve is found by asking ever more of it. Where it used nearly all of the CPU that it may
use, it was the limit, and the rate is its own. Where it did not, the client was, or there was no more to be asked (so
many connections that each wait): then the server can do that many or more, and the cell says `at_least`.

A lower bound proves that its side is better, never that it is worse or the same.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from analysis.stats import median

RATE, SHARE = "requests_per_s", "server_cpu_percent"
BUSY_PERCENT = 90.0  # of what the server may use; the rest is what starting, stopping and reading the clock take
Trial = dict[str, Any]
Cell = dict[str, Any]


def is_at_least(trials: Iterable[Trial], metric: str) -> bool:
    """Whether the metric of a cell that consists of these trials is a lower bound."""
    if metric != RATE:
        return False
    shares = [t["metrics"][SHARE]["value"] for t in trials if t["outcome"] == "ok" and SHARE in t["metrics"]]
    return bool(shares) and median(shares) < BUSY_PERCENT


def obstacle_of(cell: Cell, baseline: Cell, logs: Sequence[float]) -> str | None:
    """Why a comparison of the two proves nothing, or None. `logs` > 0 means that the first one is better."""
    worse = baseline if logs and median(logs) > 0 else cell
    return said_of(worse) if worse.get("at_least") else None


def said_of(cell: Cell) -> str:
    return f"{cell['model']}: it was not the server that set the limit, so that its {cell['metric']} is a lower bound"
