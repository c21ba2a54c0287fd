"""Compares two runs by their summaries. What it gives is fixed by schemas/compare.schema.json; README.md, "Two runs".

Invariants: nothing of the one run is paired with anything of the other; a time is never compared with a time of the
other run, only its log ratio to a yardstick of its own run and block; a cell that one of them lacks is listed, and so
is one that ended otherwise. Above 1 the second run is better, whatever the metric.
"""

import math
from dataclasses import dataclass
from typing import Any

from analysis import at_least, stats, unpaired
from analysis.cells import Cell
from analysis.ratios import ASSUMED_FLOOR, BASELINES, SUBJECT, factors_of, noise_group, obstacle_of
from analysis.two_environments import differences_of
from analysis.verdict import ALPHA, EFFECT_OF_INTEREST, FEWEST_BLOCKS, POWER

TIMES = ("ns", "µs", "ms", "1/s")  # units that follow the clock of the machine and the day
Summary = dict[str, Any]
Place = tuple[str, tuple[tuple[str, int], ...], str, str]  # workload, parameters, metric, model


class NotComparable(Exception):
    """The message is one line and says why."""


@dataclass(frozen=True)
class Side:
    name: str  # "A" or "B"
    summary: Summary
    cells: dict[Place, Cell]
    pairs: dict[tuple[Place, str], list[list[int]]]  # of a place and a yardstick, the orders of both trials, by block
    floors: dict[str, float]


def compare_runs(a: Summary, b: Summary) -> dict[str, Any]:
    if a["run"] == b["run"]:
        raise NotComparable(f"{a['run']} is one run; two are compared")
    sides = first, second = side_of("A", a), side_of("B", b)
    common = [place for place in first.cells if place in second.cells]
    with_values = [place for place in common if any(side.cells[place]["n"] for side in sides)]
    if not common:
        raise NotComparable(f"{a['run']} and {b['run']} have no cell in common")
    yardsticks = {place: yardstick_of(place, sides) for place in with_values if is_time(first, place)}
    if yardsticks and not any(yardsticks.values()):
        known = " nor ".join(BASELINES)
        raise NotComparable(f"no yardstick: neither {known} has a time in the same cell of both runs")
    comparisons = [
        compare(place, yardsticks.get(place), sides) for place in with_values if yardsticks.get(place) != place[3]
    ]
    conclude(comparisons)
    return {
        "schema": 1,
        "a": identity(first),
        "b": identity(second),
        "smallest_p": unpaired.smallest_p(*(side.summary["input"]["blocks"] for side in sides)),
        **differences_of(a, b, {yardstick for yardstick in yardsticks.values() if yardstick}, SUBJECT),
        "method": {
            "confidence": stats.CONFIDENCE,
            "alpha": ALPHA,
            "power": POWER,
            "fewest_blocks": FEWEST_BLOCKS,
            "effect_of_interest": EFFECT_OF_INTEREST,
        },
        "comparisons": comparisons,
        "yardsticks": [absolute(place, sides) for place in with_values if yardsticks.get(place) == place[3]],
        "outcomes": outcomes(common, sides),
        "only": [entry for side, other in (sides, sides[::-1]) for entry in only_in(side, other)],
    }


def side_of(name: str, summary: Summary) -> Side:
    pairs = {(place_of(entry), entry["baseline"]): entry["pairs"] for entry in summary["ratios"]}
    cells = {place_of(cell): cell for cell in summary["cells"]}
    return Side(name, summary, cells, pairs, factors_of(summary["aa"]["floors"]))


def place_of(entry: dict[str, Any]) -> Place:
    return entry["workload"], tuple(sorted(entry["params"].items())), entry["metric"], entry["model"]


def identity(side: Side) -> dict[str, Any]:
    environment = side.summary["environment"]
    return {
        **{key: environment[key] for key in ("run", "started", "commit", "dirty")},
        "blocks": side.summary["input"]["blocks"],
        "noise_floor": side.summary["aa"]["noise_floor"],
    }


def is_time(side: Side, place: Place) -> bool:
    return side.cells[place]["unit"] in TIMES


def yardstick_of(place: Place, sides: tuple[Side, Side]) -> str | None:
    """The first of the yardsticks that has a value in this cell of both runs."""
    found = (
        name
        for name in BASELINES
        if all((*place[:3], name) in s.cells and s.cells[*place[:3], name]["n"] for s in sides)
    )
    return next(found, None)


