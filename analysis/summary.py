"""Puts the summary together. What is in it is fixed by schemas/summary.schema.json; everything below analysis reads
only this."""

from pathlib import Path
from typing import Any

from analysis import at_least, ratios, stats, verdict
from analysis.across_cores import compare_cores
from analysis.adoption import count_all
from analysis.cells import cells_of
from analysis.conformance import by_rule
from analysis.contracts import catalogue, describe, faults
from analysis.costs import costs_of
from analysis.counts import counts_of
from analysis.names import is_second_name
from analysis.noise import noise_log
from analysis.run import Trial, UnreadableRun, read_document, read_run
from analysis.slopes import slopes_of


def summarise(run_dir: Path) -> dict[str, Any]:
    run = read_run(run_dir)
    everything = cells_of(run.trials)
    blocks = {trial["order"]: trial["block"] for trial in run.trials}
    compared, aa = ratios.compare_all(everything, blocks)
    return {
        "schema": 1,
        "run": run.environment["run"],
        "environment": run.environment,
        "input": {
            "lines": run.lines,
            "used": len(run.trials),
            "blocks": len({trial["block"] for trial in run.trials}),
            "rejected": run.rejected,
            "marked": run.marked,
        },
        "workloads": [
            {"name": name, "sentence": catalogue().get(name, {}).get("sentence")}
            for name in dict.fromkeys(cell["workload"] for cell in everything)
        ],
        "memory_sources": memory_sources(run.trials),
        "method": method(),
        "cells": [cell for cell in everything if not is_second_name(cell["model"])],
        "ratios": compared,
        "across_cores": compare_cores(everything, blocks, aa["floors"]),
        "aa": aa,
        "noise": noise_log(run),
        "slopes": slopes_of(everything, blocks),
        "costs": costs_of(run.trials, run_dir),
        "counts": counts_of(run_dir),
        "conformance": conformance_of(run_dir),
        "stress": stress_of(run_dir),
        "adoption": count_all(),
        "trust": trust_of(run_dir),
    }


def conformance_of(run_dir: Path) -> dict[str, Any] | None:
    """None where the rules were not tried along with the run."""
    found = checked(run_dir / "conformance.json", "conformance")
    return by_rule(found) if found else None


def stress_of(run_dir: Path) -> dict[str, Any] | None:
    """The last stress test lies beside the runs: it is of no run, and says itself of which commit it is."""
    return checked(run_dir.resolve().parent / "stress.json", "stress")


def trust_of(run_dir: Path) -> dict[str, Any] | None:
    """The last trial of the analysis itself lies there too, and says which run it was made of."""
    return checked(run_dir.resolve().parent / "trust.json", "trust")


def checked(path: Path, schema: str) -> dict[str, Any] | None:
    if not path.exists():
        return None
    found = read_document(path)
    fault = next(faults(schema, found), None)
    if fault is not None:
        raise UnreadableRun(f"{path}: {describe(fault)}")
    return found


def memory_sources(trials: list[Trial]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for trial in trials:
        for part, source in trial.get("ledger", {}).get("sources", {}).items():
            found.setdefault(part, set()).add(source)
    return {part: sorted(sources) for part, sources in sorted(found.items())}


def method() -> dict[str, float | str]:
    return {
        "confidence": stats.CONFIDENCE,
        "interval": "from one value to another around the median, the pair whose coverage is nearest to the confidence",
        "alpha": verdict.ALPHA,
        "power": verdict.POWER,
        "fewest_blocks": verdict.FEWEST_BLOCKS,
        "blocks_for_wilcoxon": verdict.BLOCKS_FOR_WILCOXON,
        "effect_of_interest": verdict.EFFECT_OF_INTEREST,
        "smallest_floor": verdict.SMALLEST_FLOOR,
        "assumed_floor": ratios.ASSUMED_FLOOR,
        "floor_quantile": ratios.FLOOR_QUANTILE,
        "busy_percent": at_least.BUSY_PERCENT,
    }
