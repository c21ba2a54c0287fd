"""What is planted into simulated histories: the truth that the detection is held against.

A size is that of a time: a regression by 10 % makes it 1.1 times as long, an improvement by 10 % takes that back.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

COMMITS = 200
PERCENTS = (3, 5, 10, 30)
MACHINE = 110  # the first commit on another kernel: it ends one history of each subject, and begins another
MARGIN = 12  # commits at either end of a history without a change; how late one is found is counted apart
APART = 25  # commits between two changes of one history
DRIFT_COMMITS, DRIFT_PERCENT = 50, 15
SPIKES = (0, 3)  # so many runs of a history are far off by themselves, and
SPIKE = (1.15, 2.0)  # by such a factor
COUNTS_PERCENT = (0.2, 2)  # of exact counts: one that is too little to matter, and one that is not


@dataclass(frozen=True)
class Planted:
    kind: Literal["step", "drift"]
    first: int  # the first commit of the new level; where it drifts, the first that has left the old one
    last: int  # the first that has reached the new level; the same where it is a step
    percent: float
    worse: bool

    @property
    def log(self) -> float:
        """Of the factor, where more is better."""
        return math.log1p(self.percent / 100) * (-1 if self.worse else 1)

    def level(self, commits: int) -> np.ndarray:
        """What it adds to the log of each commit."""
        return self.log * np.clip((np.arange(commits) - self.first + 1) / (self.last - self.first + 1), 0.0, 1.0)


@dataclass(frozen=True)
class Truth:
    """Of one subject, over all commits."""

    planted: Sequence[Planted]
    spikes: Sequence[tuple[int, float]]  # the commit, and the log

    def level(self, commits: int) -> np.ndarray:
        found = sum((one.level(commits) for one in self.planted), np.zeros(commits))
        for at, log in self.spikes:
            found[at] += log
        return found


def plant(rng: np.random.Generator, subject: int) -> Truth:
    """One subject in eight drifts, one in eight does not change, the others have two steps of different sizes on each
    machine."""
    machines = ((0, MACHINE), (MACHINE, COMMITS))
    kind = subject % 8
    if kind == 0:
        planted = [drift(rng, machines[subject // 8 % 2])]
    elif kind == 1:
        planted = []
    else:
        planted = [one for machine in machines for one in two_steps(rng, machine)]
    count = int(rng.integers(*SPIKES))
    places = rng.choice(COMMITS, count, replace=False)
    sizes = np.log(rng.uniform(*SPIKE, count)) * rng.choice((-1, 1), count)
    return Truth(planted, [(int(at), float(log)) for at, log in zip(places, sizes, strict=True)])


def two_steps(rng: np.random.Generator, machine: tuple[int, int]) -> list[Planted]:
    start, end = machine[0] + MARGIN, machine[1] - MARGIN
    first = int(rng.integers(start, end - APART))
    second = int(rng.integers(first + APART, end))
    percents = rng.choice(PERCENTS, 2, replace=False)
    return [
        Planted("step", at, at, float(percent), bool(rng.random() < 0.5))
        for at, percent in zip((first, second), percents, strict=True)
    ]


def drift(rng: np.random.Generator, machine: tuple[int, int]) -> Planted:
    first = int(rng.integers(machine[0] + MARGIN, machine[1] - MARGIN - DRIFT_COMMITS))
    return Planted("drift", first, first + DRIFT_COMMITS, DRIFT_PERCENT, bool(rng.random() < 0.5))


def plant_count(rng: np.random.Generator) -> Truth:
    """A step of each size of COUNTS_PERCENT."""
    first = int(rng.integers(MARGIN, MACHINE - MARGIN))
    second = int(rng.integers(MACHINE + MARGIN, COMMITS - MARGIN))
    sizes = zip((first, second), rng.permutation(COUNTS_PERCENT), strict=True)
    return Truth([Planted("step", at, at, float(size), bool(rng.random() < 0.5)) for at, size in sizes], [])
