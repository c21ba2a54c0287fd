"""The programs that are run with failing calls: how, and what came of it."""

from __future__ import annotations

import json
import random
import shlex
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stress.faults import processes
from benchmarks.stress.faults.cases import Case
from benchmarks.stress.faults.grading import Verdict, grade_conductor, grade_victim

LIBRARY = "libthreadmark_faults.so"
PROGRAMS = {"victim": "faults_victim_mn", "conductor": "threadmark"}
GRACE_S = 45.0  # beyond the time that was asked for, on a machine that is busy with other things
TRIAL_LIMIT_S = 20


@dataclass(frozen=True)
class Result:
    case: Case
    verdict: Verdict
    seen: int  # calls of those kinds that were to fail now and then, in all processes that could still tell
    failed: int
    command: str  # that repeats it

    @property
    def entry(self) -> dict[str, str | int]:
        counts = f"{self.failed} of {self.seen} calls made to fail; " if self.case.faults else ""
        detail = self.verdict.detail.strip()[:4000]
        return {"target": self.case.target, "calls": self.case.calls, "seed": self.case.seed,
                "outcome": self.verdict.outcome, "grade": self.verdict.grade, "detail": counts + detail}  # fmt: skip


def run_case(case: Case, bin_dir: Path, seconds: float, grace_s: float = GRACE_S) -> Result:
    with tempfile.TemporaryDirectory(prefix="threadmark_faults_") as folder:
        report = Path(folder) / "report"
        more = {}
        if case.faults:
            more = {"THREADMARK_FAULTS": case.faults, "LD_PRELOAD": str((bin_dir / LIBRARY).resolve())}
        command = _command(case, bin_dir, seconds, Path(folder) / "out")
        told = {**more, "THREADMARK_FAULTS_REPORT": str(report)} if more else {}
        if case.target == "victim":
            verdict = grade_victim(processes.run(command, told, seconds + grace_s))
        else:
            # From before the first trial until after the last.
            interrupt = random.Random(case.seed).uniform(0.02, 1.2) if case.signals else None
            ended = processes.run(command, told, TRIAL_LIMIT_S + grace_s, interrupt_after_s=interrupt)
            found = [json.loads(line) for line in processes.read_lines(Path(folder) / "out/run/trials.jsonl")]
            verdict = grade_conductor(ended, found)
        seen, failed = _counts(case, report)
    return Result(case, verdict, seen, failed, " ".join([*(f"{k}={v}" for k, v in more.items()), shlex.join(command)]))


def _command(case: Case, bin_dir: Path, seconds: float, out: Path) -> list[str]:
    program = str((bin_dir / PROGRAMS[case.target]).resolve())
    if case.target == "victim":
        return [program, f"--seconds={seconds:g}", f"--seed={case.seed}", f"--cores={case.cores}",
                *(["--signals"] if case.signals else [])]  # fmt: skip
    return [program, "run", "--profile=smoke", "--model=mn", "--workload=ping_pong,spawn_join", "--param=n=1000",
            f"--cores={case.cores}", "--blocks=1", f"--time-limit={TRIAL_LIMIT_S}", "--name=run",
            f"--seed={case.seed}", f"--out={out}"]  # fmt: skip


def _counts(case: Case, report: Path) -> tuple[int, int]:
    sums: Counter[str] = Counter()
    for line in processes.read_lines(report):
        for name, counts in json.loads(line)["calls"].items():
            if name in case.failing:
                sums.update(counts)
    return sums["seen"], sums["failed"]
