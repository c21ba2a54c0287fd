"""python -m ci.changes: what has changed over the history of a store, and since which commit (ci/DESIGN.md).

Exit code 1 where a history has a status that --fail-on names, 2 where there is no such store, or no run in it to watch.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.command_line import Parser
from ci.changes import listing
from ci.changes.report import STATUSES, Status
from ci.changes.watch import watch
from ci.history.database import DEFAULT, chosen_place, opened
from ci.history.record import NotTaken
from ci.history.series import Selection

PROG = "python -m ci.changes"


def parser() -> argparse.ArgumentParser:
    main = Parser(prog=PROG, description="What has changed over the history of a store, and since which commit.")
    main.add_argument(
        "--store", metavar="PLACE",
        help=f"a SQLite file or postgresql+psycopg://…; else THREADMARK_STORE, else {DEFAULT}",
    )  # fmt: skip
    main.add_argument("--profile", help="only runs of this profile")
    main.add_argument("--json", action="store_true", help="as JSON, every history with its status")
    main.add_argument(
        "--fail-on", metavar="STATUSES", type=statuses, default=(),
        help="exit code 1 at any of these, such as regressed,missing"
    )  # fmt: skip
    order = main.add_mutually_exclusive_group()
    order.add_argument("--commits", type=Path, metavar="FILE", help="runs in this order: a commit a line, oldest first")
    order.add_argument("--repository", type=Path, metavar="PATH", help="runs in the order of its commits; else of time")
    return main


def statuses(text: str) -> tuple[Status, ...]:
    found = tuple(text.split(","))
    for status in found:
        if status not in STATUSES:
            raise argparse.ArgumentTypeError(f"no status {status!r}; known: {', '.join(STATUSES)}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    try:
        selection = Selection(profile=given.profile, commits=commits_of(given))
        with opened(chosen_place(given.store)) as store:
            watched = watch(store, selection)
            if not watched.histories:
                raise NotTaken(f"{store.place}: no run there that was asked for and has something to watch")
    except NotTaken as error:
        print(f"changes: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(listing.as_json(watched), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        print("\n".join(listing.lines(watched)))
    return 1 if any(watched.counts[status] for status in given.fail_on) else 0


def commits_of(given: argparse.Namespace) -> list[str] | None:
    if given.repository is not None:
        return rev_list(given.repository)
    if given.commits is None:
        return None
    try:
        return given.commits.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise NotTaken(f"{given.commits}: {getattr(error, 'strerror', None) or 'no text'}") from error


def rev_list(repository: Path) -> list[str]:
    """All commits behind HEAD, the oldest first."""
    command = ["git", "-C", str(repository), "rev-list", "--reverse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotTaken(f"git: {error.strerror}") from error
    if done.returncode != 0:
        raise NotTaken(f"{repository}: {' '.join(done.stderr.split()) or 'git gives no commits'}")
    return done.stdout.split()


if __name__ == "__main__":
    sys.exit(main())
