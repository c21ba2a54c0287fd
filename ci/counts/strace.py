"""System calls of all threads, by strace. (Valgrind 3.19 can trace them too, but falls over some of mn's.)"""

from pathlib import Path

from ci.counts.cells import Size
from ci.counts.counter import CannotCount, Totals, run


def count(program: Path, workload: str, operation: str, size: Size, folder: Path) -> Totals:
    table = folder / "strace.out"
    operations = run(["strace", "-f", "-c", "-o", table], program, workload, operation, size, folder)
    return Totals({"system_calls": read_table(table.read_text(encoding="utf-8", errors="replace"))}, operations)


def read_table(text: str) -> int:
    """The number of calls in the last line: "100.00    0.005011          12       416        17 total"."""
    words = (text.strip().splitlines() or [""])[-1].split()
    if len(words) < 5 or words[-1] != "total":
        raise CannotCount("strace wrote no total")
    return int(words[3])
