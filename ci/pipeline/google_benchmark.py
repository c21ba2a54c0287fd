"""python -m ci.pipeline.google_benchmark RUN_DIR: a run's times as Google Benchmark's JSON, for trackers that read it.

As `--benchmark_report_aggregates_only` has them (google/benchmark, docs/user_guide.md): an entry for each cell with a
time, the median over the blocks. `--repetitions` puts an entry for each block before it, which the U test of
tools/compare.py and Conbench need. A name is model/workload/parameters/metric/real_time, the last because wall-clock
time is what is meant. What each tracker takes of it:

    github-action-benchmark, tool googlecpp   name, real_time, time_unit; iterations, cpu_time and threads as text
    Bencher, adapter cpp_google               name, real_time, time_unit, and that context.caches is a list
    Conbench, GoogleBenchmarkAdapter          only entries that are no aggregate; real_time where the name ends so
    google/benchmark, tools/compare.py        name, time_unit, real_time, cpu_time, run_type, aggregate_name
    CodSpeed                                  nothing: it measures in a library of its own, and reads no file

No tracker compares user counters, and none takes a time_unit that is not of time: counts and bytes are counters of the
entry here, and `--counts FILE` writes them as github-action-benchmark's customSmallerIsBetter has them.

`cpu_time` is 0 where the run has no CPU time of an operation: the field must be there. A cell that did not end
ok has no entry, because a time with failures beside it is no time to compare; how many have none is said.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis import UnreadableRun, read_summary
from analysis.command_line import Parser
from analysis.contracts import write_json

TIME_UNITS = {"ns": "ns", "µs": "us", "us": "us", "ms": "ms", "s": "s"}  # ours, and as Google Benchmark has them
Document = dict[str, Any]
Subject = tuple[str, str, tuple[tuple[str, int], ...]]


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(
        prog="python -m ci.pipeline.google_benchmark", description="Writes a run as Google Benchmark's JSON."
    )
    parser.add_argument("run_dir", type=Path, help="a run's folder with a summary.json, such as out/latest")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: RUN_DIR/google_benchmark.json")
    parser.add_argument("--repetitions", action="store_true", help="an entry for each block, too")
    parser.add_argument("--counts", type=Path, metavar="FILE", help="writes counts and bytes there, as a custom list")
    given = parser.parse_args(arguments)
    try:
        summary = read_summary(given.run_dir)
        target = given.out or given.run_dir / "google_benchmark.json"
        found = export(summary, given.repetitions)
        write_json(target, found)
        if given.counts:
            write_json(given.counts, counts(summary))
    except UnreadableRun as error:
        print(f"google_benchmark: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"google_benchmark: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    left_out = sum(is_time(cell) and not is_whole(cell) for cell in summary["cells"])
    print(f"{target}: {len(found['benchmarks'])} entries; {left_out} times have none, as their cell did not end ok")
    return 0


def export(summary: Document, repetitions: bool = False) -> Document:
    beside = by_subject([*summary["cells"], *summary["costs"]])
    families: dict[tuple[str, ...], list[Document]] = defaultdict(list)
    for cell in summary["cells"]:
        if is_time(cell) and is_whole(cell):
            families[cell["model"], cell["workload"], cell["metric"]].append(cell)
    benchmarks = []
    for family, cells in enumerate(families.values()):
        for instance, cell in enumerate(cells):
            at = {"family_index": family, "per_family_instance_index": instance, "run_name": f"{name(cell)}/real_time"}
            others = beside[subject(cell)]
            if repetitions:
                benchmarks += repeated(cell, at, others)
            benchmarks.append(median(cell, at, others))
    return {"context": context(summary["environment"]), "benchmarks": benchmarks}


def median(cell: Document, at: Document, others: list[Document]) -> Document:
    """The entry that Google Benchmark calls an aggregate; its iterations are then the repetitions."""
    cpu = cpu_of(cell, others)
    low, high = cell["ci95"] or (None, None)
    counters = {"ci95_low": low, "ci95_high": high, "mad": cell["mad"]}
    counters |= {other["metric"]: other["median"] for other in others if is_whole(other) and not is_time(other)}
    return {
        "name": f"{at['run_name']}_median", **at, "run_type": "aggregate", "repetitions": cell["n"], "threads": 1,
        "aggregate_name": "median", "aggregate_unit": "time", "iterations": cell["n"],
        "real_time": cell["median"], "cpu_time": (cpu and cpu["median"]) or 0.0, "time_unit": TIME_UNITS[cell["unit"]],
        **{counter: value for counter, value in counters.items() if value is not None},
    }  # fmt: skip


def repeated(cell: Document, at: Document, others: list[Document]) -> Iterator[Document]:
    """An entry for each trial: one process, whatever it repeats inside."""
    cpu = cpu_of(cell, others)
    busy = cpu["values"] if cpu else [None] * len(cell["values"])
    timed = [(real, used) for real, used in zip(cell["values"], busy, strict=True) if real is not None]
    for index, (real, used) in enumerate(timed):
        yield {
            "name": at["run_name"], **at, "run_type": "iteration", "repetitions": cell["n"], "repetition_index": index,
            "threads": 1, "iterations": 1, "real_time": real, "cpu_time": used or 0.0,
            "time_unit": TIME_UNITS[cell["unit"]],
        }  # fmt: skip


def counts(summary: Document) -> list[Document]:
    """What is no time and better when smaller."""
    counted = [{**count, "median": count["value"], "ci95": None} for count in summary.get("counts", [])]
    cells = [cell for cell in (*summary["cells"], *summary["costs"]) if is_whole(cell) and not is_time(cell)]
    return [
        {"name": name(cell), "unit": cell["unit"], "value": cell["median"]}
        | ({"range": "{:g} – {:g}".format(*cell["ci95"])} if cell["ci95"] else {})
        for cell in (*cells, *counted)
        if cell["better"] == "lower"
    ]


def context(environment: Document) -> Document:
    """Of Google Benchmark's own fields what is known of the run; the rest as its custom context, which is text."""
    machine = environment["machine"]
    known = {"run": environment["run"], "profile": environment["profile"], "commit": environment["commit"],
             "cpu": machine["cpu"], "arch": machine["arch"], "kernel": environment["kernel"],
             "compiler": environment["compiler"], "compiler_flags": environment["flags"]}  # fmt: skip
    return {
        "date": environment["started"], "executable": "threadmark", "num_cpus": machine["allowed_cpus"], "caches": [],
        **{fact: value for fact, value in known.items() if value is not None},
    }  # fmt: skip


def by_subject(cells: list[Document]) -> dict[Subject, list[Document]]:
    found: dict[Subject, list[Document]] = defaultdict(list)
    for cell in cells:
        found[subject(cell)].append(cell)
    return found


def subject(cell: Document) -> Subject:
    return cell["model"], cell["workload"], tuple(cell["params"].items())


def name(cell: Document) -> str:
    params = [f"{param}:{value}" for param, value in cell["params"].items()]
    return "/".join([cell["model"], cell["workload"], *params, cell["metric"]])


def cpu_of(cell: Document, others: list[Document]) -> Document | None:
    """The CPU time of the operation that the cell times, which is in ns as the cell is."""
    return next((other for other in others if other["metric"] == f"cpu_{cell['metric']}"), None)


def is_time(cell: Document) -> bool:
    return cell["unit"] in TIME_UNITS


def is_whole(cell: Document) -> bool:
    return cell["outcome"] == "ok" and cell["median"] is not None


if __name__ == "__main__":
    sys.exit(main())
