"""python -m ci.history import|list|export|prune|migrate: fills the store of past runs and keeps it (ci/DESIGN.md).

Exit code 2, and one line for each, where something was not taken or could not be done.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from analysis.command_line import Parser
from ci.history import importing, listing, migrations, pruning, rows
from ci.history.database import DEFAULT, PROG, Store, chosen_place, opened
from ci.history.files import SUFFIX, write_file
from ci.history.reading import all_runs, run_named
from ci.history.record import NotTaken


def parser() -> argparse.ArgumentParser:
    main = Parser(prog=PROG, description="The store of past runs.")
    commands = main.add_subparsers(dest="command", required=True, metavar="import|list|export|prune|migrate")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        its = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        its.add_argument(
            "--store", metavar="PLACE",
            help=f"a SQLite file or postgresql+psycopg://…; else THREADMARK_STORE, else {DEFAULT}",
        )  # fmt: skip
        return its

    takes = command("import", f"take runs into the store, from their folders or from exported *{SUFFIX}")
    takes.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a run, a file, or a folder of either")
    shows = command("list", "show the runs of the store, the oldest first")
    shows.add_argument("--json", action="store_true", help="as JSON, with every fact of the machine")
    gives = command("export", f"write runs into a folder of plain files, a {SUFFIX} for each")
    gives.add_argument("runs", nargs="*", metavar="RUN", help="a run's name")
    gives.add_argument("--all", action="store_true", help="every run")
    gives.add_argument("--to", type=Path, default=Path("out/history"), metavar="FOLDER", help="default: out/history")
    drops = command("prune", "drop the raw samples of old runs; all that was made of them stays")
    which = drops.add_mutually_exclusive_group(required=True)
    which.add_argument("--keep", type=count, metavar="N", help="of each machine keep those of the N newest runs")
    which.add_argument("--before", type=moment, metavar="DATE", help="drop those of runs before 2030-01-31 (UTC)")
    command("migrate", "bring a store of an older schema to that of this program")
    return main


def count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs")
    return int(text)


def moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2030-01-31") from error
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    place = chosen_place(given.store)
    try:
        if given.command == "migrate":
            before, after = migrations.migrate(place)
            print(f"schema {before} → {after}" if before < after else f"schema {after}: nothing to do")
            return 0
        with opened(place, make=given.command == "import") as store:
            return {"import": take, "list": show, "export": give, "prune": drop}[given.command](store, given)
    except NotTaken as error:
        return complain(error)
    except OSError as error:
        return complain(f"{error.filename}: {error.strerror}")


def complain(what: object) -> int:
    print(f"history: {what}", file=sys.stderr)
    return 2


def take(store: Store, given: argparse.Namespace) -> int:
    """Each run by itself: one that is not taken keeps no other out."""
    code, sources = 0, []
    for path in given.paths:
        try:
            sources += importing.sources_in(path)
        except NotTaken as error:
            code = complain(error)
    for number, source in enumerate(sources, start=1):
        progress = f"[{number}/{len(sources)}] " if len(sources) > 1 else ""
        try:
            print(f"{progress}{importing.take(store, source).said}", flush=True)
        except NotTaken as error:
            code = complain(f"{progress}{error}")
    return code


def show(store: Store, given: argparse.Namespace) -> int:
    runs, size = all_runs(store), pruning.size_of(store)
    if given.json:
        print(
            json.dumps({"store": store.place, "bytes": size, "runs": [listing.as_json(run) for run in runs]}, indent=1)
        )
        return 0
    print("\n".join(listing.table(runs)))
    print(f"{store.place}: {listing.runs(len(runs))}, {listing.kilobytes(size)}")
    return 0


def give(store: Store, given: argparse.Namespace) -> int:
    if bool(given.runs) == given.all:
        return complain("export: name runs, or --all")
    names = [run.name for run in all_runs(store)] if given.all else [run_named(store, name).name for name in given.runs]
    for number, name in enumerate(names, start=1):
        with store.reading() as connection:
            record = rows.read(connection, name)
        target = write_file(record, given.to)
        print(f"[{number}/{len(names)}] {target}: {listing.kilobytes(target.stat().st_size)}", flush=True)
    return 0


def drop(store: Store, given: argparse.Namespace) -> int:
    pruned = pruning.prune(store, keep=given.keep, before=given.before)
    print(f"raw samples of {listing.runs(pruned.runs)} dropped: {pruned.bytes_back:,} bytes came back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
