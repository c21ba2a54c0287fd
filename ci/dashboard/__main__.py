"""python -m ci.dashboard: turns a store of runs into a static site, and prints the path of its first page.

The site opens from disk and can be published as it is. Exit code 2, and one line, where there is no such store, or
where what is given besides cannot be read. A store without runs has a page, which says so.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.command_line import Parser
from analysis.contracts import write_text
from analysis.run import UnreadableRun
from ci.changes.watch import watch
from ci.dashboard.board import Board
from ci.dashboard.given import Unusable, notes, selftest
from ci.dashboard.given.order import order_of
from ci.dashboard.page import FOLDER, site
from ci.history.database import DEFAULT, Store, chosen_place, opened
from ci.history.reading import all_runs
from ci.history.record import NotTaken
from ci.history.series import Selection

PROG = "python -m ci.dashboard"
OUT = Path("out/dashboard")
# Taken where they are there, and asked for only where they are named.
NOTES, SELFTEST, REPOSITORY = Path("ci/notes.toml"), Path("out/selftest.json"), Path()


def parser() -> argparse.ArgumentParser:
    main = Parser(prog=PROG, description="A static site of all that a store of runs knows.")
    place = f"a SQLite file or postgresql+psycopg://…; else THREADMARK_STORE, else {DEFAULT}"
    main.add_argument("--store", metavar="PLACE", help=place)
    main.add_argument("--out", type=Path, default=OUT, metavar="FOLDER", help="where the site goes (%(default)s)")
    main.add_argument("--profile", default="quick", help="only runs of this profile (%(default)s)")
    noted, tried_on = f"what is acknowledged and noted; else {NOTES}", f"of python -m ci.selftest; else {SELFTEST}"
    main.add_argument("--notes", type=Path, metavar="FILE", help=f"{noted}, where there is one")
    main.add_argument("--selftest", type=Path, metavar="FILE", help=f"{tried_on}, where there is one")
    main.add_argument("--repository", type=Path, metavar="PATH", help="runs stand in the order of its commits")
    main.add_argument("--commits-url", default="", metavar="URL", help="what a commit is put behind to be a link")
    return main


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    try:
        with opened(chosen_place(given.store)) as store:
            board = board_of(store, given)
        page = write(site(board), given.out)
    except (NotTaken, UnreadableRun, Unusable) as error:
        print(f"dashboard: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"dashboard: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(page.resolve())
    return 0


def board_of(store: Store, given: argparse.Namespace) -> Board:
    runs = Selection(profile=given.profile).of(all_runs(store))
    order = order_of(runs, given.repository or REPOSITORY, asked=given.repository is not None)
    selection = Selection(profile=given.profile, commits=order.commits)
    watched = watch(store, selection)
    chosen = selection.of(runs)
    noted = notes.read(given.notes or NOTES, asked=given.notes is not None)
    board = Board(
        store=store.place,
        profile=given.profile,
        runs=chosen,
        watched=watched,
        notes=noted,
        selftest=selftest.read(given.selftest or SELFTEST, asked=given.selftest is not None),
        commits_url=given.commits_url,
    )
    unfit = notes.warnings(noted, runs, watched.histories, board.today)
    return replace(board, warnings=[*order.warnings, *unfit])


def write(files: dict[str, str], folder: Path) -> Path:
    """Pages of workloads that an earlier site had, and this one has not, are removed."""
    for old in (folder / FOLDER).glob("*.html"):
        if f"{FOLDER}/{old.name}" not in files:
            old.unlink()
    for path, text in ((folder / name, text) for name, text in files.items()):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return folder / next(iter(files))


if __name__ == "__main__":
    sys.exit(main())
