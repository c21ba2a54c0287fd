"""python -m plots.tests.images: draws the reference images anew, after a change of a figure that is meant. Look at them
before you commit them."""

from pathlib import Path

import matplotlib as mpl

from plots import Drawing, draw_all
from plots.style import RC
from plots.tests.made import made_summary

REFERENCES = Path(__file__).with_name("images")
DOTS_PER_INCH = 50  # small files; a marker is three pixels wide, which is enough to miss it


def write_image(drawing: Drawing, folder: Path) -> Path:
    """Without title and notes: other tests have their words, and a word that wraps would move the whole image."""
    path = folder / f"{drawing.name}.png"
    with mpl.rc_context(RC):
        drawing.figure.savefig(path, dpi=DOTS_PER_INCH, metadata={"Software": None}, pil_kwargs={"optimize": True})
    return path


if __name__ == "__main__":
    REFERENCES.mkdir(exist_ok=True)
    for old in REFERENCES.glob("*.png"):
        old.unlink()
    for drawing in draw_all(made_summary()):
        print(write_image(drawing, REFERENCES))
