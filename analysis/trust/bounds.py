"""What must hold for the analysis to be trusted. Fixed beforehand: where it does not hold, the analysis is mended."""

from typing import Any

from analysis.run import Trial

COVERAGE = (0.92, 0.98)  # of 95 % intervals, with as many blocks as `quick` and `full` have
COVERAGE_FROM_BLOCKS = 5  # the range of three values holds their median in 75 %, and nothing can be done about that
FALSE_ALARMS = 0.05


def bounds() -> dict[str, Any]:
    return {"coverage": list(COVERAGE), "coverage_from_blocks": COVERAGE_FROM_BLOCKS, "false_alarms": FALSE_ALARMS}


def missed(trials: list[Trial], measured: list[dict[str, Any]], simulated: list[dict[str, Any]]) -> list[str]:
    """A sentence for each bound that does not hold."""
    return [
        *not_ok(trials),
        *false_alarms_measured(measured),
        *false_alarms_simulated(simulated),
        *coverages(simulated),
    ]


def not_ok(trials: list[Trial]) -> list[str]:
    """A trial that failed has nothing to find, and would pass for caution."""
    failed = [trial for trial in trials if trial["outcome"] != "ok"]
    if not failed:
        return []
    first = failed[0]
    where = f"{first['model']} {first['workload']}"
    return [f"{len(failed)} of {len(trials)} trials did not end ok; {where}: {first['reason']}"]


def false_alarms_measured(parts: list[dict[str, Any]]) -> list[str]:
    """Only where the counts are enough to say so: a few false alarms of few comparisons may be chance."""
    return [
        f"measured, {part['blocks']} blocks: {percent(row['false_alarms']['share'])} false alarms of {row['model']}, "
        f"certainly more than {percent(FALSE_ALARMS)}"
        for part in parts
        for row in part["rows"]
        if row["false_alarms"]["of"] and row["false_alarms"]["ci95"][0] > FALSE_ALARMS
    ]


def false_alarms_simulated(parts: list[dict[str, Any]]) -> list[str]:
    return [
        f"simulated, {part['blocks']} blocks: {percent(row['false_alarms']['share'])} false alarms of {row['model']}, "
        f"more than {percent(FALSE_ALARMS)}"
        for part in parts
        for row in part["rows"]
        if row["false_alarms"]["share"] > FALSE_ALARMS
    ]


def coverages(parts: list[dict[str, Any]]) -> list[str]:
    low, high = COVERAGE
    return [
        f"simulated, {part['blocks']} blocks: the intervals of {found['what']} hold the truth in "
        f"{percent(found['share'])}, not in {percent(low)} to {percent(high)}"
        for part in parts
        for found in part["coverage"]
        if part["blocks"] >= COVERAGE_FROM_BLOCKS and not low <= found["share"] <= high
    ]


def percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + " %"
