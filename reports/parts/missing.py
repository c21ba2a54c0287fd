"""What a run lacks, in a sentence each, for the top of the page: a reader must not take a part for the whole."""

from typing import Any

from plots import units
from plots.frame import models_of
from plots.style import look

Summary = dict[str, Any]


def sentences(summary: Summary) -> list[str]:
    asked = (trials, outcomes, models, blocks, lines)
    return [said for ask in asked if (said := ask(summary))]


def trials(summary: Summary) -> str | None:
    return None if summary["cells"] else "No trial of this run can be used, so nothing here was measured."


def outcomes(summary: Summary) -> str | None:
    cells = summary["cells"]
    if not cells or any(cell["n"] for cell in cells):
        return None
    kinds = sorted({cell["outcome"].replace("_", " ") for cell in cells})
    return f"No trial of this run gave a number: every cell ended as {units.listing(kinds)}. What broke says why."


def models(summary: Summary) -> str | None:
    found = models_of(summary["cells"])
    if len(found) != 1:
        return None
    return f"Only {look(found[0]).label} ran, so no model is compared with another."


def blocks(summary: Summary) -> str | None:
    """Of a run that was to have more as well: it was stopped, or is not over."""
    there, planned = summary["input"]["blocks"], summary["environment"]["blocks"]
    needed = summary["method"]["fewest_blocks"]
    parts = []
    if there < planned:
        parts.append(f"{units.counted(there, 'blocks')} of {planned} {'is' if there == 1 else 'are'} there")
    if summary["cells"] and there < needed:
        parts.append(f"a verdict needs {needed} blocks, and with {units.counted(there, 'blocks')} none is given")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else None


def lines(summary: Summary) -> str | None:
    rejected = summary["input"]["rejected"]
    if not rejected:
        return None
    were = "line of trials.jsonl was" if len(rejected) == 1 else "lines of trials.jsonl were"
    first = rejected[0]
    return f"{len(rejected)} {were} left out; line {first['line']}: {first['why']}."
