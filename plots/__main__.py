"""python -m plots RUN_DIR: draws every figure into RUN_DIR/plots/ as PNG and SVG. Exit code 2 without a summary."""

import sys
from pathlib import Path

from analysis import UnreadableRun, read_summary
from analysis.command_line import Parser
from plots import FIGURES
from plots.files import write_figure


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m plots", description="Draws the figures of a run's summary.json.")
    parser.add_argument("run_dir", type=Path, help="a run's folder with a summary.json, such as out/latest")
    run_dir: Path = parser.parse_args(arguments).run_dir
    try:
        summary = read_summary(run_dir)
        folder = run_dir / "plots"
        folder.mkdir(exist_ok=True)
        for draw in FIGURES:
            write_figure(draw(summary), folder)
    except UnreadableRun as error:
        print(f"plots: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"plots: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{folder}: {len(FIGURES)} figures, PNG and SVG")
    return 0


if __name__ == "__main__":
    sys.exit(main())
