"""Comparisons whose truth is known, judged as a run of so many blocks judges them: same cells, floors and rule.

The twin is a comparison like the others here, and must not be judged by a floor of its own making, which would acquit
nearly all: each of its pairs is held against the floor that the other cells' pairs give.
"""

from collections.abc import Iterator, Mapping

from analysis.cells import Cell, cells_of
from analysis.names import is_twin
from analysis.ratios import ASSUMED_FLOOR, Comparison, conclude_each, factors_of, noise_floors, noise_group, paired
from analysis.run import Trial


def groups_of(trials: list[Trial], size: int) -> Iterator[list[Trial]]:
    """Disjoint groups of so many blocks, in the order in which they ran; blocks that fill no group are left out."""
    blocks = sorted({trial["block"] for trial in trials})
    for first in range(0, len(blocks) - size + 1, size):
        chosen = set(blocks[first : first + size])
        yield [trial for trial in trials if trial["block"] in chosen]


def judged(trials: list[Trial], baseline: str, factors: Mapping[str, float]) -> tuple[list[Cell], list[Comparison]]:
    """The cells of one group of blocks, and every model of `factors` compared with the baseline, as one family."""
    cells = cells_of(trials)
    blocks = {trial["order"]: trial["block"] for trial in trials}
    comparisons = paired(cells, blocks, [(model, baseline) for model in factors])
    twins = [pair for pair in comparisons if is_twin(pair["model"])]
    conclude_each(comparisons, [floor_for(comparison, twins) for comparison in comparisons])
    return cells, comparisons


def floor_for(comparison: Comparison, twins: list[Comparison]) -> float:
    others = noise_floors([pair for pair in twins if pair is not comparison])
    return factors_of(others).get(noise_group(comparison), ASSUMED_FLOOR)