def compare(place: Place, yardstick: str | None, sides: tuple[Side, Side]) -> dict[str, Any]:
    """The comparison but for its verdict; "logs" and "obstacle" are there for `conclude` alone."""
    cells = [side.cells[place] for side in sides]
    logs = [logs_of(place, yardstick, side) for side in sides]
    there = all(logs)
    interval = unpaired.shift_interval(*logs)
    return {
        **{key: cells[0][key] for key in ("workload", "params", "metric", "unit", "model")},
        "yardstick": yardstick,
        "medians": [cell["median"] for cell in cells],
        "ratios": [math.exp(stats.median(one)) if one and yardstick else None for one in logs],
        "times_better": math.exp(unpaired.shift(*logs)) if there else None,
        "ci95": [math.exp(bound) for bound in interval] if interval else None,
        "n": [len(one) for one in logs],
        "p": unpaired.mann_whitney_p(*logs),
        "noise_floor": floor_of(cells[0], sides),
        "logs": logs,
        "obstacle": obstacle(place, yardstick, sides),
    }


def logs_of(place: Place, yardstick: str | None, side: Side) -> list[float]:
    """Above is better: of a time its log ratio to the yardstick of its own block, else the log of the value."""
    cell = side.cells[place]
    sign = 1 if cell["better"] == "higher" else -1
    if cell["unit"] not in TIMES:
        return [sign * math.log(value) for value in cell["values"] if value is not None and value > 0]
    if yardstick is None:
        return []
    mine, theirs = by_order(cell), by_order(side.cells[*place[:3], yardstick])
    pairs = side.pairs.get((place, yardstick), [])
    return [sign * (math.log(mine[order]) - math.log(theirs[other])) for order, other in pairs]


def by_order(cell: Cell) -> dict[int, float]:
    return dict(zip(cell["trials"], cell["values"], strict=True))


def floor_of(cell: Cell, sides: tuple[Side, Side]) -> float:
    """Each run is known to within its own floor, so a difference of two to within the root of the sum of their squares:
    beyond both."""
    floors = [side.floors.get(noise_group(cell), ASSUMED_FLOOR) for side in sides]
    return math.exp(math.hypot(*map(math.log, floors)))


def obstacle(place: Place, yardstick: str | None, sides: tuple[Side, Side]) -> str | None:
    """Why the two cannot be judged whatever the numbers say, or None."""
    for side in sides:
        cell = side.cells[place]
        both = [cell, *([side.cells[*place[:3], yardstick]] if yardstick else [])]
        unusable = sum(value is not None and value <= 0 for one in both for value in one["values"])
        bound = next((at_least.said_of(one) for one in both if one.get("at_least")), None)
        found = obstacle_of(both[0], both[-1], unusable) or bound
        if found:
            return f"{side.name}: {found}"
    units = [side.cells[place]["unit"] for side in sides]
    if units[0] != units[1]:
        return f"measured in {units[0]} in A and in {units[1]} in B"
    return "no yardstick has this cell in both runs" if is_time(sides[0], place) and yardstick is None else None


def conclude(comparisons: list[dict[str, Any]]) -> None:
    """Adjusts p over all comparisons and adds smallest effect, verdict and reason to each."""
    adjusted = stats.benjamini_hochberg([comparison["p"] for comparison in comparisons])
    family = sum(p is not None for p in adjusted)
    for comparison, p_adjusted in zip(comparisons, adjusted, strict=True):
        (a, b), reason = comparison.pop("logs"), comparison.pop("obstacle")
        floor = comparison["noise_floor"]
        mde = unpaired.detectable(a, b, floor, family)
        judged = unpaired.judge(a, b, p_adjusted, floor, mde)
        verdict, reason = ("cannot_tell", reason) if reason else judged
        comparison.update(p_adjusted=p_adjusted, mde=mde, verdict=verdict, reason=reason)


def absolute(place: Place, sides: tuple[Side, Side]) -> dict[str, Any]:
    """The yardstick's own time in both runs, to be looked at: clocks of two days or machines do not compare."""
    cells = [side.cells[place] for side in sides]
    return {
        **{key: cells[0][key] for key in ("workload", "params", "metric", "unit", "model")},
        "medians": [cell["median"] for cell in cells],
        "ci95": [cell["ci95"] for cell in cells],
        "n": [cell["n"] for cell in cells],
    }


def outcomes(common: list[Place], sides: tuple[Side, Side]) -> list[dict[str, Any]]:
    """Cells that ended otherwise in the one run than in the other, once for all their metrics."""
    found = {}
    for place in common:
        cells = [side.cells[place] for side in sides]
        if cells[0]["outcome"] != cells[1]["outcome"]:
            found[place[0], place[1], place[3]] = {
                **{key: cells[0][key] for key in ("workload", "params", "model")},
                "outcomes": [cell["outcome"] for cell in cells],
                "reasons": [cell["reason"] for cell in cells],
            }
    return list(found.values())


def only_in(side: Side, other: Side) -> list[dict[str, Any]]:
    """What the other run lacks: whole cells, or metrics of a cell."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for place, cell in side.cells.items():
        if place not in other.cells:
            entry = {"in": side.name, **{key: cell[key] for key in ("workload", "params", "model")}, "metrics": []}
            found.setdefault((place[0], place[1], place[3]), entry)["metrics"].append(cell["metric"])
    return list(found.values())
