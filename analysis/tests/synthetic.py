"""Makes a run's folder out of a seed: TEST DATA, measured nowhere. It has the form of a real run and its troubles:
drift shared within a block, noise of each trial's own, models that fail where models fail, the A/A twin.

`effects` plants a known factor: {"tbb": 1.2} makes every time of tbb 1.2 times as long as the table says.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from analysis.contracts import CellKey, blocks_of_cells, catalogue, cells_of_choice, plan_of, profiles
from analysis.costs import operation_of
from analysis.names import first_name
from analysis.summary import summarise

MODELS = ("mn", "os_threads", "boost_fiber", "tbb", "go")
PARTS = ("resident", "page_tables", "kernel_stack", "kernel_slab", "reserved")

# ns by model: spawn_join, ping_pong, worker_pool, select_fan_in, skynet, create, wake
TIMES = {
    "mn": (150.0, 97.0, 62.0, 140.0, 170.0, 700.0, 180.0),
    "os_threads": (52_000.0, 17_000.0, 2_100.0, 9_000.0, 31_000.0, 48_000.0, 21_000.0),
    "boost_fiber": (2_500.0, 400.0, 230.0, 1_500.0, 2_900.0, 8_500.0, 600.0),
    "tbb": (160.0, 420.0, 310.0, 1_100.0, 900.0, 5_200.0, 800.0),
    "go": (880.0, 310.0, 95.0, 350.0, 1_300.0, 900.0, 350.0),
}
# ms by model: cpu of an idle window, and a sleep beside a spinning task on one core (p50, p99, most) and on two
IDLE = {"mn": 0.4, "os_threads": 3.2, "boost_fiber": 0.1, "tbb": 0.3, "go": 95.0}
SLEEPS = {
    "mn": ((500.0, 500.0, 500.0), (1.1, 2.0, 3.9)),
    "os_threads": ((1.1, 1.8, 2.3), (1.1, 1.2, 2.3)),
    "boost_fiber": ((500.0, 500.0, 500.0), (1.0, 3.2, 3.8)),
    "tbb": ((500.0, 500.0, 500.0), (1.1, 3.9, 4.8)),
    "go": ((20.0, 24.0, 24.5), (1.1, 5.3, 7.6)),
}
# bytes of a parked task by part, in the order of PARTS; one that has not run yet takes NOT_RUN of each part
NOT_RUN = 0.1
BYTES = {
    "mn": (4_290.0, 60.0, 0.0, 0.0, 262_144.0),
    "os_threads": (8_620.0, 4_110.0, 16_384.0, 5_500.0, 8_392_704.0),
    "boost_fiber": (7_400.0, 4_108.0, 0.0, 0.0, 131_072.0),
    "boost_fiber.guarded": (8_300.0, 4_112.0, 0.0, 180.0, 135_168.0),
    "tbb": (8_700.0, 1_900.0, 0.0, 150.0, 1_048_576.0),
    "go": (2_690.0, 22.0, 0.0, 0.0, 2_800.0),
}
# The servers. A made-up run of a usual profile has these cells of them in place of its profile's: what `smoke` runs of
# them is too little for a figure.
SERVED = {
    "echo_server": ({"route": [0]}, {"connections": [1000], "route": [1, 2]}),
    "idle_connections": ({"n": [1000, 10_000]},),
}
SERVERS = ("mn", "mn.stackless", "os_threads", "boost_fiber", "tbb", "go", "go.http", "mn.again")
USUAL = ("smoke", "quick", "full")
# µs of the processor that a request to / takes, with 100, 1,000 and 10,000 connections; what the other routes take
# more; p50 and p99 in requests' CPU times, with 75 % of what it can serve
REQUESTS = {
    "mn": ((3.8, 4.1, 5.2), (1.1, 50.2), (9.0, 40.0)),
    "mn.stackless": ((3.9, 4.0, 4.6), (1.4, 50.1), (9.0, 36.0)),
    "os_threads": ((6.2, 9.2, 21.0), (9.0, 55.0), (14.0, 240.0)),
    "boost_fiber": ((6.9, 8.0, 10.4), (2.4, 50.6), (11.0, 95.0)),
    "tbb": ((6.4, 7.6, 11.9), (3.9, 51.0), (12.0, 120.0)),
    "go": ((4.2, 5.1, 6.9), (1.9, 50.8), (10.0, 62.0)),
    "go.http": ((9.1, 10.4, 13.3), (2.1, 51.1), (10.0, 66.0)),
}
WAITS = (1.0, 1.9, 4.4)  # of the latencies, with 100, 1,000 and 10,000 connections
LOADS = {"at50": 0.6, "at75": 1.0, "at90": 2.3}
# bytes of an idle connection by part, in the order of PARTS
CONNECTIONS = {
    "mn": (5_630.0, 60.0, 0.0, 5_100.0, 262_144.0),
    "mn.stackless": (1_390.0, 14.0, 0.0, 5_060.0, 1_500.0),
    "os_threads": (9_700.0, 4_110.0, 16_384.0, 10_600.0, 8_392_704.0),
    "boost_fiber": (9_900.0, 4_108.0, 0.0, 5_120.0, 131_072.0),
    "tbb": (10_100.0, 1_900.0, 0.0, 5_200.0, 1_048_576.0),
    "go": (4_760.0, 40.0, 0.0, 5_090.0, 5_000.0),
    "go.http": (17_800.0, 70.0, 0.0, 5_110.0, 18_000.0),
}
LIMITS = {
    "os_threads": (32_448, "limit", "pthread_create: EAGAIN at 32448 threads; kernel.pid_max is 32768"),
    "boost_fiber.guarded": (32_765, "limit", "SIGABRT with 65530 memory maps; vm.max_map_count is 65530"),
    "tbb": (65_000, "limit", "SIGSEGV with 65530 memory maps; vm.max_map_count is 65530"),
}

# CPU time over time, of those workloads that repeat one operation.
CORES_BUSY = 1.5

Change = Callable[[dict[str, Any]], None]
Planned = tuple[str, str, dict[str, int]]  # model, workload, parameters


def write_run(
    folder: Path, *, profile: str = "smoke", blocks: int | None = None, seed: int = 1, noise: float = 0.04,
    effects: dict[str, float] | None = None, models: tuple[str, ...] = MODELS, change: Change | None = None,
    workloads: tuple[str, ...] | None = None, raw: bool = False, as_planned: bool = False,
) -> Path:  # fmt: skip
    """Writes environment.json and trials.jsonl into the folder; `change` may alter each trial first. With `raw`, also
    what the costs are made of. With `as_planned` the servers' cells are the profile's, in as many blocks."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = [
        (model, workload, params)
        for model, workload, params in (planned(profile) if as_planned else with_servers(profile))
        if model.split(".")[0] in models and (workloads is None or workload in workloads)
    ]
    count = blocks if blocks is not None else profiles()[profile]["blocks"]
    limits = blocks_of_cells(profiles()[profile], allowed=2) if as_planned else {}
    lines = list(trials(plan, count, limits, seed, noise, effects or {}))
    for trial in lines:
        if change is not None:
            change(trial)
    document = environment(profile, count, seed, models, len(lines))
    (folder / "environment.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "trials.jsonl").write_text("".join(json.dumps(trial) + "\n" for trial in lines), encoding="utf-8")
    if raw:
        write_raw(folder, lines)
    return folder


def write_raw(folder: Path, lines: list[dict[str, Any]]) -> None:
    """Google Benchmark's own result of each trial that repeats one operation, 1,000 times in an iteration."""
    (folder / "raw").mkdir(exist_ok=True)
    for trial in lines:
        operation = operation_of(trial["workload"])
        if operation and trial["outcome"] == "ok" and trial["raw"]:
            real = 1000 * trial["metrics"][f"ns_per_{operation}"]["value"]
            entry = {"iterations": 10, "real_time": real, "cpu_time": real * CORES_BUSY}
            (folder / trial["raw"]).write_text(json.dumps({"benchmarks": [entry]}), encoding="utf-8")


def trials(
    plan: list[Planned], blocks: int, limits: dict[CellKey, int], seed: int, noise: float, effects: dict[str, float]
) -> Iterator[dict[str, Any]]:
    # The servers' cells have dice of their own, so that the others are what they are without them.
    served = [one for place, one in enumerate(plan) if one[1] in SERVED and one not in plan[:place]]
    plans = [
        ([one for one in plan if one[1] not in SERVED], np.random.default_rng(seed)),
        (served, np.random.default_rng([seed, 1])),
    ]
    order = 0
    for block in range(1, blocks + 1):
        for its, rng in plans:
            drift = {cell: rng.normal(0.0, 0.1) for cell in sorted({str((w, p)) for _, w, p in its})}
            for place in rng.permutation(len(its)):
                model, workload, params = its[place]
                scale = float(np.exp(drift[str((workload, params))] + rng.normal(0.0, noise)))
                if 0 < limits.get((workload, frozenset(params.items())), 0) < block:
                    continue
                order += 1
                yield trial(block, order, model, workload, params, scale * effects.get(model, 1.0), rng)


def planned(profile: str) -> Iterator[Planned]:
    for model, cells in plan_of(profiles()[profile]):
        for workload, choices in cells.items():
            for choice in choices:
                for params in cells_of_choice(workload, choice, [1, 2], allowed=2):
                    yield model, workload, params


def with_servers(profile: str) -> Iterator[Planned]:
    yield from (one for one in planned(profile) if one[1] not in SERVED)
    for model in SERVERS if profile in USUAL else ():
        for workload, choices in SERVED.items():
            for choice in choices:
                for params in cells_of_choice(workload, choice, [1], allowed=2):
                    yield model, workload, params


def trial(
    block: int, order: int, model: str, workload: str, params: dict[str, int], scale: float, rng: np.random.Generator
) -> dict[str, Any]:
    outcome, reason = fate(model, workload, params)
    moment = {"parked": "parked", "spawned": "spawned", "idle_connections": "connected"}.get(workload)
    extra = {"ledger": ledger(moment, params["n"])} if moment and outcome == "ok" else {}
    composed = workload == "select_fan_in" and first_name(model) not in ("mn", "go")
    return {
        "schema": 1,
        "run": "synthetic",
        "block": block,
        "order": order,
        "model": model,
        "model_version": "0.0",
        "workload": workload,
        "params": params,
        "expressed": "unsupported" if outcome == "unsupported" else
                     "composed" if composed or model in ("os_threads", "tbb") else "native",
        "outcome": outcome,
        "reason": reason,
        "effective": {"cores": params["cores"], "os_threads": params["cores"] + 1, "stack_bytes": 262144},
        "metrics": metrics(model, workload, params, scale, rng) if outcome == "ok" else {},
        "rusage": {"user_s": 0.2, "sys_s": 0.1, "max_rss_bytes": 9_000_000, "voluntary_switches": 10,
                   "involuntary_switches": 2, "minor_faults": 300, "major_faults": 0},
        "noise": {"steal_ticks": 0, "load1": 0.4},
        "raw": f"raw/{order:06d}.json",
        "started": "2030-01-01T00:00:00Z",
        "duration_s": 0.4,
        **extra,
    }  # fmt: skip


def ledger(moment: str, n: int) -> dict[str, Any]:
    zeros = dict.fromkeys(PARTS, 0)
    kernel = "/proc/meminfo"
    sources = ("/proc/PID/smaps_rollup", "/proc/PID/status", kernel, kernel, "/proc/PID/status")
    return {"sources": dict(zip(PARTS, sources, strict=True)), "baseline": zeros, moment: zeros, "n": n}


def fate(model: str, workload: str, params: dict[str, int]) -> tuple[str, str | None]:
    if workload == "spawned" and model == "os_threads":
        return "unsupported", "held_start: a thread is the kernel's to run as soon as it has been made"
    tasks = params.get("n", params.get("leaves", 0) * 10 // 9)
    if model == "os_threads" and workload == "skynet" and tasks > 32_448:
        return "timeout", "no result within 60 s; it held 32448 threads"
    most, outcome, reason = LIMITS.get(model, (10**9, "ok", None))
    if tasks > most and (workload in ("parked", "idle") or model == "os_threads") and workload != "spawn_join":
        return outcome, reason
    return "ok", None


FASTEST = ("spawn_join", "ping_pong", "worker_pool", "select_fan_in", "skynet")
ORDINARY = {"ns": 1000.0, "B": 5000.0, "calls": 100.0, "tasks": 10.0, "×": 1.1}


def metrics(
    model: str, workload: str, params: dict[str, int], scale: float, rng: np.random.Generator
) -> dict[str, dict[str, Any]]:
    base = first_name(model)
    times = TIMES[base.split(".")[0]]
    speedup = 1.0 if params["cores"] == 1 else 0.7
    known = catalogue()[workload]["metrics"]
    if workload == "echo_server":
        values = under_load(base, params, scale)
    elif workload == "idle_connections":
        parts = {
            f"bytes_per_connection.{part}": max(0.0, size + rng.normal(0, 3.0) + 40_000.0 / params["n"])
            for part, size in zip(PARTS, CONNECTIONS[base], strict=True)
        }
        total = sum(value for name, value in parts.items() if not name.endswith("reserved"))
        values = {"bytes_per_connection": total, **parts}
    elif workload in ("parked", "spawned"):
        share = 1.0 if workload == "parked" else NOT_RUN
        parts = {
            f"bytes_per_task.{part}": max(0.0, size * share + rng.normal(0, 3.0) + 40_000.0 / params["n"])
            for part, size in zip(PARTS, BYTES[base], strict=True)
        }
        total = sum(value for name, value in parts.items() if not name.endswith("reserved"))
        values = {"bytes_per_task": total, **parts}
        if workload == "parked" and base != "tbb":  # which does not tell its stacks
            resident = parts["bytes_per_task.resident"]
            values |= {
                "bytes_per_task.stack": resident * 0.7,
                "bytes_per_task.control_block": resident * 0.1,
                "bytes_per_task.heap": resident * 0.2,
            }
        if workload == "parked":
            threads = params["n"] + 1 if base == "os_threads" else params["cores"] + 4
            values |= {
                "create_ns_per_task": times[5] * scale,
                "wake_ns_per_task": times[6] * scale,
                "os_threads": threads,
                "bytes_per_task.whole": total + 12.0,
                "bytes_per_task.not_accounted": 12.0,
            }
    elif workload == "idle":
        values = {"cpu_ms": IDLE[base.split(".")[0]] * scale}
    elif workload == "sleep_beside_spin":
        lengths = SLEEPS[base.split(".")[0]][0 if params["cores"] == 1 else 1]
        values = {name: length * scale for name, length in zip(known, lengths, strict=True)}
    elif workload in FASTEST:
        place = FASTEST.index(workload)
        work = params.get("work_ns", 0) / params["cores"]
        values = {next(iter(known)): (times[place] * speedup + work) * scale}
    else:  # those behind a claim: of the right unit and no more
        values = {name: ORDINARY[metric["unit"]] * scale for name, metric in known.items()}
    return {name: {"value": value, **known[name]} for name, value in values.items()}


def under_load(model: str, params: dict[str, int], scale: float) -> dict[str, float]:
    """One model is so fast with few connections that it is the client that is measured."""
    costs, more, percentiles = REQUESTS[model]
    size = min(2, sum(params["connections"] > step for step in (100, 1000)))
    cpu = (costs[size] + (0.0, *more)[params["route"]]) * scale
    share = 84.0 if (model, size, params["route"]) == ("mn.stackless", 0, 0) else 99.4
    wait = 5000.0 if params["route"] == 1 else 0.0
    p50, p99 = (wait + cpu * times * WAITS[size] * scale for times in percentiles)
    latencies = {
        f"{load}_{name}_us": value * times
        for load, times in LOADS.items()
        for name, value in (("p50", p50), ("p99", p99), ("p999", 1.8 * p99))
    }
    return {
        "requests_per_s": share * params["share_percent"] * 100.0 / cpu,
        "cpu_us_per_request": cpu,
        **latencies,
        "errors": 0.0,
        "server_cpu_percent": share,
        "client_cpu_percent": 61.0 * scale,
        "client_lag_p99_us": 22.0 * scale,
    }


def environment(profile: str, blocks: int, seed: int, models: tuple[str, ...], count: int) -> dict[str, Any]:
    names = ("go", "yield", "sleep_for", "unbuffered_channel", "buffered_channel", "select", "wait_group", "mutex",
             "held_start", "cancellation")  # fmt: skip
    native = {"mn": names, "go": names, "boost_fiber": (*names[:5], "mutex", "held_start"), "tbb": ("go", "held_start"),
              "os_threads": ("go", "yield", "sleep_for", "mutex")}  # fmt: skip

    def capability(model: str, name: str) -> dict[str, str]:
        if (model, name) == ("os_threads", "held_start"):
            return {"label": "unsupported", "by": "a thread is the kernel's to run as soon as it has been made"}
        if name == "cancellation" and name not in native[model]:
            return {"label": "unsupported", "by": "the library has no tree of cancellation"}
        if name in native[model]:
            return {"label": "native", "by": f"{model}::{name}"}
        return {"label": "composed", "by": "the library's own blocking"}

    return {
        "schema": 1,
        "run": "synthetic",
        "started": "2030-01-01T00:00:00Z",
        "profile": profile,
        "command": ["threadmark", "run", f"--profile={profile}"],
        "seed": seed,
        "blocks": blocks,
        "machine": {"cpu": "Made-up CPU", "cores": 2, "allowed_cpus": 2, "memory_bytes": 25_000_000_000,
                    "arch": "x86_64", "virtualization": "kvm"},
        "kernel": "Linux 0.0 (test data)",
        "libc": "glibc 0.0",
        "compiler": "none",
        "flags": "-O2",
        "limits": {"kernel.pid_max": 32768, "vm.max_map_count": 65530, "memory.max": None, "stack": "8388608"},
        "commit": None,
        "dirty": None,
        "spin_steps_per_us": 700,
        "models": {
            model: {"version": "0.0", "variants": ["guarded"] if model == "boost_fiber" else [],
                    "capabilities": {name: capability(model, name) for name in names}}
            for model in models
        },
        "plan": {"cells": count // max(blocks, 1), "trials": count},
        "warnings": ["this is made-up test data <not measured> & may not be quoted"],
    }  # fmt: skip


def summary_of(folder: Path, **options: Any) -> dict[str, Any]:
    return summarise(write_run(folder, **options))


def trust_document(**changes: Any) -> dict[str, Any]:
    """What `make trust` leaves behind, made up."""

    def share(count: int, of: int) -> dict[str, Any]:
        return {"count": count, "of": of, "share": count / of, "ci95": [max(0.0, count / of - 0.1), 0.97]}

    def row(model: str, percent: int, worse: int) -> dict[str, Any]:
        found = share(worse, 80) if percent else None
        return {"model": model, "percent": percent, "comparisons": 80, "worse": worse, "better": 0, "same": 3,
                "cannot_tell": 77 - worse, "found": found, "false_alarms": share(0 if percent else worse, 80),
                "held": share(75, 80)}  # fmt: skip

    rows = [row("mn.again", 0, 1), row("mn.slow5", 5, 20), row("mn.slow20", 20, 72)]
    nothing = {"count": 0, "of": 0, "share": None, "ci95": None}
    empty = {"model": "mn.again", "percent": 0, "comparisons": 0, "worse": 0, "better": 0, "same": 0, "cannot_tell": 0,
             "found": None, "false_alarms": nothing, "held": nothing}  # fmt: skip
    held = [{"what": what, **share(count, 1000)} for what, count in (("medians", 938), ("ratios", 941))]
    return {
        "schema": 1,
        "run": "synthetic-trust",
        "started": "2030-01-01T00:00:00Z",
        "commit": "abc",
        "blocks": 40,
        "trials": 2400,
        "bounds": {"coverage": [0.92, 0.98], "coverage_from_blocks": 5, "false_alarms": 0.05},
        "measured": [{"blocks": 5, "groups": 8, "rows": rows}, {"blocks": 20, "groups": 0, "rows": [empty]}],
        "simulated": [{"blocks": 5, "groups": 200, "rows": rows, "coverage": held}],
        "missed": [],
        **changes,
    }


@cache
def _kept_summary(profile: str) -> str:
    with TemporaryDirectory() as folder:
        return json.dumps(summary_of(Path(folder), profile=profile, blocks=3, raw=True))


def kept_summary(profile: str = "smoke") -> dict[str, Any]:
    """A summary that many tests share; each gets a copy of its own."""
    return json.loads(_kept_summary(profile))


def empty_summary() -> dict[str, Any]:
    """Of a run that was stopped before its first trial ended."""
    with TemporaryDirectory() as folder:
        write_run(Path(folder))
        (Path(folder) / "trials.jsonl").write_text("", encoding="utf-8")
        return summarise(Path(folder))
