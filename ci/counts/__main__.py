"""python -m ci.counts RUN_DIR: counts what an operation takes, and writes counts.json beside the run's trials.

Of mn instructions, allocations and system calls; of the run's other models system calls. They belong to the build, not
to a time: RUN_DIR must be a run of the commit that is built. They come into summary.json, and with it into the store of
past runs. Exit code 2 where something could not be counted.
"""

import os
import sys
from pathlib import Path

from analysis.command_line import Parser
from analysis.contracts import ROOT, describe, faults, write_json
from analysis.ratios import SUBJECT
from analysis.run import UnreadableRun, read_environment
from ci.counts import strace
from ci.counts.cells import CELLS
from ci.counts.counter import CannotCount
from ci.counts.measure import EVERY, Count, document, measure


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m ci.counts", description="Counts what an operation takes.")
    parser.add_argument("run_dir", type=Path, help="a run of the commit that is built, such as out/latest")
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/bin", help="folder with bench_mn and others")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time (%(default)s)")
    asked = parser.parse_args(arguments)
    try:
        models = list(read_environment(asked.run_dir)["models"])
        if SUBJECT not in models:
            raise CannotCount(f"{asked.run_dir} is no run of {SUBJECT}")
        counts = {model: of_model(model, asked.bin, max(1, asked.jobs)) for model in models}
        found = document(counts)
    except (CannotCount, UnreadableRun) as error:
        print(f"ci.counts: {error}", file=sys.stderr)
        return 2
    for fault in faults("counts", found):
        raise AssertionError(describe(fault))
    for model, its in counts.items():
        for count in its:
            values = " ".join(f"{value:.3f}" for value in count.values)
            print(f"{model:12} {count.cell.name:64} {count.metric:32} {values}")
    print(write_json(asked.run_dir / "counts.json", found))
    return 0


def of_model(model: str, programs: Path, jobs: int) -> list[Count]:
    """Callgrind counts mn alone: it is what is watched, and Go's programs do not run under it."""
    counters = EVERY if model == SUBJECT else (strace.count,)
    cells = CELLS if model == SUBJECT else [cell for cell in CELLS if cell.everyone]

    def tell(cell: str) -> None:
        print(f"counted {model}: {cell}", file=sys.stderr, flush=True)

    return measure(programs / f"bench_{model}", jobs, cells, counters, tell)


if __name__ == "__main__":
    sys.exit(main())
