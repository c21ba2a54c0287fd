"""python -m ci.selftest: plants changes into simulated histories and counts which of them are found, and what else is.

The histories go through a store of their own, as runs do that were measured, and through the same watch. Writes
out/selftest.json (selftest.schema.json) and prints it as tables. Exit code 1 where a bound is missed.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from analysis.command_line import Parser
from analysis.contracts import catalogue, write_json
from ci.changes.subjects import TIMES, planned
from ci.changes.watch import watch
from ci.history.database import opened
from ci.history.record import NotTaken
from ci.selftest.document import document
from ci.selftest.records import Name, Names, fill, simple_names
from ci.selftest.table import lines

SEED, SUBJECTS = 20260, 240
PROFILES = {"simulated_quick": 5, "simulated_full": 20}  # as many blocks as quick and full have
FILLED = "simulated_quick"
LIKE = "quick"  # the profile whose subjects a store has that is filled to be looked at


def parser() -> argparse.ArgumentParser:
    main = Parser(prog="python -m ci.selftest", description="Tries the detection of changes on simulated histories.")
    main.add_argument("--seed", type=whole, default=SEED, metavar="N", help="of all chance (%(default)s)")
    main.add_argument(
        "--histories", type=some, default=SUBJECTS, metavar="K", help="times that are simulated (%(default)s)"
    )
    main.add_argument(
        "--out", type=Path, default=Path("out/selftest.json"), metavar="FILE", help="what to write (%(default)s)"
    )
    main.add_argument(
        "--fill", metavar="STORE",
        help="only put one simulated history, with the subjects of a real run, into a new store",
    )  # fmt: skip
    return main


def whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


def some(text: str) -> int:
    if not 8 <= (count := whole(text)) <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not between 8, of which each kind has one, and 1000")
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    try:
        return fill_one(given.fill, given.seed) if given.fill else run(given)
    except NotTaken as error:
        print(f"selftest: {error}", file=sys.stderr)
    except OSError as error:
        print(f"selftest: {error.filename}: {error.strerror}", file=sys.stderr)
    return 2


def run(given: argparse.Namespace) -> int:
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, opened(str(Path(folder) / "store.sqlite"), make=True) as store:
        simulated = fill(store, simple_names(given.histories), PROFILES, given.seed)
        found = document(watch(store), simulated, given.seed)
    write_json(given.out, found)
    print("\n".join(lines(found)))
    for sentence in found["missed"]:
        print(f"selftest: {sentence}", file=sys.stderr)
    print(given.out)
    return 1 if found["missed"] else 0


def fill_one(place: str, seed: int) -> int:
    if Path(place).exists():
        raise NotTaken(f"{place}: is there already; simulated runs go into a store of their own")
    with opened(place, make=True) as store:
        simulated = fill(store, real_names(), {FILLED: PROFILES[FILLED]}, seed)
    print(f"{place}: {len(simulated.commits)} commits, {len(simulated.truths)} subjects, simulated")
    return 0


def real_names() -> Names:
    """The subjects of mn that a real run has, and instructions, which it may have."""
    found = Names([], [], [])
    for workload, params in sorted(planned(LIKE) or ()):
        for metric, its in catalogue()[workload]["metrics"].items():
            if "." in metric or its["better"] != "lower":
                continue
            if its["unit"] in TIMES:
                found.times.append(Name(workload, params, metric, its["unit"]))
            elif its["unit"] == "B":
                found.counts.append(Name(workload, params, metric, its["unit"]))
            if metric == "ns_per_task":
                found.exact.append(Name(workload, params, "instructions_per_task", "instructions"))
    return found


if __name__ == "__main__":
    sys.exit(main())
