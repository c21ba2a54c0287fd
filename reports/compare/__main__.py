"""python -m reports.compare A B: writes compare.json and compare.html of two runs, and prints the page's path.

`threadmark compare A B` is the same. Exit code 2 where there are no two runs that can be compared.
"""

import sys
from pathlib import Path
from typing import Any

from analysis.command_line import Parser
from analysis.contracts import write_json, write_text
from analysis.run import UnreadableRun, read_summary
from analysis.two_runs import NotComparable, compare_runs
from reports.compare.page import render

OUT = Path("out")
SHOWN = 5  # runs that are named to somebody who has named none


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="threadmark compare", description="Sets two runs side by side, B against A.")
    parser.add_argument(
        "a", metavar="A", help="a run's folder, or its name in out/, or latest: the earlier, or the usual"
    )
    parser.add_argument("b", metavar="B", help="the other run")
    parser.add_argument("--out", type=Path, help="folder to write into; default: out/compare/A-B, by the runs' names")
    asked = parser.parse_args(arguments)
    try:
        compared = compare_runs(*(summary_of(name) for name in (asked.a, asked.b)))
        folder = asked.out or OUT / "compare" / f"{compared['a']['run']}-{compared['b']['run']}"
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "compare.json", compared)
        page = write_text(folder / "compare.html", render(compared))
    except (UnreadableRun, NotComparable) as error:
        print(f"threadmark compare: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"threadmark compare: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(page)
    return 0


def summary_of(name: str) -> dict[str, Any]:
    """Of a folder, or else of the run of that name in out/."""
    for folder in (Path(name), OUT / name):
        if folder.is_dir():
            return read_summary(folder)
    found = sorted(path.parent.name for path in OUT.glob("*/environment.json"))
    known = f"; the last in {OUT}/: {', '.join(found[-SHOWN:])}" if found else f"; {OUT}/ has none"
    raise UnreadableRun(f"{name}: no such run{known}")


if __name__ == "__main__":
    sys.exit(main())
