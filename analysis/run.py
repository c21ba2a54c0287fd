"""Reads a run's folder: environment.json must be whole, trials.jsonl may be damaged.

Invariants of what comes out:
  - every trial satisfies trial.schema.json but for keys that this version does not know, and belongs to this run;
  - no two trials share an `order`, so an order names one line (the last that has it);
  - no two trials share model, workload, params and block: a block holds each cell once.
A line that breaks one of these is named with its number and left out; nothing is guessed from it. What is left out
never depends on a measured value.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.contracts import catalogue, describe, faults, validator

Trial = dict[str, Any]


class UnreadableRun(Exception):
    """The folder is not a run that can be read; the message is one line and names the file."""


@dataclass(frozen=True)
class Run:
    environment: dict[str, Any]
    trials: list[Trial]  # by order
    replaced: list[Trial]  # the marked ones that gave way, by line
    lines: int
    rejected: list[dict[str, Any]]  # {"line", "why"}
    marked: list[dict[str, Any]]  # {"line", "order", "model", "workload", "marks", "replaced_by"}, the last a line


def read_run(run_dir: Path) -> Run:
    environment = read_environment(run_dir)
    lines, rejected, journal = 0, [], Journal()
    for number, line in numbered_lines(run_dir / "trials.jsonl"):
        lines += 1
        try:
            journal.add(number, parse_trial(line, environment["run"]))
        except ValueError as error:
            rejected.append({"line": number, "why": str(error)})
    trials = sorted(journal.kept.values(), key=lambda trial: trial["order"])
    return Run(environment, trials, journal.replaced, lines, rejected, journal.marked)


def place_of(trial: Trial) -> tuple[Any, ...]:
    """The cell and block, of which there is one trial, but for replacements."""
    return (trial["model"], trial["workload"], tuple(sorted(trial["params"].items())), trial["block"])


class Journal:
    """The trials so far, one for each cell and block.

    A trial that carries a mark gives way to a later line of the same cell and block: its replacement, which may have
    the same order. A second trial without that excuse is refused, because choosing between two results is choosing a
    result.
    """

    def __init__(self) -> None:
        self.kept: dict[tuple[Any, ...], Trial] = {}
        self.marked: list[dict[str, Any]] = []
        self.replaced: list[Trial] = []
        self._place_of_order: dict[int, tuple[tuple[Any, ...], int]] = {}
        self._line_of: dict[tuple[Any, ...], int] = {}

    def add(self, line: int, trial: Trial) -> None:
        place = place_of(trial)
        owner, owners_line = self._place_of_order.get(trial["order"], (place, line))
        if owner != place:
            raise ValueError(f"order {trial['order']} is already that of line {owners_line}")
        earlier = self.kept.get(place)
        if earlier is not None and not earlier.get("marks"):
            raise ValueError(f"line {self._line_of[place]} has this cell of block {trial['block']} already")
        if earlier is not None:
            next(entry for entry in self.marked if entry["line"] == self._line_of[place])["replaced_by"] = line
            self.replaced.append(earlier)
        if trial.get("marks"):
            entry = {field: trial[field] for field in ("order", "model", "workload", "marks")}
            self.marked.append({"line": line, **entry, "replaced_by": None})
        self.kept[place] = trial
        self._line_of[place] = line
        self._place_of_order[trial["order"]] = (place, line)


def read_environment(run_dir: Path) -> dict[str, Any]:
    path = run_dir / "environment.json"
    if not run_dir.is_dir():
        raise UnreadableRun(f"{run_dir}: no such folder")
    environment = read_document(path)
    fault = next((f for f in faults("environment", environment) if f.validator != "additionalProperties"), None)
    if fault is not None:
        raise UnreadableRun(f"{path}: {describe(fault)}")
    return environment


def read_summary(run_dir: Path) -> dict[str, Any]:
    """A run's summary.json as written before, for those who draw and report."""
    if not run_dir.is_dir():
        raise UnreadableRun(f"{run_dir}: no such folder")
    path = run_dir / "summary.json"
    if not path.is_file():
        raise UnreadableRun(f"{path}: no such file; python -m analysis {run_dir} writes it")
    summary = read_document(path)
    # The keys only: the whole schema is for those who check a run, and takes a second.
    missing = [key for key in validator("summary").schema["required"] if key not in summary]
    if missing or summary["schema"] != 1:
        raise UnreadableRun(f"{path}: not a summary of schema 1; python -m analysis {run_dir} writes it anew")
    return summary


def read_document(path: Path) -> Any:
    """A whole JSON file, or UnreadableRun."""
    try:
        return strict_json(path.read_bytes())
    except OSError as error:
        raise UnreadableRun(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableRun(f"{path}: {error}") from error


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1. Bytes, because a damaged line need not be text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableRun(f"{path}: {error.strerror}") from error
    lines = content.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    yield from enumerate(lines, start=1)


def strict_json(content: bytes) -> Any:
    """JSON as the standard has it: no NaN, and no number that a double cannot hold. ValueError says what is wrong."""

    def number(text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            raise ValueError(f"{text} is not a number that can be used")
        return value

    def whole(text: str) -> int:
        if len(text) > 20:
            raise ValueError(f"{text[:20]}… is not a number that can be used")
        return int(text)

    try:
        return json.loads(content.decode("utf-8"), parse_float=number, parse_int=whole, parse_constant=number)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1} of {len(error.doc)}") from error
    except RecursionError as error:
        raise ValueError("not JSON: nested too deep") from error


def parse_trial(line: bytes, run: str) -> Trial:
    """The trial in a line, or ValueError with the reason why it is none of this run's."""
    if not line.strip():
        raise ValueError("empty line")
    trial = strict_json(line)
    if not isinstance(trial, dict):
        raise ValueError("not a JSON object")
    fault = next((f for f in faults("trial", trial) if f.validator != "additionalProperties"), None)
    if fault is not None:
        raise ValueError(describe(fault))
    if trial["run"] != run:
        raise ValueError(f"belongs to run {trial['run']!r}, not to {run!r}")
    known = catalogue().get(trial["workload"], {}).get("metrics", {})
    for name, metric in trial["metrics"].items():
        if name in known and (metric["unit"], metric["better"]) != (known[name]["unit"], known[name]["better"]):
            raise ValueError(f"metrics.{name}: unit and direction are not those of the catalogue")
    return trial
