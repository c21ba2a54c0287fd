"""Stress: mn's scenarios one after the other, the differential test, and system calls that fail, each for a stated
time. See README.md.

Ends with a table, and with 1 where anything forbidden happened, a program crashed or hung, or a difference was found.
"""

from __future__ import annotations

import argparse
import itertools
import json
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.command_line import Parser
from analysis.contracts import write_json
from benchmarks.stress.again import command
from benchmarks.stress.differential.interpreters import Interpreter
from benchmarks.stress.differential.search import Search
from benchmarks.stress.faults.cases import case_of
from benchmarks.stress.faults.grading import GRADES, MEANING
from benchmarks.stress.faults.targets import LIBRARY, PROGRAMS, run_case
from benchmarks.stress.launch import with_default_signals

GRACE_S = 60.0  # what a scenario may take beyond its time before it counts as hung
MODELS = ("go", "mn", "os_threads", "boost_fiber", "tbb")


def main() -> int:
    asked = arguments()
    seed = asked.seed if asked.seed is not None else secrets.randbelow(10**9)
    known = scenarios(asked.bin)
    chosen = asked.scenario or [*known, *SUITES]
    for name in chosen:
        if name not in (*known, *SUITES):
            print(f"stress: unknown scenario '{name}'; known: {', '.join([*known, *SUITES])}", file=sys.stderr)
            return 2
    print(f"stress: seed {seed}; {duration(planned(chosen, asked))} in all", flush=True)
    results = []
    for name in chosen:
        seconds = asked.soak_seconds if name == "soak" else asked.seconds
        print(f"  {name}, {duration(seconds)} …", end="", flush=True)
        if suite := SUITES.get(name):
            sentence, result = suite.sentence, suite.run(asked.bin, seconds, seed)
        else:
            sentence, result = known[name], run_scenario(asked.bin, name, seconds, seed, asked.cores)
        results.append({"scenario": name, "sentence": sentence, "seed": seed, **result})
        print(" ok" if sound(results[-1]) else " BROKEN", flush=True)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    write_json(asked.out, {"schema": 1, "started": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                           "commit": commit(), "results": results})  # fmt: skip
    print("\n" + table(results))
    for result in results:
        if not sound(result):
            print(f"\n{result['scenario']}: {complaint(result)}\nagain: {again(result, asked)}")
    print(f"\n{asked.out}")
    return 0 if all(map(sound, results)) else 1


def arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m benchmarks.stress", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, metavar="S", help="for each scenario (%(default)s)")
    parser.add_argument("--soak-seconds", type=float, default=60, metavar="S", help="for the soak (%(default)s)")
    parser.add_argument("--seed", type=int, help="where decisions come from; a random one unless given")
    parser.add_argument("--cores", type=int, default=2, help="how many workers (%(default)s)")
    parser.add_argument(
        "--scenario", action="append", help="only this one, differential and faults among them; may be given again"
    )
    parser.add_argument("--bin", type=Path, default=Path("build/release/bin"), help="where stress_mn lies")
    parser.add_argument("--out", type=Path, default=Path("out/stress.json"), help="the file to write")
    asked = parser.parse_args()
    programs = ("stress_mn", *(f"differential_{model}" for model in MODELS), LIBRARY, *PROGRAMS.values(), "bench_mn")
    for program in programs:
        if not (asked.bin / program).is_file():
            parser.error(f"no {asked.bin / program}: `make build` makes it")
    if asked.seconds <= 0 or asked.soak_seconds <= 0 or asked.cores < 1:
        parser.error("--seconds, --soak-seconds and --cores must be above zero")
    return asked


def scenarios(bin_dir: Path) -> dict[str, str]:
    said = subprocess.run([bin_dir / "stress_mn", "--list"], capture_output=True, text=True, check=True).stdout
    return {entry["name"]: entry["sentence"] for entry in json.loads(said)}


