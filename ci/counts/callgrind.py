"""Instructions and allocations, by Valgrind's callgrind.

Instructions are those of all threads, Valgrind's "Ir". Allocations are the calls of malloc and its kin, from the call
graph, so whoever allocates through `operator new` is counted once.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from ci.counts.cells import Size
from ci.counts.counter import CannotCount, Totals, run

ALLOCATORS = frozenset({"malloc", "calloc", "realloc", "aligned_alloc", "memalign", "posix_memalign", "valloc"})
# fn=(12) malloc   or, once the number is known,   cfn=(12)
FUNCTION = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")


def count(program: Path, workload: str, operation: str, size: Size, folder: Path) -> Totals:
    graph = folder / "callgrind.out"
    # Fair: threads take turns in the order in which they asked, which repeats better.
    counter = ["valgrind", "--tool=callgrind", "--fair-sched=yes", f"--callgrind-out-file={graph}",
               f"--log-file={folder / 'valgrind.log'}"]  # fmt: skip
    operations = run(counter, program, workload, operation, size, folder)
    with graph.open(encoding="utf-8", errors="replace") as lines:
        return Totals(read_graph(lines), operations)


def read_graph(lines: Iterable[str]) -> dict[str, int]:
    """Of a file of callgrind's; its format is in Valgrind's manual."""
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
    return {"instructions": instructions, "allocations": allocations}
