"""Colours of models as text: the model's own hue, as much lighter or darker as it takes to be read on the page.

The measure is WCAG's contrast ratio; 4.5 is what its level AA asks of text.
"""

ENOUGH = 4.5
STEPS = 50

Rgb = tuple[float, float, float]


def rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def luminance(colour: Rgb) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(rgb(one)), luminance(rgb(other))), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def readable(colour: str, papers: list[str]) -> str:
    """The colour, mixed with black or white until it stands out on each of the papers: all light, or all dark."""
    dark = luminance(rgb(papers[0])) < 0.18
    target = (1.0, 1.0, 1.0) if dark else (0.0, 0.0, 0.0)
    for step in range(STEPS + 1):
        mixed = [part + (end - part) * step / STEPS for part, end in zip(rgb(colour), target, strict=True)]
        found = "#" + "".join(f"{round(part * 255):02x}" for part in mixed)
        if all(contrast(found, paper) >= ENOUGH for paper in papers):
            return found
    return "#ffffff" if dark else "#000000"
