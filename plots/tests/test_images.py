"""Every figure looks as it did when somebody last looked at it: against reference images, drawn from made-up data.

`python -m plots.tests.images` draws the references anew. Fonts come with matplotlib, which is pinned, so an image
repeats; the tolerance is for the last digit of another processor's arithmetic.
"""

from pathlib import Path

import pytest
from matplotlib.testing.compare import compare_images
from matplotlib.testing.exceptions import ImageComparisonFailure

from plots import Drawing, draw_all
from plots.style import look
from plots.tests.images import REFERENCES, write_image
from plots.tests.made import made_summary

TOLERANCE = 0.5  # root mean square over all pixels, of 255


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    return {drawing.name: drawing for drawing in draw_all(made_summary())}


def difference(drawing: Drawing, folder: Path) -> str | None:
    """What is different, with the path of an image that shows where; None where nothing is."""
    reference = REFERENCES / f"{drawing.name}.png"
    if not reference.exists():
        return f"{reference} is not there: python -m plots.tests.images"
    image = write_image(drawing, folder)
    try:
        return compare_images(str(reference), str(image), tol=TOLERANCE)
    except ImageComparisonFailure as error:  # of another size
        return f"{image}: {error}"


def test_every_figure_looks_like_its_reference(drawings: dict[str, Drawing], tmp_path: Path) -> None:
    found = [text for drawing in drawings.values() if (text := difference(drawing, tmp_path))]
    assert not found, "\n".join(found)


def test_every_reference_is_of_a_figure(drawings: dict[str, Drawing]) -> None:
    assert sorted(path.stem for path in REFERENCES.glob("*.png")) == sorted(drawings)


def test_a_single_marker_that_moves_is_seen(tmp_path: Path) -> None:
    changed = next(drawing for drawing in draw_all(made_summary()) if drawing.name == "time_per_workload")
    line = next(line for line in changed.figure.axes[0].lines if line.get_color() == look("mn").colour)
    x = line.get_xdata().copy()
    x[0] *= 2
    line.set_xdata(x)
    said = difference(changed, tmp_path)
    assert said is not None
    assert "time_per_workload-failed-diff.png" in said
