"""What is run under a seed: which program, which calls fail, how often, on how many cores, with or without signals."""

from __future__ import annotations

import random
from dataclasses import dataclass

CALLS = ("mmap", "munmap", "madvise", "mprotect", "mincore", "pthread_create", "futex", "membarrier", "epoll",
         "eventfd", "timerfd", "signalfd", "fork", "pipe", "poll", "open", "new")  # fmt: skip

# Without memory a task cannot begin, and by design that ends the program, so the other calls are also tried alone.
BEARABLE = tuple(name for name in CALLS if name not in ("mmap", "new"))

# By name in the table. mprotect is only called where madvise has failed.
SETS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in CALLS},
    "mprotect": ("madvise", "mprotect"),
    "bearable": BEARABLE,
    "everything": CALLS,
    "signals": (),
    "signals, bearable": BEARABLE,
}

# What mn does not ask for (descriptors of any kind) is tried with the conductor, which does. That goes without `new`:
# libstdc++ itself ends a program that has no memory for the next entry of a folder.
OF_VICTIM = ("mmap", "munmap", "madvise", "mprotect", "mincore", "pthread_create", "futex", "membarrier", "open", "new",
             "bearable", "everything", "signals", "signals, bearable")  # fmt: skip
OF_CONDUCTOR = ("mmap", "madvise", "pthread_create", "futex", "signalfd", "fork", "pipe", "poll", "open",
                "bearable", "everything", "signals", "signals, bearable")  # fmt: skip

# Three seeds in four are the victim's; in one row of turns each set of calls comes up.
TURNS = [turn for i, last in enumerate(OF_CONDUCTOR)
         for turn in [("victim", OF_VICTIM[(3 * i + k) % len(OF_VICTIM)]) for k in range(3)] + [("conductor", last)]
         ]  # fmt: skip

RATES = (2, 5, 20, 100, 500)
HEAD_STARTS = (0, 0, 5, 50, 500)
MORE_OFTEN = {"new": 20}  # is called so much more often than the others


@dataclass(frozen=True)
class Case:
    seed: int
    target: str  # victim, conductor
    calls: str  # a key of SETS
    one_in: int
    after: int
    cores: int

    @property
    def signals(self) -> bool:
        """Also for calls that mn only makes when SIGQUIT asks it for a dump."""
        return self.calls.startswith("signals") or (self.target == "victim" and self.calls in ("membarrier", "open"))

    @property
    def failing(self) -> tuple[str, ...]:
        return tuple(name for name in SETS[self.calls] if self.target == "victim" or name != "new")

    @property
    def faults(self) -> str | None:
        """As THREADMARK_FAULTS; None where nothing fails."""
        if not self.failing:
            return None
        return f"seed={self.seed},one_in={self.one_in},calls={'+'.join(self.failing)},after={self.after}"


def case_of(seed: int) -> Case:
    """Depends on the seed alone, so that a seed is all that it takes to repeat a case."""
    target, calls = TURNS[seed % len(TURNS)]
    draw = random.Random(seed)
    more = MORE_OFTEN.get(calls, 1)
    return Case(seed, target, calls, more * draw.choice(RATES), more * draw.choice(HEAD_STARTS), draw.choice((1, 2)))
