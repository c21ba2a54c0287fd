"""A number of the page, followed down: the cell's median, the trials that it names, their lines in trials.jsonl, and
what the programs themselves wrote into raw/.

Invariant: nothing is taken on trust; each step compares the number above with the one below it, to the last digit.
"""

import re
from pathlib import Path
from statistics import median
from typing import Any

from analysis.run import UnreadableRun, read_document

# What the ledger reads from outside is in no program's output.
LEDGER = re.compile(r"(^|_)bytes_per_(task|connection)(\.|$)|^os_threads$")
Cell = dict[str, Any]
Trial = dict[str, Any]


def first_gap(run_dir: Path, summary: dict[str, Any], trials: list[Trial]) -> str | None:
    """The first place at which a cell of the summary is not what lies below it; None where all are."""
    by_order = {trial["order"]: trial for trial in trials}
    outputs: dict[str, dict[str, float]] = {}
    for cell in summary["cells"]:
        name = f"{cell['model']} {cell['workload']} {cell['params']} {cell['metric']}"
        there = [value for value in cell["values"] if value is not None]
        if there and cell["median"] != median(there):
            return f"{name}: the median is {cell['median']}, that of its values {median(there)}"
        for order, value in zip(cell["trials"], cell["values"], strict=True):
            gap = gap_of_line(cell, value, by_order.get(order))
            if gap is None and value is not None:
                gap = gap_of_output(run_dir, cell["metric"], value, by_order[order], outputs)
            if gap is not None:
                return f"{name}, trial {order}: {gap}"
    return None


def gap_of_line(cell: Cell, value: float | None, trial: Trial | None) -> str | None:
    if trial is None:
        return "trials.jsonl has no such line"
    if (trial["model"], trial["workload"], trial["params"]) != (cell["model"], cell["workload"], cell["params"]):
        return f"its line is of {trial['model']} {trial['workload']} {trial['params']}"
    found = trial["metrics"].get(cell["metric"], {}).get("value") if trial["outcome"] == "ok" else None
    return None if found == value else f"the summary says {value}, its line {found}"


def gap_of_output(
    run_dir: Path, metric: str, value: float, trial: Trial, outputs: dict[str, dict[str, float]]
) -> str | None:
    if LEDGER.search(metric) or not trial["raw"] or not (run_dir / "raw").is_dir():
        return None
    if trial["raw"] not in outputs:
        try:
            (outputs[trial["raw"]],) = read_document(run_dir / trial["raw"])["benchmarks"]
        except (UnreadableRun, KeyError, ValueError) as error:
            return f"{trial['raw']}: {error}"
    found = outputs[trial["raw"]].get(metric)
    return None if found == value else f"its line says {value}, {trial['raw']} {found}"
