"""What a program's end is worth. Two ends are acceptable: it carried on, or it ended with an error that names what the
system refused. All others are bugs."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import dataclass
from typing import Any

from benchmarks.stress.faults.processes import Ended

ACCEPTABLE = ("carried_on", "named_error")
FORBIDDEN = ("hang", "crash", "wrong", "unnamed_error")
OUTCOMES = ACCEPTABLE + FORBIDDEN

GRADES = {**dict.fromkeys(ACCEPTABLE, "acceptable"), **dict.fromkeys(FORBIDDEN, "forbidden")}

MEANING = {
    "carried_on": "it carried on",
    "named_error": "it ended with an error that names what the system refused",
    "hang": "it hung",
    "crash": "it crashed",
    "wrong": "an invariant did not hold",
    "unnamed_error": "it ended and did not say why",
}

WRONG_EXIT_CODE = 4  # of the victim: an invariant does not hold
DEADLOCK = "mn: all tasks are asleep: deadlock"

# The line that explains an end, and what it must name: a call, what ran out, or the system's own words for that.
OPENING = re.compile(r"^(mn|threadmark|faults_victim_mn|bench_\w+): ")
NAMES = re.compile(
    r"\b(mmap|munmap|madvise|mprotect|mincore|pthread_create|futex|membarrier|epoll\w*|eventfd|timerfd|signalfd|fork"
    r"|pipe2?|poll|open)\b"
    r"|cannot (start|map|keep|make|write|read|open)|gives no stack|no memory|out of memory|bad_alloc"
    r"|Cannot allocate memory|Resource temporarily unavailable|Too many open files|Interrupted system call"
    r"|No space left|Function not implemented"
)


@dataclass(frozen=True)
class Verdict:
    outcome: str
    detail: str = ""

    @property
    def grade(self) -> str:
        return GRADES[self.outcome]


def explanation(errors: str) -> str | None:
    """The line of standard error that says why, if there is one."""
    for text in errors.splitlines():
        if OPENING.match(text) and NAMES.search(text):
            return text
    return None


def grade_victim(ended: Ended) -> Verdict:
    if (early := _before_its_end(ended)) is not None:
        return early
    if ended.code == WRONG_EXIT_CODE:
        said = [line for line in ended.errors.splitlines() if line.startswith("faults_victim_mn: ")]
        return Verdict("wrong", "\n".join([*said, ended.errors]))
    if ended.code != 0:
        return _after_its_end(ended)
    try:
        found: dict[str, Any] = json.loads(ended.output)
        errors = {name: count for name, count in found["errors"].items() if count}
    except (ValueError, KeyError, TypeError):
        return Verdict("unnamed_error", f"ended with 0 and did not say what happened: {ended.output[:200]!r}")
    caught = "".join(f"; caught {count} {name}" for name, count in errors.items())
    return Verdict("carried_on", f"{found['rounds']} rounds{caught}")


def grade_conductor(ended: Ended, trials: list[dict[str, Any]]) -> Verdict:
    """`trials`: the lines of trials.jsonl, as far as it came."""
    if (early := _before_its_end(ended)) is not None:
        return early
    worst = max(
        (_grade_trial(t) for t in trials), key=lambda v: OUTCOMES.index(v.outcome), default=Verdict("carried_on")
    )
    if worst.grade == "forbidden":
        return worst
    if ended.code == 128 + signal.SIGINT and ended.interrupted:
        return Verdict("carried_on", f"stopped by SIGINT after {len(trials)} trials")
    if ended.code != 0:
        return _after_its_end(ended)
    if not trials:
        return Verdict("wrong", "ended with 0 and has recorded no trial")
    return Verdict(worst.outcome, worst.detail or f"{len(trials)} trials")


def _grade_trial(trial: dict[str, Any]) -> Verdict:
    outcome, reason = trial["outcome"], trial["reason"] or ""
    if outcome == "ok":
        return Verdict("carried_on")
    if DEADLOCK in reason or outcome == "timeout":
        return Verdict("hang", f"a trial: {reason}")
    if outcome == "wrong_answer":
        return Verdict("wrong", f"a trial: {reason}")
    if NAMES.search(reason):
        return Verdict("named_error", f"a trial: {outcome}: {reason}")
    return Verdict("crash" if reason.startswith("SIG") else "unnamed_error", f"a trial: {outcome}: {reason}")


def _before_its_end(ended: Ended) -> Verdict | None:
    if ended.code is None:
        return Verdict("hang", ended.errors)
    if DEADLOCK in ended.errors:
        return Verdict("hang", ended.errors[ended.errors.index(DEADLOCK) :])
    return None


def _after_its_end(ended: Ended) -> Verdict:
    assert ended.code is not None
    if (line := explanation(ended.errors)) is not None:
        return Verdict("named_error", line)
    if ended.code < 0:
        return Verdict("crash", f"killed by {signal.Signals(-ended.code).name}\n{ended.errors}")
    return Verdict("unnamed_error", f"ended with {ended.code}\n{ended.errors}")
