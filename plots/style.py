"""How everything looks: one colour and one marker for each model, the same in every figure, table and page.

Invariants: colour never carries meaning alone (each model has a marker, each part of memory a hatch); a variant looks
like its model but hollow; a model that is not listed gets a colour and a marker from its name, so they do not depend on
which other models are there. The colours are told apart by the colour-blind and stand out on white and on black.
"""

from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

# These four the page replaces by its own, for light and dark. No data is drawn in them.
INK = "#1f2328"
MUTED = "#6a737d"
GRID = "#d8dce1"
PAPER = "#fffffe"

# Comes with matplotlib. Text in an SVG stays text, so a reader without it needs others, none of them wider.
FONT = "DejaVu Sans"
FONT_STACK = "'DejaVu Sans', Verdana, Arial, sans-serif"


class Look(NamedTuple):
    label: str
    colour: str
    marker: str  # matplotlib's
    glyph: str  # the same shape as a character
    hollow: bool = False


LOOKS = {
    "mn": Look("mn", "#d55e00", "o", "●"),
    "go": Look("Go", "#0072b2", "s", "■"),
    "os_threads": Look("OS threads", "#777777", "^", "▲"),
    "boost_fiber": Look("Boost.Fiber", "#009e73", "D", "◆"),
    "tbb": Look("oneTBB", "#b5609a", "v", "▼"),
}
OTHER_COLOURS = ("#a6761d", "#4a90d9", "#8c4fc0", "#c0392b", "#5d8a00", "#008b8b")
OTHER_MARKERS = (("P", "✚"), ("X", "✖"), ("<", "◀"), (">", "▶"), ("p", "⬟"), ("h", "⬢"), ("*", "★"))
HOLLOW = {"●": "○", "■": "□", "▲": "△", "◆": "◇", "▼": "▽", "◀": "◁", "▶": "▷", "⬟": "⬠", "⬢": "⬡", "★": "☆"}


def look(model: str) -> Look:
    base, _, variant = model.partition(".")
    found = LOOKS.get(base)
    if found is None:
        code = crc32(base.encode())
        marker, glyph = OTHER_MARKERS[code // len(OTHER_COLOURS) % len(OTHER_MARKERS)]
        found = Look(base, OTHER_COLOURS[code % len(OTHER_COLOURS)], marker, glyph)
    if not variant:
        return found
    return found._replace(label=f"{found.label} ({variant})", glyph=HOLLOW.get(found.glyph, found.glyph), hollow=True)


def in_order(models: Iterable[str]) -> list[str]:
    """Listed models first, as listed, each followed by its variants; then the others by name."""
    listed = list(LOOKS)

    def place(model: str) -> tuple[int, str]:
        base = model.split(".")[0]
        return (listed.index(base) if base in listed else len(listed), model)

    return sorted(set(models), key=place)


class Part(NamedTuple):
    metric: str
    label: str
    colour: str
    hatch: str


# Hatches of lines only: one of dots or circles is a hundred kilobytes of an SVG.
# What a parked task's memory consists of, from the bottom of the bar up. The first three are `resident` taken apart;
# where that could not be done, it stands for them.
PARTS = (
    Part("bytes_per_task.stack", "stack, touched", "#4477aa", ""),
    Part("bytes_per_task.control_block", "control block", "#aa3377", "||||"),
    Part("bytes_per_task.heap", "heap and the rest", "#88ccee", "----"),
    Part("bytes_per_task.resident", "stack and heap, not told apart", "#4477aa", "++"),
    Part("bytes_per_task.page_tables", "page tables", "#ddaa33", "////"),
    Part("bytes_per_task.kernel_stack", "kernel stack", "#bb5566", "\\\\\\\\"),
    Part("bytes_per_task.kernel_slab", "kernel slab", "#66b2a0", "xxx"),
)

# The same of an idle connection: what the process holds, and what the kernel does.
CONNECTION_PARTS = (
    Part("bytes_per_connection.resident", "process: resident", "#4477aa", ""),
    Part("bytes_per_connection.page_tables", "process: page tables", "#ddaa33", "////"),
    Part("bytes_per_connection.kernel_stack", "kernel: stacks", "#bb5566", "\\\\\\\\"),
    Part("bytes_per_connection.kernel_slab", "kernel: slab", "#66b2a0", "xxx"),
)
ALL_PARTS = (*PARTS, *CONNECTION_PARTS)

# The two sizes that the best-known claim names.
REFERENCES = ((2048, "2 KB"), (1_048_576, "1 MB"))

RC = {
    "font.family": FONT,
    "font.size": 9.0,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "hatch.color": PAPER,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
}
