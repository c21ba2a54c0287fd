"""Random concurrent programs whose result does not depend on the schedule (README.md describes their parts).

What makes it so, and what keeps them from deadlock:
- streams flow one way, from sources to sinks; every channel has one consuming stage, which takes until it is closed;
- a stage that waits for one particular stream (`zip`) has only streams that no stage gives to in turn with another
  (`all`), so whoever feeds the one is never blocked by the other;
- a value may go to any of several channels (`any`) only where all of them do the same with it and are merged again;
- the order of values counts only in a stream with one producer whose stages have all had one task;
- of two sides of a channel without a buffer one at most only tries;
- a gate counts tasks that wait for nothing but a mutex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Program = dict[str, Any]

SELECTABLE = ("plain", "select", "timeout", "try")
CAPACITIES = st.sampled_from((0, 0, 1, 2, 3, 7, 64))
WORD = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Stream:
    """A channel that nobody takes from yet."""

    channel: int
    ordered: bool  # one task gives to it, in an order that does not depend on the schedule
    alone: bool  # nobody gives to it in turn with another channel


class Builder:
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.program: Program = {"channels": [], "sums": 0, "gates": [], "digests": 0, "stages": []}
        self.open: list[Stream] = []

    # What stages are made of

    def channel(self, producers: int, *, counted: bool = True, selectable: bool = False) -> int:
        """One without producers is never closed."""
        plain = not selectable and self.draw(st.booleans())
        closer = producers > 0 and self.draw(st.booleans())
        self.program["channels"].append(
            {"capacity": self.draw(CAPACITIES), "plain": plain, "producers": producers, "closer": closer,
             "counted": counted}
        )  # fmt: skip
        return len(self.program["channels"]) - 1

    def take(self, *channels: int) -> str:
        if any(self.program["channels"][c]["plain"] for c in channels):
            return "plain"
        return self.draw(st.sampled_from(SELECTABLE))

    def give(self, *channels: int) -> str:
        """Not `try` where there is no buffer: two sides that only try never meet."""
        manner = self.take(*channels)
        if manner == "try" and any(self.program["channels"][c]["capacity"] == 0 for c in channels):
            return "select"
        return manner

    def stage(self, kind: str, **parts: Any) -> None:
        self.program["stages"].append({"kind": kind, **parts})

    def workers(self) -> int:
        return self.draw(st.integers(1, 4))

    def function(self) -> dict[str, int]:
        return {"mul": self.draw(WORD) | 1, "add": self.draw(WORD)}

    def pick(self, fits: list[Stream]) -> Stream:
        stream = self.draw(st.sampled_from(fits))
        self.open.remove(stream)
        return stream

    def any_stream(self) -> Stream:
        if not self.open:
            self.source()
        return self.pick(self.open)

    # The steps

    def source(self) -> None:
        out = self.channel(1)
        gate = self.draw(st.integers(-1, len(self.program["gates"]) - 1))
        self.stage("source", outs=[out], give=self.give(out), n=self.draw(st.integers(0, 60)),
                   seed=self.draw(WORD), gate=gate)  # fmt: skip
        self.open.append(Stream(out, ordered=True, alone=True))

    def tree(self) -> None:
        out = self.channel(1)
        self.stage("tree", outs=[out], give=self.give(out), depth=self.draw(st.integers(0, 3)),
                   width=self.draw(st.integers(1, 4)), seed=self.draw(WORD))  # fmt: skip
        self.open.append(Stream(out, ordered=True, alone=True))

    def map(self) -> None:
        stream = self.any_stream()
        workers = self.workers()
        out = self.channel(workers)
        self.stage("map", ins=[stream.channel], outs=[out], take=self.take(stream.channel),
                   give=self.give(out), workers=workers, **self.function(),
                   drop=self.draw(st.sampled_from((0, 0, 2, 3))))  # fmt: skip
        self.open.append(Stream(out, ordered=stream.ordered and workers == 1, alone=stream.alone))

    def to_any_and_back(self) -> None:
        stream = self.any_stream()
        splitters = self.workers()
        split = [self.channel(splitters, counted=False, selectable=True) for _ in range(self.draw(st.integers(2, 3)))]
        self.stage("map", ins=[stream.channel], outs=split, take=self.take(stream.channel), workers=splitters)
        function = self.function()
        joined = []
        for one in split:
            workers = self.workers()
            out = self.channel(workers, counted=False, selectable=True)
            self.stage("map", ins=[one], outs=[out], take=self.take(one), give=self.give(out),
                       workers=workers, **function)  # fmt: skip
            joined.append(out)
        self.merge_of(joined, alone=stream.alone)

    def to_all(self) -> None:
        stream = self.any_stream()
        workers = self.workers()
        outs = [self.channel(workers) for _ in range(self.draw(st.integers(2, 3)))]
        self.stage("map", ins=[stream.channel], outs=outs, take=self.take(stream.channel),
                   give=self.give(*outs), workers=workers, to_all=True, **self.function())  # fmt: skip
        self.open += [Stream(out, ordered=stream.ordered and workers == 1, alone=False) for out in outs]

    def merge(self) -> None:
        fits = [s for s in self.open if not self.program["channels"][s.channel]["plain"]]
        if len(fits) < 2:
            return self.source()
        ins = [self.pick(fits := [s for s in fits if s in self.open])
               for _ in range(self.draw(st.integers(2, min(5, len(fits)))))]  # fmt: skip
        return self.merge_of([s.channel for s in ins], alone=all(s.alone for s in ins))

    def merge_of(self, ins: list[int], *, alone: bool) -> None:
        out = self.channel(1)
        self.stage("merge", ins=ins, outs=[out], give=self.give(out))
        self.open.append(Stream(out, ordered=False, alone=alone))

    def zip(self) -> None:
        fits = [s for s in self.open if s.ordered and s.alone]
        if len(fits) < 2:
            return self.source()
        first = self.pick(fits)
        second = self.pick([s for s in fits if s != first])
        out = self.channel(1)
        ins = [first.channel, second.channel]
        self.stage("zip", ins=ins, outs=[out], take=self.take(*ins), give=self.give(out))
        return self.open.append(Stream(out, ordered=True, alone=True))

    def call(self) -> None:
        stream = self.any_stream()
        workers = self.workers()
        server = self.channel(workers, counted=False)
        replies = [self.channel(0, counted=False) for _ in range(workers)]
        out = self.channel(workers)
        self.stage("server", server=server, take=self.take(server), workers=self.workers(), **self.function())
        self.stage("call", ins=[stream.channel], outs=[out], take=self.take(stream.channel),
                   give=self.give(out), workers=workers, server=server, replies=replies)  # fmt: skip
        self.open.append(Stream(out, ordered=stream.ordered and workers == 1, alone=stream.alone))

    def count(self) -> None:
        workers = self.workers()
        gate = -1
        if self.draw(st.booleans()):
            gate = len(self.program["gates"])
            self.program["gates"].append(workers)
        if self.program["sums"] == 0 or self.draw(st.booleans()):
            self.program["sums"] += 1
        self.stage("count", sum=self.draw(st.integers(0, self.program["sums"] - 1)), n=self.draw(st.integers(0, 40)),
                   seed=self.draw(WORD), workers=workers, gate=gate)  # fmt: skip

    def late(self) -> None:
        if self.open:
            self.stage("late", ins=[self.draw(st.sampled_from(self.open)).channel], workers=self.workers())

    def sink(self) -> None:
        stream = self.any_stream()
        workers = self.workers()
        if self.program["digests"] == 0 or self.draw(st.booleans()):
            self.program["digests"] += 1
        self.stage("sink", ins=[stream.channel], take=self.take(stream.channel), workers=workers,
                   digest=self.draw(st.integers(0, self.program["digests"] - 1)),
                   ordered=stream.ordered and workers == 1)  # fmt: skip

    STEPS = (source, tree, map, to_any_and_back, to_all, merge, zip, call, count, late, sink)


@st.composite
def programs(draw: st.DrawFn, most_steps: int = 12) -> Program:
    builder = Builder(draw)
    for step in draw(st.lists(st.sampled_from(Builder.STEPS), min_size=1, max_size=most_steps)):
        step(builder)
    while builder.open:
        builder.sink()
    return builder.program
