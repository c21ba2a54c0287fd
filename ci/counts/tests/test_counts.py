"""What is read from callgrind's and strace's files, and a real program under both."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from ci.counts import callgrind, strace
from ci.counts.callgrind import read_graph
from ci.counts.cells import CELLS, Size, iterated
from ci.counts.counter import CannotCount, Totals, operations_of, per_operation
from ci.counts.strace import read_table

GRAPH = """version: 1
events: Ir
fl=(1) a.cpp
fn=(1) main
16 400
cfn=(2) malloc
calls=3 0
16 90
cfn=(3) work
calls=5 20
17 300
fn=(3)
20 10
cfn=(2)
calls=4 0
21 100
cfn=(4) malloc_usable_size
calls=7 0
21 10
cfn=(5) calloc'2
calls=2 0
22 5
summary: 915
"""


def test_the_total_and_the_calls_of_the_allocators_are_read() -> None:
    assert read_graph(GRAPH.splitlines(keepends=True)) == {"instructions": 915, "allocations": 3 + 4 + 2}


def test_a_file_that_was_cut_short_has_no_total() -> None:
    with pytest.raises(CannotCount, match="no total"):
        read_graph(GRAPH.split("summary")[0].splitlines(keepends=True))


def test_a_slope_leaves_out_what_a_process_costs_once() -> None:
    small, large = (
        Totals({"instructions": 1_000_500, "allocations": 70}, 100),
        Totals({"instructions": 1_002_500, "allocations": 90}, 500),
    )
    assert per_operation(small, large) == {"instructions": 5.0, "allocations": 0.05}


def test_the_calls_are_read_from_the_last_line_of_straces_table() -> None:
    head = "% time     seconds  usecs/call     calls    errors syscall\n"
    table = head + "100.00    0.005011          12       416        17 total\n"
    assert read_table(table) == 416
    assert read_table(table.replace("        17", "")) == 416
    with pytest.raises(CannotCount, match="no total"):
        read_table("")


def test_operations_are_what_the_contender_did(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    entry = {"name": "ping_pong/capacity:0", "iterations": 5, "real_time": 250_000.4, "ns_per_round_trip": 250.0}
    result.write_text(json.dumps({"benchmarks": [entry]}))
    assert operations_of(result, "round_trip", Size({"capacity": 0}, 5)) == 5000
    with pytest.raises(CannotCount, match="5 iterations where 6 were asked for"):
        operations_of(result, "round_trip", Size({"capacity": 0}, 6))
    assert operations_of(result, "task", Size({"n": 3000}, 1)) == 3000, "cold: what it was asked for"


def test_every_cell_has_two_sizes_and_a_name_of_its_own() -> None:
    assert all(cell.small != cell.large for cell in CELLS)
    assert len({cell.name for cell in CELLS}) == len(CELLS)


# Stands for a contender: so many calls of malloc and of the kernel for each iteration, and some for the start.
PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char** argv) {
  long n = 0; const char* out = 0;
  for (int i = 1; i < argc; ++i) {
    if (!strncmp(argv[i], "--benchmark_min_time=", 21)) n = atol(argv[i] + 21);
    if (!strncmp(argv[i], "--benchmark_out=", 16)) out = argv[i] + 16;
    if (!strcmp(argv[i], "--cell=broken")) { fprintf(stderr, "a line\nit is broken\n"); return 3; }
  }
  void* volatile kept = malloc(10);
  free(kept);
  for (long i = 0; i < 10 * n; ++i) {
    kept = malloc(100); free(kept); kept = calloc(2, 50); free(kept);
    syscall(SYS_getppid);
  }
  FILE* f = fopen(out, "w");
  fprintf(f, "{\"benchmarks\": [{\"name\": \"x\", \"iterations\": %ld, ", n);
  fprintf(f, "\"real_time\": 1000, \"ns_per_call\": 100}]}");
  return fclose(f);
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("counted")
    (folder / "program.c").write_text(PROGRAM)
    subprocess.run(["gcc", "-O1", folder / "program.c", "-o", folder / "program"], check=True)
    return folder / "program"


needs_counters = pytest.mark.skipif(
    shutil.which("valgrind") is None or shutil.which("strace") is None,
    reason="valgrind or strace is not there; make setup installs both",
)


@needs_counters
def test_a_real_program_is_counted(program: Path, tmp_path: Path) -> None:
    cell = iterated("x", "call", few=3, many=13)
    found = {}
    for count in (callgrind.count, strace.count):
        small, large = (count(program, "x", "call", size, tmp_path) for size in (cell.small, cell.large))
        assert (small.operations, large.operations) == (30, 130)
        assert count(program, "x", "call", cell.large, tmp_path) == large, "counts repeat"
        found |= per_operation(small, large)
    assert found["allocations"] == 2.0
    assert found["system_calls"] == 1.0
    assert 50 < found["instructions"] < 2000


@needs_counters
def test_a_program_that_fails_is_said_in_its_own_words(program: Path, tmp_path: Path) -> None:
    for count, name in ((callgrind.count, "valgrind"), (strace.count, "strace")):
        with pytest.raises(CannotCount, match=rf"^program broken under {name}: exit code 3: it is broken$"):
            count(program, "broken", "call", Size({}, 1), tmp_path)
