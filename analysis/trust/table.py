"""trust.json as text."""

from collections.abc import Iterator
from typing import Any

from analysis.trust.bounds import percent
from analysis.trust.counts import VERDICTS

Part = dict[str, Any]


def lines(document: dict[str, Any]) -> Iterator[str]:
    run = f"run {document['run']}, {document['blocks']} blocks, {document['trials']} trials"
    yield from table(f"Measured: {run}", verdicts(document["measured"]))
    yield from table("Simulated", verdicts(document["simulated"]))
    yield from table("Simulated: how often 95 % intervals hold the truth", coverages(document["simulated"]))


def table(title: str, rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield title
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
    yield ""


def verdicts(parts: list[Part]) -> list[tuple[str, ...]]:
    words = [verdict.replace("_", " ") for verdict in VERDICTS]
    rows = [("blocks", "model", "compared", *words, "interval holds the truth")]
    for part in parts:
        for row in part["rows"]:
            count = row["comparisons"]
            shares = (percent(row[verdict] / count) if count else "–" for verdict in VERDICTS)
            rows.append((str(part["blocks"]), row["model"], str(count), *shares, shown(row["held"])))
    return rows


def coverages(parts: list[Part]) -> list[tuple[str, ...]]:
    rows = [("of", *(f"{part['blocks']} blocks" for part in parts))]
    for of_all_parts in zip(*(part["coverage"] for part in parts), strict=True):
        rows.append((of_all_parts[0]["what"], *(shown(found) for found in of_all_parts)))
    return rows


def shown(share: dict[str, Any]) -> str:
    return "–" if share["share"] is None else f"{percent(share['share'])} of {share['of']}"
