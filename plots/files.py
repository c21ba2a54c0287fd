"""Figures as files. The same summary gives the same bytes: no date inside, and ids that depend on the name alone."""

import re
from io import StringIO
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from plots.drawing import Drawing, titled
from plots.style import FONT, FONT_STACK, RC

DOTS_PER_INCH = 140


def svg_text(figure: Figure, name: str) -> str:
    with mpl.rc_context({**RC, "svg.hashsalt": name}):
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        return re.sub(r' d="[^"]*"', shorter, text.getvalue()).replace(f"'{FONT}'", FONT_STACK)


def shorter(path: re.Match[str]) -> str:
    """A path without blanks around its commands, and to a hundredth of a point, which no screen or paper shows."""
    return re.sub(r"(\.\d\d)\d+", r"\1", re.sub(r"\s*([MLCQz])\s*", r"\1", path[0]))


def write_figure(drawing: Drawing, folder: Path) -> None:
    """Writes NAME.png and NAME.svg, with title and notes inside."""
    figure = titled(drawing)
    (folder / f"{drawing.name}.svg").write_text(svg_text(figure, drawing.name), encoding="utf-8")
    with mpl.rc_context(RC):
        figure.savefig(folder / f"{drawing.name}.png", dpi=DOTS_PER_INCH, metadata={"Software": None},
                       pil_kwargs={"compress_level": 4})  # fmt: skip
