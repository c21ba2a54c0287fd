"""python -m analysis.conformance DIR TARGET: which rules of runtimes/conformance each model keeps.

Reads DIR/ctest.xml (ctest's JUnit file) and DIR/go.log (`go test -json`), writes TARGET (conformance.schema.json), and
prints a line a model. Exit code 1 where a rule failed, or where one that the other models have was not run at all: what
a model cannot express it must skip with a reason. Exit code 2 where the files cannot be read.
"""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.command_line import Parser
from analysis.contracts import write_json

# conformance.MODEL[.VARIANT].cores_N.SUITE.RULE[<TYPE>]
CTEST = re.compile(r"^conformance\.(\w+)(?:\.(\w+))?\.cores_(\d+)\.(\w+)\.(\w+)(?:<.*>)?$")
GO = re.compile(r"^Test(\w+)/cores_(\d+)/(\w+)$")
GTEST_SKIP = re.compile(r": Skipped\n(.*)\n")
GO_SKIP = re.compile(r"^\s+\w+\.go:\d+: (.*)$", re.MULTILINE)


class Unreadable(Exception):
    """The text is one line that names the file."""


@dataclass(frozen=True)
class Result:
    suite: str
    rule: str
    model: str
    variant: str | None
    cores: int
    outcome: str  # passed, failed, skipped
    reason: str | None  # a skip's


def of_ctest(path: Path) -> Iterator[Result]:
    try:
        cases = ElementTree.parse(path).getroot().iter("testcase")
    except (OSError, ElementTree.ParseError) as error:
        raise Unreadable(f"{path}: {error}") from error
    for case in cases:
        match = CTEST.match(case.get("name", ""))
        if not match:
            continue
        model, variant, cores, suite, rule = match.groups()
        output = case.findtext("system-out") or ""
        reason, outcome = None, "passed" if case.get("status") == "run" else "failed"
        skip = case.find("skipped")
        if skip is not None and "SKIP" in skip.get("message", ""):
            said = GTEST_SKIP.search(output)
            outcome, reason = "skipped", said[1].strip() if said else "no reason given"
        yield Result(suite, rule, model, variant, int(cores), outcome, reason)


def of_go(path: Path) -> Iterator[Result]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from error
    said: dict[str, str] = {}
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue  # what the build says stands between the events
        if not isinstance(event, dict) or not event.get("Package", "").endswith("/conformance"):
            continue
        test, action = event.get("Test", ""), event.get("Action")
        match = GO.match(test)
        if not match:
            continue
        if action == "output":
            said[test] = said.get(test, "") + event.get("Output", "")
        elif action in ("pass", "fail", "skip"):
            suite = re.sub(r"(?<!^)([A-Z])", r"_\1", match[1]).lower()
            why = GO_SKIP.search(said.get(test, ""))
            reason = (why[1] if why else "no reason given") if action == "skip" else None
            outcome = {"pass": "passed", "fail": "failed", "skip": "skipped"}[action]
            yield Result(suite, match[3], "go", None, int(match[2]), outcome, reason)


def missing(results: list[Result]) -> list[str]:
    """Rules that a model, on some number of cores, has no result of. A suite named after a model is its own."""
    models = {r.model for r in results}
    wanted = {(r.suite, r.rule) for r in results if r.suite not in models}
    there = {(r.model, r.variant, r.cores): set[tuple[str, str]]() for r in results}
    for r in results:
        there[r.model, r.variant, r.cores].add((r.suite, r.rule))
    return [
        f"{model}{f'.{variant}' if variant else ''} on {cores}: {suite}.{rule} was not run"
        for (model, variant, cores), has in there.items()
        for suite, rule in sorted(wanted - has)
    ]


def by_rule(conformance: dict[str, Any]) -> dict[str, Any]:
    """What summary.json has of it: for each rule and model how often it was kept, broken and skipped, and why."""
    rules: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for r in conformance["results"]:
        models = rules.setdefault((r["suite"], r["rule"]), {})
        entry = models.setdefault(r["model"], {"passed": 0, "failed": 0, "skipped": 0, "reasons": []})
        entry[r["outcome"]] += 1
        if r["reason"] and r["reason"] not in entry["reasons"]:
            entry["reasons"].append(r["reason"])
    return {
        "rules": [{"suite": suite, "rule": rule, "models": models} for (suite, rule), models in rules.items()],
        "missing": conformance["missing"],
    }


def document(results: list[Result]) -> dict[str, Any]:
    return {"schema": 1, "results": [asdict(r) for r in results], "missing": missing(results)}


def lines_of(results: list[Result]) -> Iterator[str]:
    for model in dict.fromkeys(r.model for r in results):
        counts = Counter(r.outcome for r in results if r.model == model)
        rules = {(r.suite, r.rule) for r in results if r.model == model}
        yield (
            f"{model:12} {len(rules)} rules, tried {sum(counts.values())} times: {counts['passed']} passed, "
            f"{counts['failed']} failed, {counts['skipped']} skipped"
        )


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m analysis.conformance", description=__doc__)
    parser.add_argument("from_dir", type=Path, metavar="DIR", help="where ctest.xml and go.log lie")
    parser.add_argument("target", type=Path, metavar="TARGET", help="the file to write")
    asked = parser.parse_args(arguments)
    try:
        results = [*of_ctest(asked.from_dir / "ctest.xml"), *of_go(asked.from_dir / "go.log")]
        if {r.model == "go" for r in results} != {True, False}:
            raise Unreadable(f"{asked.from_dir}: no result of {'Go' if results else 'any model'}")
        asked.target.parent.mkdir(parents=True, exist_ok=True)
        whole = document(results)
        write_json(asked.target, whole)
    except (Unreadable, OSError) as error:
        print(f"analysis.conformance: {error}", file=sys.stderr)
        return 2
    print("\n".join(lines_of(results)))
    wrong = [f"{r.model} on {r.cores}: {r.suite}.{r.rule} failed" for r in results if r.outcome == "failed"]
    wrong += whole["missing"]
    for line in wrong:
        print(f"analysis.conformance: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
