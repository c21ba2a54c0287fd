"""The result of a program, computed without any concurrency.

Where a value may go to any of several channels, it is taken to go to the first: all of them do the same with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.stress.differential.generator import Program

WORD = (1 << 64) - 1
REFUSALS = {True: 2, False: 3}  # a send and a close; where the channel may stand in a select, that as well


def mix(value: int) -> int:
    """The finalizer of MurmurHash3."""
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & WORD
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & WORD
    return value ^ value >> 33


def digest(values: Iterable[int], *, ordered: bool = False) -> list[int]:
    count = total = order = 0
    for value in values:
        count += 1
        total = total + mix(value) & WORD
        order = mix(order + value & WORD)
    return [count, total, order if ordered else 0]


def expected(program: Program) -> dict[str, Any]:
    return Evaluation(program).result()


class Evaluation:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.passed: dict[int, list[int]] = {}  # what went through each channel
        self.servers = {s["server"]: s for s in program["stages"] if s["kind"] == "server"}
        self.sums = [0] * program["sums"]
        self.digests = [[0, 0, 0] for _ in range(program["digests"])]
        self.refused = 0
        self.tasks = sum(c["closer"] for c in program["channels"])
        for stage in program["stages"]:  # a stage stands after those that it takes from
            self.tasks += stage.get("workers", 1)
            getattr(self, "do_" + stage["kind"])(stage)

    def result(self) -> dict[str, Any]:
        channels = [digest(self.passed.get(i, ())) for i, c in enumerate(self.program["channels"]) if c["counted"]]
        return {"sums": self.sums, "digests": self.digests, "channels": channels, "refused": self.refused,
                "began": self.tasks, "ended": self.tasks}  # fmt: skip

    def give(self, stage: dict[str, Any], values: list[int]) -> None:
        for out in stage["outs"]:
            self.passed[out] = values if out == stage["outs"][0] or stage.get("to_all") else []

    @staticmethod
    def function(stage: dict[str, Any]) -> Callable[[int], int]:
        return lambda x: stage.get("mul", 1) * x + stage.get("add", 0) & WORD

    def do_source(self, stage: dict[str, Any]) -> None:
        self.give(stage, [mix(stage["seed"] + i & WORD) for i in range(stage["n"])])

    def do_map(self, stage: dict[str, Any]) -> None:
        kept = (x for x in self.passed[stage["ins"][0]] if not stage.get("drop") or x % stage["drop"])
        self.give(stage, list(map(self.function(stage), kept)))

    def do_merge(self, stage: dict[str, Any]) -> None:
        self.give(stage, [x for i in stage["ins"] for x in self.passed[i]])

    def do_zip(self, stage: dict[str, Any]) -> None:
        a, b = (self.passed[i] for i in stage["ins"])
        length = max(len(a), len(b))
        pairs = zip(a + [0] * (length - len(a)), b + [0] * (length - len(b)), strict=True)
        self.give(stage, [3 * x + y & WORD for x, y in pairs])

    def do_server(self, stage: dict[str, Any]) -> None:
        pass

    def do_call(self, stage: dict[str, Any]) -> None:
        answer = self.function(self.servers[stage["server"]])
        self.give(stage, list(map(answer, self.passed[stage["ins"][0]])))

    def do_tree(self, stage: dict[str, Any]) -> None:
        level, width = [stage["seed"]], stage["width"]
        for _ in range(stage["depth"]):
            level = [at * width + i + 1 & WORD for at in level for i in range(width)]
            self.tasks += len(level)
        self.give(stage, [sum(map(mix, level)) & WORD])

    def do_count(self, stage: dict[str, Any]) -> None:
        once = sum(mix(stage["seed"] + i & WORD) for i in range(stage["n"]))
        self.sums[stage["sum"]] = self.sums[stage["sum"]] + stage["workers"] * once & WORD

    def do_sink(self, stage: dict[str, Any]) -> None:
        added = digest(self.passed[stage["ins"][0]], ordered=stage["ordered"])
        into = self.digests[stage["digest"]]
        into[:] = [into[0] + added[0], into[1] + added[1] & WORD, into[2] + added[2] & WORD]

    def do_late(self, stage: dict[str, Any]) -> None:
        self.refused += stage["workers"] * REFUSALS[self.program["channels"][stage["ins"][0]]["plain"]]
