"""What a table's cell sorts by: the number that it shows, whatever its unit."""

import re

# To the smallest unit of its kind, so that 2 µs comes before 1 ms. What is not listed counts as it stands.
SCALES = {
    "ns": 1.0, "µs": 1e3, "ms": 1e6, "s": 1e9,
    "B": 1.0, "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3,
}  # fmt: skip
UNITS = {*SCALES, "×", "%", "/s", "core", "cores", "threads", "thread", "calls", "call", "tasks", "task", "requests",
         "request", "GB in all", ""}  # fmt: skip
# With a sign before it where it is a lower bound.
NUMBER = re.compile(r"(?:≥ )?([+\-−]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?) ?([^\d–\[]*?)(?: – .*)?", re.IGNORECASE)


def value_of(text: str) -> float | None:
    """None where the cell is no number. An interval counts by its lower end."""
    found = NUMBER.fullmatch(text)
    if found is None or found[2] not in UNITS:
        return None
    return float(found[1].replace(",", "").replace("−", "-")) * SCALES.get(found[2], 1.0)


def is_numeric(column: list[str]) -> bool:
    """Whether all that is there are numbers; a dash stands for what is not there."""
    there = [text for text in column if text != "–"]
    return bool(there) and all(value_of(text) is not None for text in there)