def run_scenario(bin_dir: Path, name: str, seconds: float, seed: int, cores: int) -> dict[str, Any]:
    program = [str(bin_dir / "stress_mn"), f"--scenario={name}", f"--seconds={seconds:g}", f"--seed={seed}",
               f"--cores={cores}"]  # fmt: skip
    begun = time.monotonic()
    empty = {"rounds": 0, "outcomes": [], "resident_bytes": None}
    with subprocess.Popen(
        with_default_signals(program), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            said, errors = process.communicate(timeout=seconds + GRACE_S)
        except subprocess.TimeoutExpired:
            process.send_signal(3)  # SIGQUIT: mn says what its tasks wait for
            time.sleep(1)
            process.kill()
            _, errors = process.communicate()
            return {**empty, "seconds": time.monotonic() - begun, "end": "hang", "detail": errors.strip()[:4000]}
    if process.returncode not in (0, 1):
        detail = f"ended with {process.returncode}\n{errors.strip()}"[:4000]
        return {**empty, "seconds": time.monotonic() - begun, "end": "crash", "detail": detail}
    found = json.loads(said)
    return {key: found[key] for key in ("seconds", "rounds", "outcomes", "resident_bytes")} | {
        "end": "ok",
        "detail": errors.strip()[:4000] or None,
    }


def differential(bin_dir: Path, seconds: float, seed: int) -> dict[str, Any]:
    running = [Interpreter(m, bin_dir / f"differential_{m}", cores) for m in MODELS for cores in (1, 2)]
    begun, ran, finding = time.monotonic(), 0, None
    while time.monotonic() - begun < seconds and not finding:
        search = Search(running)
        finding = search.run(seed + ran, 50, lambda _: None)
        ran += search.ran
    for interpreter in running:
        interpreter.close()
    outcomes = [
        {"what": "all models agree with Go", "grade": "acceptable", "count": ran},
        {"what": "a model computes something else", "grade": "forbidden", "count": int(finding is not None)},
    ]
    detail = f"{finding.model}: {finding.what}\n{json.dumps(finding.program)}" if finding else None
    return {"seconds": time.monotonic() - begun, "rounds": ran, "outcomes": outcomes, "resident_bytes": None,
            "end": "ok", "detail": detail}  # fmt: skip


def failing_calls(bin_dir: Path, seconds: float, seed: int) -> dict[str, Any]:
    begun, counts, findings = time.monotonic(), Counter[str](), []
    for n in itertools.count(seed):
        result = run_case(case_of(n), bin_dir, seconds=1.0)
        counts[result.verdict.outcome] += 1
        if result.verdict.grade == "forbidden":
            findings.append(f"{result.verdict.outcome}: {result.entry['detail']}\nby: {result.command}")
        if time.monotonic() - begun >= seconds:
            break
    outcomes = [{"what": MEANING[o], "grade": grade, "count": counts[o]} for o, grade in GRADES.items()]
    return {"seconds": time.monotonic() - begun, "rounds": counts.total(), "outcomes": outcomes, "resident_bytes": None,
            "end": "ok", "detail": "\n\n".join(findings) or None}  # fmt: skip


@dataclass(frozen=True)
class Suite:
    sentence: str
    run: Callable[[Path, float, int], dict[str, Any]]


# What is no scenario of stress_mn.
SUITES = {
    "differential": Suite("Random programs in Go and in every model: all compute what they should.", differential),
    "faults": Suite("System calls fail at random, and signals come, beneath mn and the conductor.", failing_calls),
}


def sound(result: dict[str, Any]) -> bool:
    return result["end"] == "ok" and not any(o["count"] for o in result["outcomes"] if o["grade"] == "forbidden")


def complaint(result: dict[str, Any]) -> str:
    broken = [
        f"{o['what']}: {o['count']} times" for o in result["outcomes"] if o["grade"] == "forbidden" and o["count"]
    ]
    what = {"ok": "; ".join(broken), "hang": "no end", "crash": "crashed"}[result["end"]]
    return what + (f"\n{result['detail']}" if result["detail"] else "")


def again(result: dict[str, Any], asked: argparse.Namespace) -> str:
    return command("benchmarks.stress", f"--scenario={result['scenario']}", f"--seed={result['seed']}",
                   f"--seconds={asked.seconds:g}", f"--soak-seconds={asked.soak_seconds:g}", f"--cores={asked.cores}",
                   f"--bin={asked.bin}")  # fmt: skip


def table(results: list[dict[str, Any]]) -> str:
    rows = [("scenario", "outcome", "grade", "count")]
    for result in results:
        first = f"{result['scenario']} ({result['rounds']:,} rounds)"
        if result["end"] != "ok":
            rows.append((first, result["end"], "forbidden", "1"))
        for o in sorted(result["outcomes"], key=lambda o: ("forbidden", "interesting", "acceptable").index(o["grade"])):
            rows.append((first, o["what"], o["grade"], f"{o['count']:,}"))
            first = ""
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join((*(row[i].ljust(widths[i]) for i in range(3)), row[3].rjust(widths[3]))) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def planned(chosen: list[str], asked: argparse.Namespace) -> float:
    return sum(asked.soak_seconds if name == "soak" else asked.seconds for name in chosen)


def duration(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:.3g} min"


def commit() -> str | None:
    """As git describes the tree; None where it is none of git's."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


if __name__ == "__main__":
    sys.exit(main())
