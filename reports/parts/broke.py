"""What broke: how far each model got, and how it failed."""

from typing import Any

from reports import tables
from reports.parts.blocks import Block, Text, grid


def blocks(summary: dict[str, Any]) -> list[Block]:
    failures = tables.failures(summary)
    nothing = "Nothing: every trial of every cell ended ok." if summary["cells"] else "Nothing ran."
    caption = "Cells that ended ok, by workload and model; a cell is one set of parameters on one number of cores"
    return [
        *grid(tables.survival(summary), caption),
        *(grid(failures, "Every cell that did not end ok in all its trials, and why") or [Text(nothing)]),
    ]
