"""python -m ci.counts RUN_DIR: counts what an operation of mn takes, and writes counts.json beside the run's trials.

The counts belong to the build, not to a time: RUN_DIR must be a run of the commit that is built. They come into
summary.json, and with it into the store of past runs. Exit code 2 where something could not be counted.
"""

import os
import sys
from pathlib import Path

from analysis.command_line import Parser
from analysis.contracts import ROOT, describe, faults, write_json
from analysis.run import UnreadableRun, read_environment
from ci.counts.callgrind import CannotCount
from ci.counts.measure import document, measure

MODEL = "mn"


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m ci.counts", description="Counts what an operation takes, under callgrind.")
    parser.add_argument("run_dir", type=Path, help="a run of the commit that is built, such as out/latest")
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/bin", help="folder with bench_mn")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time (%(default)s)")
    asked = parser.parse_args(arguments)
    try:
        read_environment(asked.run_dir)
        counts = measure(asked.bin / f"bench_{MODEL}", max(1, asked.jobs), told=tell)
    except (CannotCount, UnreadableRun) as error:
        print(f"ci.counts: {error}", file=sys.stderr)
        return 2
    found = document(MODEL, counts)
    for fault in faults("counts", found):
        raise AssertionError(describe(fault))
    for count in counts:
        print(f"{count.cell.name:60} {count.metric:32} {' '.join(f'{value:.3f}' for value in count.values)}")
    print(write_json(asked.run_dir / "counts.json", found))
    return 0


def tell(cell: str) -> None:
    print(f"counted {cell}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
