"""Simulated runs as records of the store: SIMULATED DATA, measured nowhere, which its machine's name says as well.

Each commit has one run of each profile. What no change point rests on (p, the smallest effect, the verdict of a ratio)
is left out; the twin's pairs are judged by the analysis itself.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from analysis import stats
from analysis.names import TWIN
from analysis.ratios import BASELINES, SUBJECT, conclude_each
from analysis.trust.simulated import TIME
from analysis.verdict import SMALLEST_FLOOR
from ci.history import rows
from ci.history.database import Store
from ci.history.machine import facts_of
from ci.history.record import Record, Row
from ci.history.run_folder import utc
from ci.history.schema import canonical
from ci.selftest import noise
from ci.selftest.truth import COMMITS, MACHINE, Truth, plant, plant_count

YARDSTICK = BASELINES[0]
TWINS = 10  # subjects that the twin runs as well
FIRST_RUN = datetime(2030, 1, 1, tzinfo=UTC)
KERNELS = ("Linux 1.0 (simulated)", "Linux 2.0 (simulated)")


class Name(NamedTuple):
    workload: str
    params: str  # canonical JSON
    metric: str
    unit: str


@dataclass(frozen=True)
class Names:
    times: list[Name]
    exact: list[Name]  # counts that repeat to the digit
    counts: list[Name]  # those that nearly do


@dataclass(frozen=True)
class Simulated:
    """What was put into a store."""

    truths: Mapping[Name, Truth]
    spreads: Mapping[tuple[str, Name], float]  # by profile, of a trial's log
    commits: Sequence[str]
    lost: Sequence[Name]  # subjects that the last run lacks, by a crash or altogether


def simple_names(subjects: int) -> Names:
    def some(workload: str, count: int, metric: str, unit: str) -> list[Name]:
        return [Name(workload, canonical({"subject": at, "cores": 1}), metric, unit) for at in range(count)]

    counts = max(1, subjects // 10)
    return Names(
        some("simulated_time", subjects, "ns_per_task", "ns"),
        some("simulated_count", counts, "instructions_per_task", "instructions"),
        some("simulated_bytes", counts, "bytes_per_task", "B"),
    )


def fill(store: Store, names: Names, profiles: Mapping[str, int], seed: int) -> Simulated:
    """A run of each profile (its blocks) for each commit, each in a transaction of its own, as an import is."""
    rng = np.random.default_rng(seed)
    truths = {name: plant(rng, at) for at, name in enumerate(names.times)}
    truths |= {name: plant_count(rng) for name in (*names.exact, *names.counts)}
    commits = [hashlib.sha1(f"{seed} {at}".encode()).hexdigest() for at in range(COMMITS)]
    lost = [names.times[-1], names.counts[-1]]
    spreads = {}
    of_profiles = []
    for minutes, (profile, blocks) in enumerate(profiles.items()):
        cells, of_profile = cells_by_run(rng, names, truths, blocks)
        spreads |= {(profile, name): spread for name, spread in of_profile.items()}
        of_profiles.append((minutes, profile, blocks, cells))
    for at, commit in enumerate(commits):
        for minutes, profile, blocks, cells in of_profiles:
            started = FIRST_RUN + timedelta(hours=at, minutes=minutes)
            run = run_row(f"simulated-{profile}-{at:03}", started, commit, profile, blocks, KERNELS[at >= MACHINE])
            with store.writing() as connection:
                rows.write(connection, record_of(run, cells, at, lost if at == COMMITS - 1 else []))
    return Simulated(truths, spreads, commits, lost)


@dataclass(frozen=True)
class Summaries:
    """Of one cell or ratio, by run: the median over the blocks, its interval, the deviation."""

    name: Name
    model: str
    baseline: str | None
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mad: np.ndarray
    logs: np.ndarray | None = None  # of the twin, by run and block


def cells_by_run(
    rng: np.random.Generator, names: Names, truths: Mapping[Name, Truth], blocks: int
) -> tuple[list[Summaries], dict[Name, float]]:
    machine = (np.arange(COMMITS) >= MACHINE).astype(int)
    better = np.array([truths[name].level(COMMITS) for name in names.times])
    twins = min(TWINS, len(names.times))
    drawn = noise.times(rng, better, machine, blocks, twins)
    found: list[Summaries] = []
    for at, name in enumerate(names.times):
        mn, other = drawn.mn[at], drawn.yardstick[at]
        found += [cell(name, SUBJECT, TIME * np.exp(mn)), cell(name, YARDSTICK, TIME * np.exp(other))]
        found.append(ratio(name, SUBJECT, YARDSTICK, other - mn))
        if at < twins:
            found.append(cell(name, SUBJECT + TWIN, TIME * np.exp(drawn.twin[at])))
            found.append(ratio(name, SUBJECT + TWIN, SUBJECT, mn - drawn.twin[at]))
    for name in (*names.exact, *names.counts):
        values = noise.count_values(rng, truths[name].level(COMMITS), blocks, exact=name in names.exact)
        found.append(cell(name, SUBJECT, values))
    return found, dict(zip(names.times, map(float, drawn.spread), strict=True))


def cell(name: Name, model: str, values: np.ndarray) -> Summaries:
    ordered, outside = np.sort(values, axis=-1), stats.left_out(values.shape[-1])
    median = np.median(values, axis=-1)
    mad = np.median(np.abs(values - median[:, None]), axis=-1)
    return Summaries(name, model, None, median, ordered[:, outside], ordered[:, -1 - outside], mad)


def ratio(name: Name, model: str, baseline: str, logs: np.ndarray) -> Summaries:
    ordered, outside = np.sort(logs, axis=-1), stats.left_out(logs.shape[-1])
    bounds = np.exp(ordered[:, outside]), np.exp(ordered[:, -1 - outside])
    median = np.exp(np.median(logs, axis=-1))
    return Summaries(name, model, baseline, median, *bounds, np.zeros(len(logs)), logs)


def record_of(run: Row, found: Sequence[Summaries], at: int, lost: Sequence[Name]) -> Record:
    """The run at one commit: of `lost`, the first has crashed in mn and the others are not there."""
    there = [one for one in found if one.name not in lost]
    crashed = [one for one in found if one.name in lost[:1] and one.model == SUBJECT and one.baseline is None]
    twins = [one for one in there if one.model != SUBJECT and one.baseline == SUBJECT]
    blocks = run["blocks"]
    return Record(
        run=run | {"aa_pairs": len(twins), "aa_false_alarms": false_alarms([one.logs[at] for one in twins])},
        machine=facts_of(run["environment"]),
        cells=[*(cell_row(one, at, blocks) for one in there if one.baseline is None),
               *(crash_row(one, blocks) for one in crashed)],
        ratios=[ratio_row(one, at, blocks) for one in there if one.baseline is not None],
    ).sorted()  # fmt: skip


def false_alarms(pairs: Sequence[np.ndarray]) -> int:
    """The twin's pairs that the analysis calls different, as `aa` of a summary counts them."""
    compared: list[dict[str, Any]] = [
        {"p": stats.wilcoxon_p(logs), "logs": logs, "log_interval": stats.median_interval(logs), "obstacle": None}
        for logs in map(list, pairs)
    ]
    conclude_each(compared, [SMALLEST_FLOOR] * len(compared))
    return sum(one["verdict"] in ("better", "worse") for one in compared)


