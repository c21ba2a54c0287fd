"""Looks for a program that some model runs otherwise than it should, and shrinks what it finds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.stress.differential.expected import expected
from benchmarks.stress.differential.generator import Program, programs
from benchmarks.stress.differential.interpreters import Broken, Interpreter

SHRINK_S = 60.0  # a program that is small enough to read is found sooner than the smallest
REPEATS_TO_SHRINK = 10  # what shows itself once in a while must not be lost by chance


@dataclass
class Finding:
    program: Program
    model: str
    what: str

    @property
    def size(self) -> int:
        return len(json.dumps(self.program))


def difference(program: Program, interpreters: list[Interpreter]) -> Finding | None:
    should_be = expected(program)
    for interpreter in interpreters:
        try:
            found = interpreter.run(program)
        except Broken as broken:
            return Finding(program, interpreter.name, str(broken))
        for key, value in should_be.items():
            if found[key] != value:
                return Finding(program, interpreter.name, f"{key}: {found[key]} instead of {value}")
    return None


@dataclass
class Search:
    interpreters: list[Interpreter]
    ran: int = 0
    smallest: Finding | None = None
    end_of_shrinking: float = 0.0

    def run(self, seed: int, count: int, progress: Callable[[int], None]) -> Finding | None:
        """Runs `count` programs from the seed; returns the smallest that shows a difference, or None."""

        @hypothesis.seed(seed)
        @settings(max_examples=count, database=None, deadline=None, phases=(Phase.generate, Phase.shrink),
                  suppress_health_check=list(HealthCheck), report_multiple_bugs=False)  # fmt: skip
        @given(programs())
        def all_agree(program: Program) -> None:
            self._check(program)
            if self.smallest is None:
                self.ran += 1
                progress(self.ran)

        try:
            all_agree()
        except (AssertionError, hypothesis.errors.HypothesisException):
            # The second: it could not be repeated in the end, or shrinking was cut short. What was found stands.
            if self.smallest is None:
                raise
        return self.smallest

    def _check(self, program: Program) -> None:
        if self.smallest and time.monotonic() > self.end_of_shrinking:
            return
        for _ in range(REPEATS_TO_SHRINK if self.smallest else 1):
            finding = difference(program, self._to_run())
            if finding is None:
                continue
            if self.smallest is None:
                self.end_of_shrinking = time.monotonic() + SHRINK_S
            if self.smallest is None or finding.size <= self.smallest.size:
                self.smallest = finding
            raise AssertionError(finding.what)

    def _to_run(self) -> list[Interpreter]:
        """All; while shrinking, the one that was found to differ, which need not be waited for so long."""
        if self.smallest is None:
            return self.interpreters
        chosen = [i for i in self.interpreters if i.name == self.smallest.model]
        for interpreter in chosen:
            interpreter.limit_s = min(interpreter.limit_s, 3.0)
        return chosen
