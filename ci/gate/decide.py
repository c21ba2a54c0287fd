"""What the findings come to.

- A count or memory that is worse, and was seen again, fails the gate. A time does so where clocks were asked to gate;
  otherwise it informs.
- What is missing is a failure, whatever it is of: nobody knows what it hides.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ci.gate.finding import Finding

Clocks = Literal["inform", "gate"]
Outcome = Literal["passed", "failed", "cannot_judge"]
EXIT: dict[Outcome, int] = {"passed": 0, "failed": 1, "cannot_judge": 2}


class Decision(NamedTuple):
    outcome: Outcome
    failures: Sequence[Finding]  # why it is not passed
    informs: Sequence[Finding]  # worse, and does not gate, or was not seen again
    better: Sequence[Finding]


def decide(findings: Sequence[Finding], clocks: Clocks) -> Decision:
    missing = [one for one in findings if one.verdict == "missing"]
    worse = [one for one in findings if one.verdict == "worse"]
    failing = [one for one in worse if one.confirmed and gates(one, clocks)]
    outcome: Outcome = "failed" if failing else "cannot_judge" if missing else "passed"
    informs = [one for one in worse if one not in failing]
    return Decision(outcome, [*failing, *missing], informs, [one for one in findings if one.verdict == "better"])


def gates(finding: Finding, clocks: Clocks) -> bool:
    return finding.kind != "time" or clocks == "gate"
