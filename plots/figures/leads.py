"""Who is ahead of all others, for a title: named only where the verdict against every other model is better."""

from plots import units
from plots.frame import Entry, Summary
from plots.style import look


def lead_of(summary: Summary, cells: list[Entry], words: str) -> str:
    """The model with the best median and by how much it is ahead; `words` stand between factor and rival. A pair that
    the summary does not compare has no verdict."""
    there = [cell for cell in cells if cell["median"] is not None]
    there.sort(key=lambda cell: -cell["median"] if cell["better"] == "higher" else cell["median"])
    if len(there) < 2:
        return f"only {look(there[0]['model']).label} was measured" if there else "nobody ended ok"
    best, *others = there
    leads = [(factor, other["model"]) for other in others if (factor := lead_over(summary, best, other)) is not None]
    if len(leads) < len(others):
        return "no winner can be named"
    factor, rival = min(leads)
    return f"{look(best['model']).label}, {units.factor(factor)} {words} {look(rival).label}"


def lead_over(summary: Summary, best: Entry, other: Entry) -> float | None:
    """How many times better, by the paired ratio and its verdict; None without a verdict."""
    for ratio in summary["ratios"]:
        if all(ratio[field] == best[field] for field in ("workload", "params", "metric")):
            pair = ratio["model"], ratio["baseline"]
            if pair == (best["model"], other["model"]) and ratio["verdict"] == "better":
                return ratio["ratio"]
            if pair == (other["model"], best["model"]) and ratio["verdict"] == "worse":
                return 1 / ratio["ratio"]
    return None
