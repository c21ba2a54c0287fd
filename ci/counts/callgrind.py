"""One run of a contender under Valgrind's callgrind, and what it counted.

Instructions are those of all threads, Valgrind's "Ir". Allocations are the calls of malloc and its kin, from the call
graph, so whoever allocates through `operator new` is counted once. System calls are those that Valgrind traced.
"""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ci.counts.cells import CORES, Size

ALLOCATORS = frozenset({"malloc", "calloc", "realloc", "aligned_alloc", "memalign", "posix_memalign", "valloc"})
LONGEST_S = 300
# fn=(12) malloc   or, once the number is known,   cfn=(12)
FUNCTION = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")


class CannotCount(Exception):
    """Valgrind, or the program under it, did not do what it should; the message is one line."""


@dataclass(frozen=True)
class Totals:
    """Of a whole process."""

    instructions: int
    allocations: int
    system_calls: int
    operations: int


def count(program: Path, workload: str, operation: str, size: Size, folder: Path) -> Totals:
    """Runs the cell once under callgrind; its files are left in the folder."""
    graph, log, result = folder / "callgrind.out", folder / "valgrind.log", folder / "result.json"
    command = [
        "valgrind", "--tool=callgrind", f"--callgrind-out-file={graph}", f"--log-file={log}", "--trace-syscalls=yes",
        "--fair-sched=yes", program, f"--cores={CORES}", f"--cell={size.cell(workload)}",
        f"--benchmark_min_time={size.iterations}x", f"--benchmark_out={result}", "--benchmark_out_format=json",
        "--spin_steps_per_us=1",
    ]  # fmt: skip
    what = f"{program.name} {size.cell(workload)} under valgrind"
    try:
        ended = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=LONGEST_S
        )
    except FileNotFoundError as error:
        raise CannotCount("valgrind is not there; make setup installs it") from error
    except subprocess.TimeoutExpired as error:
        raise CannotCount(f"{what}: no end within {LONGEST_S} s") from error
    if ended.returncode != 0:
        said = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CannotCount(f"{what}: exit code {ended.returncode}: {said}")
    with graph.open(encoding="utf-8", errors="replace") as lines:
        instructions, allocations = read_graph(lines)
    with log.open(encoding="utf-8", errors="replace") as lines:
        system_calls = sum(line.startswith("SYSCALL[") for line in lines)
    return Totals(instructions, allocations, system_calls, operations_of(result, operation, size))


def read_graph(lines: Iterable[str]) -> tuple[int, int]:
    """(instructions, allocations) of a file of callgrind's; its format is in Valgrind's manual."""
    names: dict[str, str] = {}
    instructions, allocations, called = None, 0, ""
    for line in lines:
        if found := FUNCTION.match(line):
            number, name = found[1], found[2]
            if name is not None:
                names[number] = name.rstrip("\n")
            if line.startswith("cfn="):
                called = names.get(number, "")
        elif line.startswith("calls="):
            if called.split("'")[0] in ALLOCATORS:
                allocations += int(line[len("calls=") :].split()[0])
        elif line.startswith(("summary:", "totals:")):
            instructions = int(line.split()[1])
    if instructions is None:
        raise CannotCount("callgrind wrote no total")
    return instructions, allocations


def operations_of(result: Path, operation: str, size: Size) -> int:
    """What the counted loop did, as the contender reports it: an iteration's time over an operation's."""
    if "n" in size.params and size.iterations == 1:
        return size.params["n"]
    (entry,) = json.loads(result.read_text(encoding="utf-8"))["benchmarks"]
    if entry["iterations"] != size.iterations:
        raise CannotCount(f"{entry['name']}: {entry['iterations']} iterations where {size.iterations} were asked for")
    return size.iterations * round(entry["real_time"] / entry[f"ns_per_{operation}"])


def version() -> str:
    try:
        said = subprocess.run(["valgrind", "--version"], check=True, capture_output=True, text=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise CannotCount("valgrind is not there; make setup installs it") from error
    return said.strip()


def per_operation(small: Totals, large: Totals) -> Iterator[tuple[str, float]]:
    """The slope between two sizes of one cell, for each count."""
    operations = large.operations - small.operations
    for name in ("instructions", "allocations", "system_calls"):
        yield name, (getattr(large, name) - getattr(small, name)) / operations