def key_row(one: Summaries) -> Row:
    return {**one.name._asdict(), "model": one.model, "better": "lower"}


def cell_row(one: Summaries, at: int, blocks: int) -> Row:
    measured = {name: float(getattr(one, name)[at]) for name in ("median", "low", "high", "mad")}
    ended = {"expressed": "native", "outcome": "ok", "outcomes": {"ok": blocks}, "reason": None, "n": blocks}
    return {**key_row(one), **ended, **measured}


def crash_row(one: Summaries, blocks: int) -> Row:
    measured = dict.fromkeys(("median", "low", "high", "mad"))
    ended = {"outcome": "crash", "outcomes": {"crash": blocks}, "reason": "a simulated crash", "n": 0}
    return {**key_row(one), "expressed": "native", **ended, **measured}


def ratio_row(one: Summaries, at: int, blocks: int) -> Row:
    measured = {"ratio": float(one.median[at]), "low": float(one.low[at]), "high": float(one.high[at]), "n": blocks}
    left_out = {**dict.fromkeys(("p", "p_adjusted", "mde")), "noise_floor": SMALLEST_FLOOR, "verdict": "cannot_tell"}
    return {**key_row(one), "baseline": one.baseline, **measured, **left_out}


def run_row(name: str, started: datetime, commit: str, profile: str, blocks: int, kernel: str) -> Row:
    moment = started.strftime("%Y-%m-%dT%H:%M:%SZ")
    environment = environment_of(name, moment, commit, profile, blocks, kernel)
    its = {"name": name, "started": utc(moment), "commit": commit, "dirty": False, "profile": profile, "blocks": blocks}
    return {**its, "environment": environment, "method": {"simulated": True}, "noise_floor": None}


def environment_of(name: str, moment: str, commit: str, profile: str, blocks: int, kernel: str) -> dict[str, Any]:
    """As environment.schema.json wants it, but that nothing was planned."""
    return {
        "schema": 1, "run": name, "started": moment, "profile": profile, "command": ["simulated"], "seed": 0,
        "blocks": blocks, "commit": commit, "dirty": False, "kernel": kernel, "libc": "none", "compiler": "none",
        "flags": "", "limits": {}, "spin_steps_per_us": 1, "plan": {"cells": 0, "trials": 0},
        "machine": {"cpu": "simulated, no processor", "cores": 2, "allowed_cpus": 2, "memory_bytes": 2**33,
                    "arch": "none", "virtualization": None},
        "models": {model: {"version": "0.0", "variants": [], "capabilities": {}} for model in (SUBJECT, YARDSTICK)},
        "warnings": ["Simulated: nothing was measured."],
    }  # fmt: skip
