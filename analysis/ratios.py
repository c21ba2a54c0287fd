"""Paired comparisons of models, block by block, and of the A/A twin with itself.

Invariants: a ratio above 1 means that the model is better, whatever the metric; only blocks in which both trials ended
ok are paired, and where any trial of either cell did not, there is no verdict: the blocks that survive a failure are
not a fair sample. Nor is there one where the worse side is a lower bound.
"""

import math
from itertools import combinations
from typing import Any

from analysis import at_least, stats
from analysis.cells import Cell
from analysis.names import first_name, is_second_name, is_twin
from analysis.verdict import SMALLEST_FLOOR, detectable, judge

BASELINES = ("go", "os_threads")
SUBJECT = "mn"  # what this project builds: it is compared with every other model as well
ASSUMED_FLOOR = 1.4  # what a shared machine may drift within minutes; used only where no A/A pairs say better
ENOUGH_PAIRS = 4  # fewer A/A pairs do not make a noise floor of their own
FLOOR_QUANTILE = 0.95
# What a server shows under load. Another process is in it, and the tails of latency: such noise speaks for its own
# metric alone, neither for times and bytes, nor they for it.
UNDER_LOAD = frozenset({"1/s", "µs", "%", "requests"})

Comparison = dict[str, Any]


def compare_all(cells: list[Cell], blocks: dict[int, int]) -> tuple[list[Comparison], dict[str, Any]]:
    """(ratios, aa). `blocks` gives each trial's block by its order."""
    models = sorted({cell["model"] for cell in cells})
    twins = paired(cells, blocks, [(model, first_name(model)) for model in models if is_twin(model)])
    floors = noise_floors(twins)
    # The twin is judged without a floor: the floor is made of these very pairs and would acquit nearly all of them.
    conclude(twins, dict.fromkeys(floors, SMALLEST_FLOOR), SMALLEST_FLOOR)
    contenders = [model for model in models if not is_second_name(model)]
    ratios = paired(cells, blocks, pairs_of(contenders))
    conclude(ratios, factors_of(floors), ASSUMED_FLOOR)
    judged = headline(twins)
    aa = {
        "pairs": len(judged),
        "false_alarms": sum(pair["verdict"] in ("better", "worse") for pair in judged),
        "noise_floor": factor_of(judged) if judged else None,
        "floors": floors,
        "comparisons": twins,
    }
    return ratios, aa


def pairs_of(contenders: list[str]) -> list[tuple[str, str]]:
    """(model, baseline): each against the baselines, the subject against all, and every two at least one way round,
    because who is best of all can be said only where every two have met. The other way round is the reciprocal, so it
    is not counted again."""
    found = [
        (model, baseline)
        for model in contenders
        for baseline in (contenders if model == SUBJECT else BASELINES)
        if model != baseline
    ]
    met = {frozenset(pair) for pair in found}
    return found + [pair for pair in combinations(contenders, 2) if frozenset(pair) not in met]


def paired(cells: list[Cell], blocks: dict[int, int], wanted: list[tuple[str, str]]) -> list[Comparison]:
    """In every cell that both have, each (model, baseline) of `wanted`; without a verdict yet."""
    index = {(cell["workload"], tuple(cell["params"].items()), cell["metric"], cell["model"]): cell for cell in cells}
    found = []
    for (workload, params, metric, model), cell in index.items():
        for name, baseline in wanted:
            if name == model and (other := index.get((workload, params, metric, baseline))) is not None:
                found.append(compare(cell, other, blocks))
    return found


def compare(cell: Cell, baseline: Cell, blocks: dict[int, int]) -> Comparison:
    """The comparison but for its verdict; "logs", "log_interval", "obstacle" and "bounded" are there for `conclude`
    alone."""
    mine, theirs = by_block(cell, blocks), by_block(baseline, blocks)
    sign = 1 if cell["better"] == "higher" else -1
    logs, pairs, unusable = [], [], 0
    for block in sorted(mine.keys() & theirs.keys()):
        (order, value), (other_order, other) = mine[block], theirs[block]
        if value <= 0 or other <= 0:
            unusable += 1
            continue
        logs.append(sign * (math.log(value) - math.log(other)))
        pairs.append([order, other_order])
    interval = stats.median_interval(logs)
    return {
        "workload": cell["workload"],
        "params": cell["params"],
        "metric": cell["metric"],
        "unit": cell["unit"],
        "model": cell["model"],
        "baseline": baseline["model"],
        "ratio": math.exp(stats.median(logs)) if logs else None,
        "ci95": [math.exp(bound) for bound in interval] if interval else None,
        "n": len(logs),
        "p": stats.wilcoxon_p(logs),
        "pairs": pairs,
        "logs": logs,
        "log_interval": interval,
        "obstacle": obstacle_of(cell, baseline, unusable) or at_least.obstacle_of(cell, baseline, logs),
        "bounded": bool(cell.get("at_least") or baseline.get("at_least")),
    }


