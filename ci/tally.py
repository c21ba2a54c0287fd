"""Counts what the steps of a job did: tally.py DIR STEP…, as ci/step.sh left them in DIR.

Prints a line a step, names every test that failed, and ends with `N passed, N failed`; exits with 1 unless something
passed and nothing failed. Only the standard library is used, so that this works where the set-up did not.

What must hold: a failure can never be counted as nothing. A step that did not run, ended badly without a failed test
to show for it, or ran no test at all adds one failure of its own. Skipped tests are shown, and count as neither.
"""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

CLOSING_LINE = re.compile(r"^(\d+) passed, (\d+) failed$")


@dataclass
class Count:
    passed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    unnamed_failures: int = 0
    kind: str = ""

    @property
    def failed(self) -> int:
        return len(self.failures) + self.unnamed_failures


def count_junit(report: Path) -> Count:
    """A JUnit file of pytest or ctest."""
    count = Count()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        # ctest gives a test's name as its class too.
        name = ".".join(dict.fromkeys((case.get("classname", ""), case.get("name", ""))))
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            count.failures.append(name)
        elif case.get("status") == "notrun" and not (skip is not None and "SKIP" in skip.get("message", "")):
            # ctest: a test that could not start (no executable, a failed fixture), as against one that skips itself.
            count.failures.append(f"{name} (not run)")
        elif skip is not None or case.get("status") == "disabled":
            count.skipped += 1
        else:
            count.passed += 1
    return count


def count_gotest(log: Path) -> Count:
    """The events of `go test -json`. A test that has subtests counts only through them, unless it failed by itself."""
    results: dict[tuple[str, str], str] = {}
    packages: dict[str, str] = {}
    for line in log.read_text(errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if not isinstance(event, dict) or event.get("Action") not in ("pass", "fail", "skip"):
            continue
        package, test = event.get("Package", ""), event.get("Test")
        if test is None:
            packages[package] = event["Action"]
        else:
            results[package, test] = event["Action"]

    count = Count()
    for (package, test), action in results.items():
        below = [a for (p, t), a in results.items() if p == package and t.startswith(test + "/")]
        if below and (action != "fail" or "fail" in below):
            continue
        if action == "fail":
            count.failures.append(f"{package}.{test}")
        elif action == "skip":
            count.skipped += 1
        else:
            count.passed += 1
    for package, action in packages.items():
        if action == "fail" and not any(name.startswith(package + ".") for name in count.failures):
            count.failures.append(f"{package} (the package itself)")
    return count


def count_closing_line(log: Path) -> Count:
    """A program that counts for itself and says so in its last line. What make adds below when it fails is not its."""
    words = (line.strip() for line in log.read_text(errors="replace").splitlines())
    lines = [line for line in words if line and not re.match(r"make(\[\d+\])?: ", line)]
    match = CLOSING_LINE.match(lines[-1]) if lines else None
    if match is None:
        return Count()
    return Count(passed=int(match[1]), unnamed_failures=int(match[2]))


def count_step(directory: Path, step: str) -> Count:
    status = directory / f"{step}.status"
    if not status.exists():
        return Count(failures=[f"{step} (did not run to its end)"])
    kind, code = status.read_text().split()
    try:
        if kind == "junit":
            count = count_junit(directory / f"{step}.xml")
        elif kind == "gotest":
            count = count_gotest(directory / f"{step}.log")
        elif kind == "closing":
            count = count_closing_line(directory / f"{step}.log")
        elif kind == "whole":
            count = Count(passed=1 if code == "0" else 0)
        else:
            return Count(failures=[f"{step} (unknown kind {kind})"])
    except (OSError, ElementTree.ParseError) as error:
        return Count(failures=[f"{step} (exit {code}; its counts cannot be read: {error})"])
    count.kind = kind
    if count.failed == 0 and code != "0":
        count.failures.append(f"{step} (exit {code})")
    elif count.failed == 0 and count.passed == 0:
        count.failures.append(f"{step} (no test ran)")
    return count


def show_go_failures(log: Path) -> None:
    """Prints what the failed Go tests wrote: ci/step.sh keeps their JSON off the screen."""
    for line in log.read_text(errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            print(line)
            continue
        if isinstance(event, dict) and event.get("Action") == "output":
            print(event.get("Output", ""), end="")


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print("tally: usage: tally.py DIR STEP…", file=sys.stderr)
        return 2
    directory, steps = Path(arguments[0]), arguments[1:]
    counts = {step: count_step(directory, step) for step in steps}
    for step, count in counts.items():
        if count.failed and count.kind == "gotest":
            show_go_failures(directory / f"{step}.log")
    for step, count in counts.items():
        skipped = f", {count.skipped} skipped" if count.skipped else ""
        print(f"{step}: {count.passed} passed, {count.failed} failed{skipped}")
        for name in count.failures:
            print(f"  failed: {name}")
    passed, failed = sum(c.passed for c in counts.values()), sum(c.failed for c in counts.values())
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
