"""python -m reports.check RUN_DIR: is everything there that a run must leave behind, and does it keep its schema?

Checks environment.json, every line of trials.jsonl, summary.json and claims.json against their schemas, that the page
and what is for sharing are there, that every model and workload of the run's profile is, each cell with an outcome, and
that every number of the summary is what the lines below it say. Prints one line for each failed check and at last `N
passed, N failed`. Exit code 0 if none failed, 1 if any did, 2 where there is no run.

Stricter than analysis, which reads on past a damaged line: here a damaged line is a failure.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.command_line import Parser
from analysis.contracts import blocks_of_cells, cells_of_choice, cores_of, describe, faults, plan_of, profiles
from analysis.run import UnreadableRun, numbered_lines, read_document, strict_json
from reports.explained import first_gap

Check = tuple[str, str | None]  # what was checked; what is wrong, None where nothing is


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m reports.check", description="Checks all that a run left behind.")
    parser.add_argument("run_dir", type=Path, help="a run's folder, such as out/latest")
    run_dir: Path = parser.parse_args(arguments).run_dir
    if not run_dir.is_dir():
        print(f"reports.check: {run_dir}: no such folder", file=sys.stderr)
        return 2
    passed = failed = 0
    for what, wrong in checks(run_dir):
        if wrong is None:
            passed += 1
        else:
            failed += 1
            print(f"{what}: {wrong}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def checks(run_dir: Path) -> Iterator[Check]:
    environment, wrong = document(run_dir, "environment")
    sound = wrong is None
    yield "environment.json", wrong
    trials = []
    try:
        for number, line in numbered_lines(run_dir / "trials.jsonl"):
            trial, wrong = trial_in(line)
            trials.append(trial)
            yield f"trials.jsonl line {number}", wrong
        yield "trials.jsonl", None if trials else "no line"
    except UnreadableRun as error:
        yield "trials.jsonl", str(error)
    for name in ("summary", "claims"):
        found, wrong = document(run_dir, name)
        yield f"{name}.json", wrong
        if wrong is None and sound:
            same = found["run"] == environment["run"]
            yield f"{name}.json is of this run", None if same else f"is of run {found['run']!r}"
        if wrong is None and name == "summary":
            lines = [trial for trial in trials if trial is not None]
            yield "every cell is what its trials say", first_gap(run_dir, found, lines)
    for name in ("index.html", "summary.md", "headline.png"):
        written = run_dir / name
        yield name, None if written.is_file() and written.stat().st_size else "not there, or empty"
    if sound:
        yield from complete(environment, [trial for trial in trials if trial is not None])


def document(run_dir: Path, name: str) -> tuple[Any, str | None]:
    """(the document, what is wrong with it)"""
    try:
        content = read_document(run_dir / f"{name}.json")
    except UnreadableRun as error:
        return None, str(error)
    return content, first_fault(name, content)


def trial_in(line: bytes) -> tuple[Any, str | None]:
    try:
        trial = strict_json(line)
    except ValueError as error:
        return None, str(error)
    wrong = first_fault("trial", trial)
    return (trial if wrong is None else None), wrong


def first_fault(schema: str, content: Any) -> str | None:
    fault = next(faults(schema, content), None)
    return None if fault is None else describe(fault)


def complete(environment: dict[str, Any], trials: list[dict[str, Any]]) -> Iterator[Check]:
    """Each model and workload of the profile: does every one of its cells have an outcome in every block that it is to
    be in?"""
    profile = profiles().get(environment["profile"])
    if profile is None:
        known = ", ".join(profiles())
        yield "profile", f"{environment['profile']!r} is not in profiles.json; known: {known}"
        return
    there = {(t["model"], t["workload"], frozenset(t["params"].items()), t["block"]) for t in trials}
    blocks = sorted({trial["block"] for trial in trials})
    wanted = environment["blocks"]
    yield "blocks", None if len(blocks) == wanted else f"{len(blocks)} in trials.jsonl, {wanted} planned"
    allowed = environment["machine"]["allowed_cpus"]
    cores, limits = cores_of(profile, allowed), blocks_of_cells(profile, allowed)
    for model, workload, choices in ((m, w, c) for m, cells in plan_of(profile) for w, c in cells.items() if c):
        expected = [params for choice in choices for params in cells_of_choice(workload, choice, cores, allowed)]
        missing = [
            params
            for params in expected
            for key in [(workload, frozenset(params.items()))]
            if not blocks
            or any((model, *key, block) not in there for block in blocks if not limits[key] or block <= limits[key])
        ]
        wrong = f"{len(missing)} of {len(expected)} cells lack an outcome, {missing[0]} first" if missing else None
        yield f"{model} × {workload}", wrong


if __name__ == "__main__":
    sys.exit(main())