def by_block(cell: Cell, blocks: dict[int, int]) -> dict[int, tuple[int, float]]:
    present = zip(cell["trials"], cell["values"], strict=True)
    return {blocks[order]: (order, value) for order, value in present if value is not None}


def obstacle_of(cell: Cell, baseline: Cell, unusable: int) -> str | None:
    """Why the two cannot be judged whatever the numbers say, or None."""
    for side in (cell, baseline):
        if side["outcome"] != "ok":
            failed = sum(count for kind, count in side["outcomes"].items() if kind != "ok")
            return f"{side['model']}: {side['outcome']} in {failed} of {len(side['trials'])} trials"
        if side["n"] == 0:
            return f"{side['model']}: {side['reason']}"
    return f"{unusable} blocks with a value of zero or below, which has no ratio" if unusable else None


def noise_group(comparison: Comparison) -> str:
    """Whose noise a comparison shares. All times of operations do (ns). Everything else stands alone: the whole of the
    bytes repeats to a fraction of a percent, while a part that is next to nothing jumps by factors, and a server's rate
    and its p99 have nothing in common; none may speak for another."""
    return comparison["unit"] if comparison["unit"] == "ns" else comparison["metric"]


def headline(comparisons: list[Comparison]) -> list[Comparison]:
    """Those with a ratio, without the parts (named after a dot) of another metric, without what a server shows under
    load, and without counts that came out the same in every block, such as kernel threads: what cannot vary says
    nothing of noise."""
    varied = [pair for pair in comparisons if pair["ratio"] is not None and pair["ci95"] != [1.0, 1.0]]
    return [pair for pair in varied if "." not in pair["metric"] and pair["unit"] not in UNDER_LOAD]


def noise_floors(twins: list[Comparison]) -> dict[str, dict[str, Any]]:
    """For each noise group the factor that 95 % of its A/A pairs stay within, and where it is from."""
    floors = {}
    for group in sorted({noise_group(pair) for pair in twins}):
        of_group = [pair for pair in twins if noise_group(pair) == group]
        own = [pair for pair in of_group if pair["ratio"] is not None]
        may_borrow = of_group[0]["unit"] not in UNDER_LOAD
        if len(own) >= ENOUGH_PAIRS:
            factor, source = factor_of(own), "measured"
        elif may_borrow and len(pool := headline(twins)) >= ENOUGH_PAIRS:
            factor, source = factor_of(pool), "pooled"
        else:
            factor, source = ASSUMED_FLOOR, "assumed"
        floors[group] = {"pairs": len(own), "factor": factor, "source": source}
    return floors


def factors_of(floors: dict[str, dict[str, Any]]) -> dict[str, float]:
    """What a verdict is held against, for each noise group."""
    return {group: max(floor["factor"], SMALLEST_FLOOR) for group, floor in floors.items()}


def factor_of(pairs: list[Comparison]) -> float:
    """The 95th percentile of |log ratio| as a factor. Of each pair's median over the blocks, because that is what a
    verdict is about; it shrinks with more blocks, as the medians' own spread does."""
    return math.exp(stats.quantile([abs(math.log(pair["ratio"])) for pair in pairs], FLOOR_QUANTILE))


def conclude(comparisons: list[Comparison], floors: dict[str, float], otherwise: float) -> None:
    conclude_each(comparisons, [floors.get(noise_group(comparison), otherwise) for comparison in comparisons])


def conclude_each(comparisons: list[Comparison], floors: list[float]) -> None:
    """Adjusts p over the family and adds floor, smallest effect, verdict and reason to each."""
    adjusted = stats.benjamini_hochberg([comparison["p"] for comparison in comparisons])
    for comparison, p_adjusted, floor in zip(comparisons, adjusted, floors, strict=True):
        logs, interval, obstacle = (comparison.pop(name) for name in ("logs", "log_interval", "obstacle"))
        bounded = comparison.pop("bounded", False)
        mde = detectable(logs, floor)
        verdict, reason = ("cannot_tell", obstacle) if obstacle else judge(logs, interval, p_adjusted, floor, mde)
        if bounded and verdict == "same":
            verdict, reason = "cannot_tell", "the same so far, but one of the two is a lower bound"
        comparison.update(p_adjusted=p_adjusted, mde=mde, noise_floor=floor, verdict=verdict, reason=reason)
