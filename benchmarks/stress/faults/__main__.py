"""System calls that fail at random, and signals, beneath mn and the conductor: see README.md.

Each seed is one run of one program. Ends with a table, and with 1 where a run hung, crashed, was wrong, or ended with
an error that does not say what the system refused.
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import sys
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from analysis.command_line import Parser
from analysis.contracts import write_json
from benchmarks.stress.again import command
from benchmarks.stress.faults.cases import SETS, TURNS, case_of
from benchmarks.stress.faults.grading import OUTCOMES
from benchmarks.stress.faults.targets import LIBRARY, PROGRAMS, Result, run_case

EACH_S = 1.0


def arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m benchmarks.stress.faults", description=__doc__)
    parser.add_argument(
        "--seeds", type=int, metavar="N", help=f"how many seeds ({len(TURNS)} unless --seconds is given)"
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="how long, instead")
    parser.add_argument(
        "--seed", type=int, metavar="K", help="the first; a random one unless given, and always printed"
    )
    parser.add_argument("--each", type=float, default=EACH_S, metavar="S", help="the victim's time (%(default)s s)")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="how many at the same time (%(default)s)")
    parser.add_argument("--target", choices=sorted(PROGRAMS), help="only the seeds of this one")
    parser.add_argument("--calls", choices=sorted(SETS), metavar="SET",
                        help=f"only the seeds of this set of calls: {', '.join(SETS)}")  # fmt: skip
    parser.add_argument("--bin", type=Path, default=Path("build/release/bin"), help="where the programs lie")
    parser.add_argument("--out", type=Path, default=Path("out/faults.json"), help="the file to write")
    asked = parser.parse_args()
    if asked.seeds is not None and asked.seconds is not None:
        parser.error("--seeds and --seconds: one of them")
    for name in ("seeds", "seconds", "each", "jobs"):
        if (value := getattr(asked, name)) is not None and value <= 0:
            parser.error(f"--{name} must be above zero")
    if asked.seed is not None and asked.seed < 0:
        parser.error("--seed must not be below zero")
    if not any(asked.target in (None, t) and asked.calls in (None, c) for t, c in TURNS):
        known = ", ".join(dict.fromkeys(c for t, c in TURNS if asked.target in (None, t)))
        parser.error(f"nothing that is tried makes such calls: --calls={asked.calls}; known: {known}")
    for program in (LIBRARY, *PROGRAMS.values(), "bench_mn"):
        if not (asked.bin / program).is_file():
            parser.error(f"no {asked.bin / program}: `make build` makes it")
    return asked


def main() -> int:
    asked = arguments()
    first = asked.seed if asked.seed is not None else secrets.randbelow(10**9)
    print(f"faults: seed {first}", flush=True)
    results = run_all(asked, first)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    write_json(asked.out, {"schema": 1, "results": [r.entry for r in results]})
    print(table(results))
    for result in results:
        if result.verdict.grade == "forbidden":
            print(f"\n{complaint(result)}\nagain: {again(result, asked)}\n   or: {result.command}")
    print(f"\n{asked.out}")
    return int(any(r.verdict.grade == "forbidden" for r in results))


def run_all(asked: argparse.Namespace, first: int) -> list[Result]:
    cases = (case_of(seed) for seed in itertools.count(first))
    chosen = (c for c in cases if asked.target in (None, c.target) and asked.calls in (None, c.calls))
    wanted = asked.seeds if asked.seeds is not None else (len(TURNS) if asked.seconds is None else 1 << 60)
    end = time.monotonic() + (asked.seconds if asked.seconds is not None else float("inf"))
    results: list[Result] = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        running: set[Future[Result]] = set()
        begun = 0
        while True:
            while len(running) < asked.jobs and begun < wanted and time.monotonic() < end:
                running.add(pool.submit(run_case, next(chosen), asked.bin, asked.each))
                begun += 1
            if not running:
                return sorted(results, key=lambda r: r.case.seed)
            done, running = wait(running, return_when=FIRST_COMPLETED)
            results += [future.result() for future in done]
            progress(results, asked, done)


def progress(results: list[Result], asked: argparse.Namespace, done: set[Future[Result]]) -> None:
    for future in done:
        result = future.result()
        if result.verdict.grade == "forbidden":
            case = result.case
            print(f"  seed {case.seed}: {case.target}, {case.calls}: {result.verdict.outcome}", flush=True)
    if sys.stderr.isatty():
        print(
            f"\r{len(results)}{f' of {asked.seeds}' if asked.seeds else ''} runs", end="", file=sys.stderr, flush=True
        )


def table(results: list[Result]) -> str:
    counts: Counter[tuple[str, str, str]] = Counter()
    for r in results:
        key = (r.case.target, r.case.calls)
        counts.update(
            {(*key, "runs"): 1, (*key, r.verdict.outcome): 1, (*key, "calls"): r.seen, (*key, "failed"): r.failed}
        )
    columns = ("runs", *OUTCOMES, "calls", "failed")
    keys = sorted({(r.case.target, r.case.calls) for r in results}, key=lambda k: (k[0], list(SETS).index(k[1])))
    rows = [("target", "calls that fail", *columns)]
    rows += [(*key, *(f"{counts[(*key, column)]:,}" for column in columns)) for key in keys]
    rows.append(("all", "", *(f"{sum(counts[(*key, column)] for key in keys):,}" for column in columns)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0]), row[1].ljust(widths[1]),
                        *(row[i].rjust(widths[i]) for i in range(2, len(row)))]) for row in rows]  # fmt: skip
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:-1], "-" * len(lines[0]), lines[-1]])


def complaint(result: Result) -> str:
    case = result.case
    return f"{case.target}, {case.calls}, seed {case.seed}: {result.verdict.outcome}\n{result.entry['detail']}"


def again(result: Result, asked: argparse.Namespace) -> str:
    return command("benchmarks.stress.faults", f"--seed={result.case.seed}", "--seeds=1", f"--each={asked.each:g}",
                   f"--bin={asked.bin}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
