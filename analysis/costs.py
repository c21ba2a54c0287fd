"""What one operation costs the machine: CPU time, context switches and page faults, beside the time it takes.

Only for workloads whose one metric is `ns_per_OPERATION`: they repeat nothing but that operation, so their process does
little else. The others run once, and what they cost is mostly their set-up.

CPU time is Google Benchmark's `cpu_time`, of all threads, user and kernel. It is of the counted loop alone, whose
number of operations is known: `real_time` over the metric. The clock of the processor cannot be stopped between
iterations, so each iteration's own preparing and checking is in it.

Switches and faults the kernel counts for the whole process, which does more operations than are counted: it warms up,
and the loop's length is found by trying. They are shared out by CPU time: count / (user + system) × CPU
time of one operation. So the start of the process is in them as well, the smaller the longer it ran. The rejected
choices: to divide by the counted operations makes a model the worse the more the loop was tried; a rate per second
makes it the better the longer an operation takes.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from analysis.cells import Cell, cell_key, cell_of, sort_key
from analysis.contracts import catalogue
from analysis.names import is_second_name
from analysis.run import Trial, UnreadableRun, read_document

TIME = "ns_per_"
COUNTS = {"voluntary_switches": "switches", "involuntary_switches": "switches",
          "minor_faults": "faults", "major_faults": "faults"}  # fmt: skip


def costs_of(trials: Iterable[Trial], run_dir: Path) -> list[Cell]:
    """A cell for each cost, named as `cpu_ns_per_task`, in the order of the cells."""
    groups: dict[tuple[Any, ...], list[Trial]] = {}
    for trial in trials:
        if operation_of(trial["workload"]) and not is_second_name(trial["model"]):
            groups.setdefault(cell_key(trial), []).append({**trial, "metrics": dict(metrics_of(trial, run_dir))})
    return [
        cell_of(groups[key], f"{cost}_per_{operation_of(key[0])}", {"unit": unit, "better": "lower"})
        for key in sorted(groups, key=sort_key)
        for cost, unit in (("cpu_ns", "ns"), *COUNTS.items())
    ]


def operation_of(workload: str) -> str | None:
    """Such as "task", of a workload that measures ns_per_task and nothing else."""
    metrics = list(catalogue().get(workload, {}).get("metrics", {}))
    return metrics[0].removeprefix(TIME) if len(metrics) == 1 and metrics[0].startswith(TIME) else None


def metrics_of(trial: Trial, run_dir: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Nothing where Google Benchmark's own result is not there or makes no sense."""
    operation = operation_of(trial["workload"])
    time = trial["metrics"].get(f"{TIME}{operation}", {}).get("value", 0.0)
    loop = loop_of(trial, run_dir)
    if loop is None or time <= 0:
        return
    real, cpu = loop
    each = cpu * time / real
    yield f"cpu_ns_per_{operation}", {"value": each}
    usage = trial["rusage"] or {}
    whole = 1e9 * (usage.get("user_s", 0.0) + usage.get("sys_s", 0.0))
    for name in COUNTS:
        if name in usage and whole > 0:
            yield f"{name}_per_{operation}", {"value": usage[name] * each / whole}


def loop_of(trial: Trial, run_dir: Path) -> tuple[float, float] | None:
    """Real and CPU time of an iteration of the counted loop."""
    if trial["raw"] is None:
        return None
    try:
        found = read_document(run_dir / trial["raw"])["benchmarks"][0]
        real, cpu = float(found["real_time"]), float(found["cpu_time"])
    except (UnreadableRun, LookupError, TypeError, ValueError):
        return None
    return (real, cpu) if real > 0 and cpu > 0 else None
