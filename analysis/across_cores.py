"""A model compared with itself on fewer cores, block by block: does another core help, and does it ever harm?

Only times, and only of cells that differ in nothing but the cores. The two trials of a pair stand in one block, but not
side by side as two models of a cell do: the drift of up to a block lies between them. So the same rule for a verdict is
a little too ready here; the paired t test over the blocks holds it back.
"""

from typing import Any

from analysis.cells import Cell
from analysis.names import is_second_name
from analysis.ratios import ASSUMED_FLOOR, Comparison, compare, conclude, factors_of

UNIT = "ns"


def compare_cores(cells: list[Cell], blocks: dict[int, int], floors: dict[str, dict[str, Any]]) -> list[Comparison]:
    """Every cell with the one of the fewest cores. The ratio is how many times better it is on more of them."""
    groups: dict[tuple[Any, ...], list[Cell]] = {}
    for cell in cells:
        if cell["unit"] == UNIT and not is_second_name(cell["model"]):
            params = tuple(item for item in cell["params"].items() if item[0] != "cores")
            groups.setdefault((cell["workload"], params, cell["metric"], cell["model"]), []).append(cell)
    comparisons = []
    for group in groups.values():
        fewest, *more = sorted(group, key=lambda cell: cell["params"]["cores"])
        for cell in more:
            comparisons.append(compare(cell, fewest, blocks) | {"baseline_cores": fewest["params"]["cores"]})
    conclude(comparisons, factors_of(floors), ASSUMED_FLOOR)
    return comparisons
