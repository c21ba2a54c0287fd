"""A run's folder as a record: environment.json and trials.jsonl of the conductor, summary.json of the analysis.

A run without a summary is summarised here, in memory, so that a folder which cannot be written to will do; the same
trials give the same summary, to the last digit. A run whose trials are not all there is not taken: it may be resumed,
and would then be another run of the same name.
"""

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from analysis import stats
from analysis.cells import Cell, cells_of, ordered_params
from analysis.contracts import describe, faults
from analysis.names import is_second_name
from analysis.noise import read
from analysis.run import Run, Trial, UnreadableRun, read_document, read_run
from analysis.summary import summarise
from ci.history.machine import facts_of
from ci.history.record import CELL_KEY, NotTaken, Record, Row
from ci.history.schema import canonical


def record_of_folder(folder: Path) -> Record:
    try:
        run = read_run(folder)
        refuse_unfinished(run, folder)
        summary = summary_of(run, folder)
    except UnreadableRun as error:
        raise NotTaken(str(error)) from error
    return record_of(run, summary)


def refuse_unfinished(run: Run, folder: Path) -> None:
    planned, used = run.environment["plan"]["trials"], len(run.trials)
    if used >= planned and used > 0:
        return
    first = next((f"; line {r['line']}: {r['why']}" for r in run.rejected), "")
    raise NotTaken(f"{folder / 'trials.jsonl'}: {used} of {planned} trials are there, so the run is not taken{first}")


def summary_of(run: Run, folder: Path) -> dict[str, Any]:
    path = folder / "summary.json"
    if not path.exists():
        return summarise(folder)
    summary = read_document(path)
    fault = next(faults("summary", summary), None)
    if fault is not None:
        raise NotTaken(f"{path}: {describe(fault)}; python -m analysis {folder} writes it anew")
    same = summary["environment"] == run.environment and summary["input"]["lines"] == run.lines
    if not same or summary["input"]["used"] != len(run.trials):
        raise NotTaken(f"{path}: not of these trials; python -m analysis {folder} writes it anew")
    return summary


def record_of(run: Run, summary: dict[str, Any]) -> Record:
    environment = run.environment
    everything = cells_of(run.trials)
    second = [cell for cell in everything if is_second_name(cell["model"])]
    found = [*summary["cells"], *summary["costs"], *second]
    better = {key_of(cell)[:5]: cell["better"] for cell in found}
    aa = summary["aa"]
    return Record(
        run={
            "name": environment["run"],
            "started": utc(environment["started"]),
            "commit": environment["commit"],
            "dirty": environment["dirty"],
            "profile": environment["profile"],
            "blocks": environment["blocks"],
            "environment": environment,
            "method": summary["method"],
            "aa_pairs": aa["pairs"],
            "aa_false_alarms": aa["false_alarms"],
            "noise_floor": number(aa["noise_floor"]),
        },
        machine=facts_of(environment),
        cells=[*map(cell_row, found), *map(count_row, summary["counts"])],
        ratios=[ratio_row(ratio, better) for ratio in (*summary["ratios"], *aa["comparisons"])],
        floors=[
            {"subject": subject, "pairs": floor["pairs"], "factor": float(floor["factor"]), "source": floor["source"]}
            for subject, floor in aa["floors"].items()
        ],
        trials=trial_rows(run.trials),
        samples=[
            {**dict(zip(CELL_KEY, key_of(cell), strict=True)), "values": [number(v) for v in cell["values"]]}
            for cell in found
        ],
    ).sorted()


def key_of(cell: Cell) -> tuple[str, ...]:
    return tuple(canonical(cell[name]) if name == "params" else cell[name] for name in CELL_KEY)


def cell_row(cell: Cell) -> Row:
    low, high = cell["ci95"] or (None, None)
    found = {name: cell[name] for name in ("expressed", "outcome", "outcomes", "reason", "n")}
    measured = {"median": number(cell["median"]), "low": number(low), "high": number(high), "mad": number(cell["mad"])}
    return {**dict(zip(CELL_KEY, key_of(cell), strict=True)), **found, **measured}


def count_row(count: dict[str, Any]) -> Row:
    """A count is a cell without trials, so there are no raw samples of it; its interval is all that it ever was."""
    key = dict(zip(CELL_KEY, key_of(count), strict=True))
    values = count["values"]
    outcome = {"expressed": None, "outcome": "ok", "outcomes": {"ok": len(values)}, "reason": None, "n": len(values)}
    low, high, median = number(min(values)), number(max(values)), number(count["value"])
    return {**key, **outcome, "median": median, "low": low, "high": high, "mad": number(stats.mad(values))}


def ratio_row(ratio: dict[str, Any], better: dict[tuple[str, ...], str]) -> Row:
    low, high = ratio["ci95"] or (None, None)
    key = (ratio["workload"], canonical(ratio["params"]), ratio["model"], ratio["metric"], ratio["unit"])
    measured = {name: number(ratio[name]) for name in ("ratio", "p", "p_adjusted", "mde", "noise_floor")}
    return {
        **dict(zip(CELL_KEY, (*key, better[key]), strict=True)),
        "baseline": ratio["baseline"],
        **measured,
        "low": number(low),
        "high": number(high),
        "n": ratio["n"],
        "verdict": ratio["verdict"],
    }


def trial_rows(trials: list[Trial]) -> list[Row]:
    """A row for each workload, parameters and model, its trials in the order in which cells have theirs."""

    def subject(trial: Trial) -> tuple[str, str, str]:
        return trial["workload"], canonical(dict(ordered_params(trial["workload"], trial["params"]))), trial["model"]

    in_order = sorted(trials, key=lambda trial: (subject(trial), trial["block"], trial["order"]))
    rows = []
    for (workload, params, model), group in groupby(in_order, key=subject):
        its = list(group)
        columns = {name: [trial[name] for trial in its] for name in ("order", "block", "outcome")}
        columns["steal_ticks"] = [read(trial, "steal_ticks") for trial in its]
        rows.append({"workload": workload, "params": params, "model": model, "columns": columns})
    return rows


def number(value: float | None) -> float | None:
    """Always a float, and no negative zero: SQLite keeps neither apart."""
    return None if value is None else float(value) + 0.0


def utc(moment: str) -> str:
    """One form, so that the order of the texts is the order of time."""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
