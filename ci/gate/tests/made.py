"""Made-up findings, builds and runs for the tests of the gate. Measured nowhere."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from analysis.tests.synthetic import write_run
from ci.gate.builds import Build
from ci.gate.finding import Finding

HEAD = Build("a" * 40, False, "A change", Path("/head"))
BASE = Build("b" * 40, False, "What was before", Path("/base"))


def finding(**fields: Any) -> Finding:
    measured = {"base": 100.0, "head": 112.0, "factor": 100 / 112, "ci95": (0.88, 0.91), "limit": 1.05}
    named = {"kind": "time", "workload": "spawn_join", "params": {"n": 10, "cores": 2}, "metric": "ns_per_task"}
    return Finding(**{**named, "unit": "ns", "verdict": "worse", "reason": "because", **measured, **fields})


def write_pair(
    folder: Path, slower: Mapping[str, float], blocks: int = 20, seed: int = 1, noise: float = 0.02,
    change: Callable[[dict[str, Any]], None] | None = None,
) -> Path:  # fmt: skip
    """A run of the profile gate in which the times of mn are so many times those of its base, by workload."""

    def slow(trial: dict[str, Any]) -> None:
        for name, metric in trial["metrics"].items():
            if trial["model"] != "mn.base" and metric["unit"] == "ns":
                metric["value"] *= slower.get(trial["workload"], slower.get(f"{trial['workload']} {name}", 1.0))
        if change is not None:
            change(trial)

    return write_run(folder, profile="gate", blocks=blocks, seed=seed, noise=noise, models=("mn",), change=slow)
