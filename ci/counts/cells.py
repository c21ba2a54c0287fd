"""What is counted: small cells on one core, each at two sizes, so that start and end of the process fall out.

A cell that iterates is run with two numbers of iterations; one that runs once, cold, with two numbers of tasks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.names import cell_name

CORES = 1


@dataclass(frozen=True)
class Size:
    params: Mapping[str, int]
    iterations: int

    def cell(self, workload: str) -> str:
        return cell_name(workload, self.params)


@dataclass(frozen=True)
class Counted:
    workload: str
    operation: str  # as in "ns_per_task"
    small: Size
    large: Size
    everyone: bool = True  # whether every model can do it

    @property
    def name(self) -> str:
        return f"{self.large.cell(self.workload)} on {CORES}"


def iterated(workload: str, operation: str, few: int = 5, many: int = 25, **params: int) -> Counted:
    return Counted(workload, operation, Size(params, few), Size(params, many))


def cold(workload: str, few: int, many: int, everyone: bool = True, **params: int) -> Counted:
    return Counted(workload, "task", Size({"n": few, **params}, 1), Size({"n": many, **params}, 1), everyone)


CELLS: Sequence[Counted] = (
    iterated("spawn_join", "task", n=1000),
    cold("parked", 1000, 3000),
    iterated("ping_pong", "round_trip", capacity=0),
    iterated("ping_pong", "round_trip", capacity=1),
    iterated("worker_pool", "job", workers=5, capacity=128, jobs=2000, work_ns=0),
    iterated("worker_pool", "job", workers=100, capacity=128, jobs=2000, work_ns=0),
    iterated("select_fan_in", "message", few=2, many=6, producers=4, capacity=0),
    iterated("skynet", "task", leaves=1000),
    cold("cancel_tree", 1000, 3000, everyone=False, fan_out=10),
    iterated("shared_by_mutex", "update", tasks=8, updates=2000),
    iterated("shared_by_channel", "update", tasks=8, updates=2000),
)
