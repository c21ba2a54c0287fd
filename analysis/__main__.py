"""python -m analysis RUN_DIR: writes RUN_DIR/summary.json. Exit code 2 where there is no run to read."""

import sys
from pathlib import Path

from analysis.command_line import Parser
from analysis.contracts import write_json
from analysis.run import UnreadableRun
from analysis.summary import summarise


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m analysis", description="Turns a run's trials into summary.json.")
    parser.add_argument("run_dir", type=Path, help="a run's folder, such as out/latest")
    run_dir: Path = parser.parse_args(arguments).run_dir
    try:
        summary = summarise(run_dir)
        target = write_json(run_dir / "summary.json", summary)
    except UnreadableRun as error:
        print(f"analysis: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"analysis: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for rejected in summary["input"]["rejected"]:
        print(f"analysis: trials.jsonl line {rejected['line']} left out: {rejected['why']}", file=sys.stderr)
    used, lines = summary["input"]["used"], summary["input"]["lines"]
    print(f"{target}: {len(summary['cells'])} cells, {len(summary['ratios'])} ratios from {used} of {lines} trials")
    return 0


if __name__ == "__main__":
    sys.exit(main())
