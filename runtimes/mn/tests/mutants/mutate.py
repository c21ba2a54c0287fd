"""Breaks mn in small ways, one at a time, and shows which test notices each: the tests of the tests.

    build/venv/bin/python runtimes/mn/tests/mutants/mutate.py                        all of mutants.toml
    build/venv/bin/python runtimes/mn/tests/mutants/mutate.py close_forgets_senders  only these (their ids)

Works on a copy of what git tracks, under build/mutants, so no source is changed. Each mutant is built and then meets
the steps below until one of them fails. The results are kept in build/mutants/results.json: what has one for the
present text is not tried again, unless --again says so. MUTANTS.md is written anew from them. On two cores a mutant
takes about a minute and a half, or five where a public header changes. Exit code 1 where one survives and its entry
does not say why.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
WORK = ROOT / "build/mutants"
COPY = WORK / "source"
TABLE = ROOT / "runtimes/mn/MUTANTS.md"

FAILED = re.compile(r"^\[  FAILED  \] (\S+)", re.MULTILINE)
RUNNING = re.compile(r"^\[ RUN      \] (\S+)", re.MULTILINE)
TSAN = re.compile(r"WARNING: ThreadSanitizer: (.*?)(?: \(pid.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    name: str
    target: str
    arguments: tuple[str, ...]
    limit_s: float
    environment: tuple[tuple[str, str], ...] = ()
    tsan: bool = False
    by: Path | None = None  # a script that is given the program and the arguments

    def command(self) -> list[str]:
        program = str(build_of(self.tsan) / "bin" / self.target)
        return [*([str(self.by)] if self.by else []), program, *self.arguments]


def build_of(tsan: bool) -> Path:
    return WORK / ("tsan" if tsan else "release")


CHAOS = COPY / "runtimes/mn/tests/chaos.sh"
GTEST = ("--gtest_fail_fast", "--gtest_brief=0")
STEPS = (
    Step("conformance", "conformance_mn", GTEST, 90, (("THREADMARK_CORES", "2"),)),
    *(
        Step(f"stress {name}", "stress_mn", (f"--scenario={name}", "--seconds=1", "--seed=1"), 30)
        for name in ("spawn_flood", "steal_storm", "close_races", "wake_races", "timer_storm", "cancel_storm",
                     "network", "shutdown_races", "soak")
    ),
    Step("unit tests", "mn_tests", GTEST, 240),
    *(Step(f"unit tests, MN_CHAOS={n}", "mn_tests", (str(n), *GTEST), 240, by=CHAOS) for n in (1, 2, 3)),
)  # fmt: skip
OF_LOCKS = "--gtest_filter=channel.*:mutex.*:select.*:wait_group.*"
TSAN_STEPS = (
    Step(
        "unit tests under ThreadSanitizer",
        "mn_tests",
        (*GTEST, OF_LOCKS),
        300,
        (("MN_RACES_IN", "runtime"),),
        tsan=True,
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", help="only these")
    parser.add_argument("--again", action="store_true", help="also those that have a result")
    asked = parser.parse_args()
    mutants = {m["id"]: m for m in tomllib.loads((HERE / "mutants.toml").read_text(encoding="utf-8"))["mutant"]}
    unknown = [name for name in asked.ids if name not in mutants]
    if unknown:
        parser.error(f"unknown mutant '{unknown[0]}'; known: {', '.join(mutants)}")
    for name, mutant in mutants.items():
        count = (ROOT / "runtimes/mn" / mutant["file"]).read_text(encoding="utf-8").count(mutant["old"])
        if count != 1:
            parser.error(f"{name}: its text stands {count} times in {mutant['file']}")
    WORK.mkdir(parents=True, exist_ok=True)
    kept = read_results()
    to_try = [n for n in asked.ids or mutants
              if asked.again or asked.ids or kept.get(n, {}).get("of") != identity(mutants[n])]  # fmt: skip
    if to_try:
        prepare(with_tsan=any(mutants[n].get("tsan") for n in to_try))
    try:
        for name in to_try:
            print(f"{name} … ", end="", flush=True)
            kept[name] = {"of": identity(mutants[name]), **try_mutant(mutants[name])}
            print(kept[name]["by"] or "SURVIVES", flush=True)
            write_results(kept)
    finally:
        write_table(mutants, kept)  # also of what there is, should it be stopped
    survivors = [n for n in mutants if n in kept and not kept[n]["by"] and "survives" not in mutants[n]]
    print(f"{sum(1 for n in mutants if kept.get(n, {}).get('by'))} of {len(mutants)} noticed; {TABLE}")
    if survivors:
        print(f"not noticed, and nobody has said why: {', '.join(survivors)}", file=sys.stderr)
    return 1 if survivors else 0


def identity(mutant: dict[str, Any]) -> str:
    """A result is of this change to this text."""
    text = (ROOT / "runtimes/mn" / mutant["file"]).read_bytes()
    return hashlib.sha256(text + mutant["new"].encode()).hexdigest()[:16]


def read_results() -> dict[str, Any]:
    path = WORK / "results.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def write_results(kept: dict[str, Any]) -> None:
    fresh = WORK / "results.json.new"
    fresh.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    fresh.replace(WORK / "results.json")


def prepare(with_tsan: bool) -> None:
    """The copy is brought up to date (an unchanged file keeps its time), built, and passes every step unbroken."""
    COPY.mkdir(parents=True, exist_ok=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in tracked.decode().split("\0"):
        source, target = ROOT / name, COPY / name
        if name and source.is_file() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode)
    print("the unbroken mn … ", end="", flush=True)
    for tsan in (False, True) if with_tsan else (False,):
        preset = ["-DTHREADMARK_SANITIZE=thread", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DTHREADMARK_BENCHMARKS=OFF"]
        release = ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG"]
        subprocess.run(
            ["cmake", "-S", COPY, "-B", build_of(tsan), "-G", "Ninja", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache",
             *(preset if tsan else release)], check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    for step in (*STEPS, *(TSAN_STEPS if with_tsan else ())):
        if not build(step):
            raise SystemExit(f"{step.target} does not build")
        noticed = run(step)
        if noticed:
            raise SystemExit(f"the unbroken mn fails: {step.name}: {noticed}")
    print("passes every step", flush=True)


def build(step: Step) -> bool:
    done = subprocess.run(["cmake", "--build", build_of(step.tsan), "--target", step.target], capture_output=True,
                          check=False)  # fmt: skip
    return done.returncode == 0


def try_mutant(mutant: dict[str, Any]) -> dict[str, Any]:
    path = COPY / "runtimes/mn" / mutant["file"]
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace(mutant["old"], mutant["new"]), encoding="utf-8")
    try:
        for step in (*STEPS, *(TSAN_STEPS if mutant.get("tsan") else ())):
            if not build(step):
                return {"by": "the compiler", "what": "does not build"}
            noticed = run(step)
            if noticed:
                return {"by": step.name, "what": noticed}
        return {"by": None, "what": None}
    finally:
        path.write_text(whole, encoding="utf-8")


def run(step: Step) -> str | None:
    """What the step noticed; None where it passed."""
    environment = {**os.environ, **dict(step.environment)}
    with subprocess.Popen(step.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=environment, start_new_session=True) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=step.limit_s)
            how = "" if process.returncode == 0 else ended(process.returncode)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            how = f"hangs (no end after {step.limit_s:g} s)"
    if not how:
        return None
    return f"{culprit(output)}{how}"


def ended(code: int) -> str:
    return f"ended by {signal.Signals(-code).name}" if code < 0 else "fails"


def culprit(output: str) -> str:
    race = TSAN.search(output)
    if race:
        return f"{race[1]}: "
    failed = FAILED.search(output)
    if failed:
        return f"`{failed[1].rstrip(',')}` "
    running = RUNNING.findall(output)
    return f"`{running[-1]}` " if running else ""


def write_table(mutants: dict[str, Any], kept: dict[str, Any]) -> None:
    rows = []
    for name, mutant in mutants.items():
        if name not in kept:
            continue
        found = kept[name]
        by = (
            f"{found['by']}: {found['what']}"
            if found["by"]
            else f"**survives**: {mutant.get('survives', 'unexplained')}"
        )
        rows.append(f"| `{name}` | {mutant['what']} | {by} |")
    noticed = sum(1 for n in mutants if kept.get(n, {}).get("by"))
    text = f"""# Mutants

Small ways to break mn, and the first test that notices each. {noticed} of {len(rows)} are noticed. Written by

    build/venv/bin/python runtimes/mn/tests/mutants/mutate.py

which builds mn with one of the changes of [mutants.toml](tests/mutants/mutants.toml) at a time and runs conformance on
two cores, one second of each stress scenario, the unit tests, and these again under MN_CHAOS 1 to 3, until something
fails; changes that only ThreadSanitizer can see meet it as well. A weaker memory order that compiles to the same
instructions on x86-64 cannot be noticed there by anything else.

| mutant | what is broken | noticed by |
|---|---|---|
"""
    TABLE.write_text(text + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
