"""The hatches of the parts of memory as SVG patterns, so that in charts too a part is told by more than its colour. The
page holds them once; a chart's fill names one."""

from plots.style import ALL_PARTS

# What matplotlib's hatches are made of, in a square of 8 pixels; lines that leave it at one side enter it at the other.
LINES = {
    "/": "M-2,2L2,-2M0,8L8,0M6,10L10,6",
    "\\": "M-2,6L2,10M0,0L8,8M6,-2L10,2",
    "x": "M0,8L8,0M0,0L8,8",
    "-": "M0,2H8M0,6H8",
    "|": "M2,0V8M6,0V8",
    "+": "M0,4H8M4,0V8",
    ".": "M1.5,2h1M5.5,6h1",
    "o": "M6,4A2,2 0 1 1 2,4A2,2 0 1 1 6,4",
    "O": "M7,4A3,3 0 1 1 1,4A3,3 0 1 1 7,4",
    "*": "M4,2V6M2,3L6,5M2,5L6,3",
}


def pattern_id(metric: str) -> str:
    return f"hatch-{metric.replace('.', '-')}"


def fill_of(metric: str) -> str:
    """A part that is not listed has the page's muted colour."""
    part = next((part for part in ALL_PARTS if part.metric == metric), None)
    if part is None:
        return "var(--muted)"
    return f"url(#{pattern_id(metric)})" if part.hatch else part.colour


def patterns() -> list[dict[str, str]]:
    """For the template."""
    return [
        {"id": pattern_id(part.metric), "colour": part.colour, "lines": lines_of(part.hatch)}
        for part in ALL_PARTS
        if part.hatch
    ]


def lines_of(hatch: str) -> str:
    """A sign that comes several times over is as dense as it can be."""
    return "".join(LINES[sign] for sign in dict.fromkeys(hatch))
