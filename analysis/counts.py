"""Counts of the run's build, where `python -m ci.counts` made them: instructions, allocations, system calls."""

from pathlib import Path
from typing import Any

from analysis.contracts import describe, faults
from analysis.run import UnreadableRun, read_document


def counts_of(run_dir: Path) -> list[dict[str, Any]]:
    path = run_dir / "counts.json"
    if not path.exists():
        return []
    found = read_document(path)
    fault = next(faults("counts", found), None)
    if fault is not None:
        raise UnreadableRun(f"{path}: {describe(fault)}")
    return found["counts"]
