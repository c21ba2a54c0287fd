"""How far the run's numbers can be trusted, in sentences."""

from typing import Any

from plots import units
from plots.frame import BESIDE
from plots.style import look

Summary = dict[str, Any]
VERDICTS = ("better", "worse", "same", "cannot_tell")


def in_short(summary: Summary) -> str:
    """The line for the first screen."""
    aa, blocks = summary["aa"], summary["input"]["blocks"]
    if aa["noise_floor"] is None:
        return f"{units.counted(blocks, 'blocks')}; no A/A pairs, so the noise floor is not known."
    seen = sorted(r["mde"] for r in summary["ratios"] if r["mde"] is not None and "." not in r["metric"])
    smallest = f"; half of the comparisons could have seen a factor of {seen[len(seen) // 2]:.2f}" if seen else ""
    return f"{units.counted(blocks, 'blocks')}; A/A noise floor {aa['noise_floor']:.2f}×{smallest}."


def sentences(summary: Summary) -> list[str]:
    said = [noise(summary), blocks(summary), lines(summary)]
    marked = summary["input"]["marked"]
    if marked:
        replaced = sum(entry["replaced_by"] is not None for entry in marked)
        kinds = units.listing(sorted({mark.replace("_", " ") for entry in marked for mark in entry["marks"]}))
        orders = ", ".join(str(entry["order"]) for entry in marked)
        are = f"{units.counted(len(marked), 'trials')} {'is' if len(marked) == 1 else 'are'} marked"
        said.append(f"{are} ({kinds}), {replaced} of them replaced: {orders}.")
    else:
        said.append("No trial is marked.")
    counts = {verdict: sum(r["verdict"] == verdict for r in summary["ratios"]) for verdict in VERDICTS}
    verdicts = units.listing([f"{count} {verdict.replace('_', ' ')}" for verdict, count in counts.items()])
    said.append(f"Verdicts on {units.counted(len(summary['ratios']), 'comparisons')}: {verdicts}.")
    return said


def noise(summary: Summary) -> str:
    aa = summary["aa"]
    if aa["noise_floor"] is None:
        floor = units.factor(summary["method"]["assumed_floor"])
        return f"No model ran against itself, so the noise floor is not known; {floor} is assumed."
    model = aa["comparisons"][0]["baseline"]
    floors = ", ".join(
        f"{f['factor']:.3g}× for {'times' if name == 'ns' else name} ({f['source']})"
        for name, f in aa["floors"].items()
        if "." not in name and name not in BESIDE
    )
    alarms = f"{aa['false_alarms']} of {aa['pairs']} pairs"
    return (
        f"{look(model).label} ran against itself under a second name: without a noise floor the rule for a verdict "
        f"would have called {alarms} different, though nothing differs. 95 % of the pairs stay within "
        f"{aa['noise_floor']:.2f}×, the noise floor; by kind: {floors}."
    )


def blocks(summary: Summary) -> str:
    count, needed = summary["input"]["blocks"], summary["method"]["blocks_for_wilcoxon"]
    if count >= needed:
        return f"{units.counted(count, 'blocks')}: a verdict needs an adjusted p below {summary['method']['alpha']:g}."
    smallest = 2 / 2**count if count else 1.0
    return (
        f"{units.counted(count, 'blocks')}: Wilcoxon's p cannot be below {smallest:.3g} with so few, so a verdict "
        "rests on every block lying beyond the noise floor on the same side, and on a paired t test; Wilcoxon's p "
        "decides nothing here."
    )


def lines(summary: Summary) -> str:
    given = summary["input"]
    rejected = len(given["rejected"])
    there = units.counted(given["lines"], "lines")
    return f"{there} of trials.jsonl, {given['used']} of them used, {rejected} rejected."
