"""python -m reports.gallery [FOLDER]: draws the README's figures anew, of the run that is recorded beside this file.

`make gallery` is the same. The same code makes the same bytes, and a test holds the figures in the repository to that:
a change of a figure, of the analysis or of the claims shows in the README or fails.
"""

import gzip
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analysis.command_line import Parser
from analysis.contracts import write_text
from analysis.summary import summarise
from plots.drawing import titled
from plots.figures import parked_memory, ratio, scaling
from plots.files import svg_text
from reports import headline
from reports.claims import judge_all

HERE = Path(__file__).parent
RECORDED = HERE / "run"


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m reports.gallery", description="Draws the README's figures.")
    parser.add_argument("folder", type=Path, nargs="?", default=HERE, help="where to; default: reports/gallery")
    folder: Path = parser.parse_args(arguments).folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in figures(recorded()).items():
            print(write_text(folder / f"{name}.svg", text))
    except OSError as error:
        print(f"reports.gallery: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def recorded() -> dict[str, Any]:
    """The summary of the recorded run, by the analysis as it is now."""
    with TemporaryDirectory() as place:
        run = Path(place) / "run"  # a folder of its own, because the last stress test is looked for beside a run
        run.mkdir()
        for packed in RECORDED.iterdir():
            content = packed.read_bytes()
            target = run / packed.name.removesuffix(".gz")
            target.write_bytes(gzip.decompress(content) if packed.suffix == ".gz" else content)
        return summarise(run)


def figures(summary: dict[str, Any]) -> dict[str, str]:
    """Each figure's SVG by its name."""
    drawings = [ratio.draw(summary, "go"), parked_memory.draw(summary), scaling.draw(summary)]
    drawn = {drawing.name: titled(drawing) for drawing in drawings}
    drawn[headline.NAME] = headline.draw(summary, judge_all(summary))
    return {name: svg_text(figure, name) for name, figure in drawn.items()}


if __name__ == "__main__":
    sys.exit(main())
