"""python -m reports RUN_DIR: writes RUN_DIR/claims.json and RUN_DIR/index.html. Exit code 2 without a summary."""

import sys
from pathlib import Path

from analysis import UnreadableRun, read_summary
from analysis.command_line import Parser
from analysis.contracts import write_json, write_text
from plots import draw_all
from reports import headline, markdown
from reports.claims import judge_all
from reports.page import render


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m reports", description="Writes the page of a run's summary.json.")
    parser.add_argument("run_dir", type=Path, help="a run's folder with a summary.json, such as out/latest")
    run_dir: Path = parser.parse_args(arguments).run_dir
    try:
        summary = read_summary(run_dir)
        claims = judge_all(summary)
        write_json(run_dir / "claims.json", claims)
        page = write_text(run_dir / "index.html", render(summary, claims, draw_all(summary)))
        write_text(run_dir / "summary.md", markdown.render(summary, claims))
        headline.write(summary, claims, run_dir / "headline.png")
    except UnreadableRun as error:
        print(f"reports: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"reports: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
