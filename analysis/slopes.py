"""Memory as a slope: bytes per task is how the total grows with n, so whatever a process costs once falls out.

The total is the metric (per task) times n; the line goes through every ok trial of every n, one line per workload,
model, cores and part. Ordinary least squares: the largest n weigh most, and they are what the question is about.
"""

from typing import Any

from scipy import stats

from analysis.cells import Cell
from analysis.names import is_second_name
from analysis.stats import median

METRIC = "bytes_per_task"
CONFIDENCE = 0.95

Point = tuple[int, float, int]  # n, total, the trial's order


def slopes_of(cells: list[Cell]) -> list[dict[str, Any]]:
    """By workload in the cells' order, then by model, cores and metric."""
    groups: dict[str, dict[tuple[str, int, str], list[Cell]]] = {}
    for cell in cells:
        part_of_memory = cell["metric"] == METRIC or cell["metric"].startswith(METRIC + ".")
        if part_of_memory and "n" in cell["params"] and not is_second_name(cell["model"]):
            of_workload = groups.setdefault(cell["workload"], {})
            of_workload.setdefault((cell["model"], cell["params"]["cores"], cell["metric"]), []).append(cell)
    return [
        slope_of(workload, *key, group)
        for workload, of_workload in groups.items()
        for key, group in sorted(of_workload.items())
    ]


def slope_of(workload: str, model: str, cores: int, metric: str, cells: list[Cell]) -> dict[str, Any]:
    points: list[Point] = []
    for cell in cells:
        n = cell["params"]["n"]
        pairs = zip(cell["trials"], cell["values"], strict=True)
        points += [(n, value * n, order) for order, value in pairs if value is not None]
    n_values = sorted({n for n, _, _ in points})
    slope = {
        "model": model,
        "workload": workload,
        "cores": cores,
        "metric": metric,
        "unit": cells[0]["unit"],
        "slope": None,
        "ci95": None,
        "intercept": None,
        "r2": None,
        "n": len(points),
        "n_values": n_values,
        "totals": [{"n": n, "median": median([total for at, total, _ in points if at == n])} for n in n_values],
        "trials": sorted(order for _, _, order in points),
        "reason": None,
    }
    if len(n_values) < 2:
        failed = next((cell["reason"] for cell in cells if cell["reason"]), None)
        cause = f"; {failed}" if failed else ""
        return {**slope, "reason": f"a slope needs two different n that ended ok, there are {len(n_values)}{cause}"}
    totals = [total for _, total, _ in points]
    if min(totals) == max(totals):
        # A part that a model does not use. The line is exact, but linregress calls its error undefined.
        return {**slope, "slope": 0.0, "ci95": [0.0, 0.0] if len(points) > 2 else None, "intercept": totals[0]}
    line = stats.linregress([n for n, _, _ in points], totals)
    slope.update(slope=float(line.slope), intercept=float(line.intercept), r2=float(line.rvalue) ** 2)
    if len(points) > 2:
        margin = float(stats.t(len(points) - 2).ppf((1 + CONFIDENCE) / 2) * line.stderr)
        slope["ci95"] = [slope["slope"] - margin, slope["slope"] + margin]
    return slope
