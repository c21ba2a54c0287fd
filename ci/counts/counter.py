"""Running a contender's cell under a program that counts: callgrind or strace. What each counts is in its own file."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ci.counts.cells import CORES, Size

LONGEST_S = 300


class CannotCount(Exception):
    """The counter, or the program under it, did not do what it should; the message is one line."""


@dataclass(frozen=True)
class Totals:
    """Of a whole process."""

    counts: dict[str, int]
    operations: int


def run(counter: Sequence[str | Path], program: Path, workload: str, operation: str, size: Size, folder: Path) -> int:
    """Runs the cell once under the counter, and gives the number of operations that it did."""
    result = folder / "result.json"
    command = [
        *counter, program, f"--cores={CORES}", f"--cell={size.cell(workload)}", "--spin_steps_per_us=1",
        f"--benchmark_min_time={size.iterations}x", f"--benchmark_out={result}", "--benchmark_out_format=json",
    ]  # fmt: skip
    what = f"{program.name} {size.cell(workload)} under {counter[0]}"
    try:
        ended = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=LONGEST_S
        )
    except FileNotFoundError as error:
        raise CannotCount(f"{counter[0]} is not there; make setup installs it") from error
    except subprocess.TimeoutExpired as error:
        raise CannotCount(f"{what}: no end within {LONGEST_S} s") from error
    if ended.returncode != 0:
        said = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CannotCount(f"{what}: exit code {ended.returncode}: {said}")
    return operations_of(result, operation, size)


def operations_of(result: Path, operation: str, size: Size) -> int:
    """What the counted loop did, as the contender reports it: an iteration's time over an operation's."""
    if "n" in size.params and size.iterations == 1:
        return size.params["n"]
    (entry,) = json.loads(result.read_text(encoding="utf-8"))["benchmarks"]
    if entry["iterations"] != size.iterations:
        raise CannotCount(f"{entry['name']}: {entry['iterations']} iterations where {size.iterations} were asked for")
    return size.iterations * round(entry["real_time"] / entry[f"ns_per_{operation}"])


def per_operation(small: Totals, large: Totals) -> dict[str, float]:
    """The slope between two sizes of one cell, for each count."""
    operations = large.operations - small.operations
    return {name: (large.counts[name] - small.counts[name]) / operations for name in large.counts}


def version_of(counter: str) -> str:
    try:
        said = subprocess.run([counter, "--version"], check=True, capture_output=True, text=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise CannotCount(f"{counter} is not there; make setup installs it") from error
    return said.splitlines()[0].strip()
