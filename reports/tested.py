"""What `make trust` last found, for the page: how often the analysis finds what is known to be there."""

from typing import Any

from analysis.trust.bounds import percent
from plots.frame import Table
from reports.trust import VERDICTS

Summary = dict[str, Any]
Part = dict[str, Any]


def in_short(summary: Summary) -> str:
    found = summary["trust"]
    if found is None:
        return "The analysis was not tried on known slowdowns beside this run; make trust does that."
    when = f"{found['started']}, commit {found['commit'] or 'unknown'}"
    tried = f"Tried at {when}, on {found['trials']:,} trials of one model and itself slowed."
    if found["missed"]:
        return f"{tried} Of the bounds fixed beforehand these are missed: {'; '.join(found['missed'])}."
    return f"{tried} The bounds fixed beforehand hold: {bounds(found['bounds'])}."


def bounds(fixed: dict[str, Any]) -> str:
    low, high = (percent(bound) for bound in fixed["coverage"])
    return (
        f"in simulated runs of {fixed['coverage_from_blocks']} blocks and more 95 % intervals hold the truth in {low} "
        f"to {high}, and at most {percent(fixed['false_alarms'])} of comparisons are called different where nothing is"
    )


def measured(summary: Summary) -> Table:
    return verdicts((summary["trust"] or {"measured": []})["measured"])


def simulated(summary: Summary) -> Table:
    return verdicts((summary["trust"] or {"simulated": []})["simulated"])


def verdicts(parts: list[Part]) -> Table:
    """A row for each slowdown and number of blocks of which there is a comparison."""
    words = [verdict.replace("_", " ") for verdict in VERDICTS]
    columns = ("blocks", "slowed by", "comparisons", *words, "interval holds it")
    rows = []
    for part in parts:
        for row in part["rows"]:
            if row["comparisons"]:
                counts = (shown(row[verdict], row["comparisons"]) for verdict in VERDICTS)
                held = shown(row["held"]["count"], row["held"]["of"])
                rows.append((str(part["blocks"]), slowdown(row), f"{row['comparisons']:,}", *counts, held))
    return Table(columns, tuple(rows))


def coverages(summary: Summary) -> Table:
    parts = (summary["trust"] or {"simulated": []})["simulated"]
    rows = [
        (of_all[0]["what"], *(percent(found["share"]) for found in of_all))
        for of_all in zip(*(part["coverage"] for part in parts), strict=True)
    ]
    return Table(("intervals of", *(f"with {part['blocks']} blocks" for part in parts)), tuple(rows))


def slowdown(row: dict[str, Any]) -> str:
    if row["percent"]:
        return f"{row['percent']} %"
    return "nothing" if row["model"].endswith(".again") else f"nothing, {row['model']}"


def shown(count: int, of: int) -> str:
    return percent(count / of) if of else "–"
