"""python -m ci.selftest.libraries: the candidates for finding change points, on the same simulated series.

Each gets the ratios of runs, without a store, and is scored as the self-test scores. Those that are not installed are
said to be so: all can be installed into an environment of their own beside numpy, scipy and this repository's
requirements (ci/DESIGN.md has what came of it, and the commands).
"""

import importlib.metadata
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.command_line import Parser
from analysis.trust.counts import share
from analysis.trust.table import table
from ci.changes.detect import ALPHA, scatter, segments, steps_of
from ci.changes.points import SMALLEST_TIME
from ci.selftest import noise
from ci.selftest.score import TOLERANCE
from ci.selftest.table import shown
from ci.selftest.truth import COMMITS, MACHINE, PERCENTS, Planted, plant

SEED, SERIES, BLOCKS = 7, 480, 5
STEADY = 0.05  # scatter of a run: what is noisier shows 10 % to none of them

Found = list[tuple[int, float]]  # the first point of a new level, and the log of its change
Finder = Callable[[np.ndarray], Found]


def by_ruptures() -> Finder:
    return lambda ratios: [
        (one.after, one.log) for one in steps_of(np.log(ratios), SMALLEST_TIME, 2 * SERIES) if not one.gradual
    ]


def by_ruptures_alone() -> Finder:
    """PELT with the same penalty, and no test of what it finds."""

    def find(ratios: np.ndarray) -> Found:
        logs = np.log(ratios)
        return levels(ratios, segments(logs / scatter(logs)))

    return find


def by_otava(p: float) -> Finder:
    from otava.analysis import compute_change_points

    def find(ratios: np.ndarray) -> Found:
        found, _ = compute_change_points(list(map(float, ratios)), max_pvalue=p, min_magnitude=0.05)
        return levels(ratios, [int(one.index) for one in found])

    return find


def by_signal_processing_algorithms() -> Finder:
    """Its p is of a hundred permutations, so that one in a hundred is the least it can be."""
    from signal_processing_algorithms.energy_statistics.energy_statistics import e_divisive

    return lambda ratios: levels(ratios, sorted(map(int, e_divisive(ratios, pvalue=0.01))))


CANDIDATES: dict[str, tuple[str, Callable[[], Finder]]] = {
    "ruptures, tested": ("ruptures", by_ruptures),
    "ruptures alone": ("ruptures", by_ruptures_alone),
    "apache-otava, p 0.001": ("apache-otava", lambda: by_otava(0.001)),
    "apache-otava, p as ours": ("apache-otava", lambda: by_otava(ALPHA / (2 * SERIES * MACHINE))),
    "signal-processing-algorithms": ("signal-processing-algorithms", by_signal_processing_algorithms),
}


def levels(ratios: np.ndarray, places: Sequence[int]) -> Found:
    """What a library gives as a place alone, with the size of the change; too small ones are not reported."""
    means = [float(np.mean(part)) for part in np.split(np.log(ratios), places)]
    sizes = np.diff(means)
    return [(at, float(log)) for at, log in zip(places, sizes, strict=True) if abs(log) >= SMALLEST_TIME]


@dataclass(frozen=True)
class Series:
    ratios: np.ndarray
    planted: Sequence[Planted]
    steady: bool


def simulate(rng: np.random.Generator) -> Iterator[Series]:
    """Each subject's first machine."""
    truths = [plant(rng, at) for at in range(SERIES)]
    better = np.array([truth.level(COMMITS)[:MACHINE] for truth in truths])
    drawn = noise.times(rng, better, np.zeros(MACHINE, dtype=int), BLOCKS, 1)
    ratios = np.exp(np.median(drawn.yardstick - drawn.mn, axis=-1))
    for truth, its, spread in zip(truths, ratios, drawn.spread, strict=True):
        steady = float(spread) * np.sqrt(np.pi / BLOCKS + noise.LEFTOVER**2) <= STEADY
        yield Series(its, [one for one in truth.planted if one.first < MACHINE], bool(steady))


@dataclass
class Counted:
    found: dict[float, list[bool]] = field(default_factory=lambda: {size: [] for size in PERCENTS})
    right: int = 0
    reported: int = 0
    in_drifts: int = 0
    seconds: float = 0.0


def count(find: Finder, series: Sequence[Series]) -> Counted:
    its = Counted()
    start = time.perf_counter()
    for one in series:
        left = find(one.ratios)
        its.reported += len(left)
        if any(planted.kind == "drift" for planted in one.planted):
            its.in_drifts += len(left)
            continue
        for planted in one.planted:
            own = [f for f in left if abs(f[0] - planted.first) <= TOLERANCE and (f[1] < 0) == planted.worse]
            if own:
                left.remove(own[0])
            its.right += bool(own)
            if one.steady:
                its.found[planted.percent].append(bool(own))
    its.seconds = time.perf_counter() - start
    return its


def row(name: str, package: str, its: Counted, series: int) -> tuple[str, ...]:
    found = (shown(share(sum(its.found[size]), len(its.found[size]))) for size in PERCENTS)
    outside = its.reported - its.in_drifts
    version = importlib.metadata.version(package)
    speed = f"{1000 * its.seconds / series:.1f} ms"
    return f"{name} {version}", *found, shown(share(its.right, outside)), str(its.in_drifts), speed


def main(arguments: Sequence[str] | None = None) -> int:
    Parser(prog="python -m ci.selftest.libraries", description=__doc__).parse_args(arguments)
    series = list(simulate(np.random.default_rng(SEED)))
    head = ("", *(f"found at {size} %" for size in PERCENTS), "precision", "steps reported of drifts", "a series")
    rows = [head]
    for name, (package, candidate) in CANDIDATES.items():
        try:
            find = candidate()
        except ImportError as error:
            print(f"{name}: not here ({error})")
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries that are not ours
            rows.append(row(name, package, count(find, series), len(series)))
    steady = sum(one.steady for one in series)
    title = f"{len(series)} series of {MACHINE} runs; found in the {steady} whose runs scatter by at most {STEADY:.0%}"
    print("\n".join(table(title, rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
