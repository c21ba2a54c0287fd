"""Picks out of a summary what figures and tables show, and names it. Knows summary.json and nothing else."""

import re
from dataclasses import dataclass
from typing import Any

from plots.style import in_order

Summary = dict[str, Any]
Entry = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A line of a figure or table: one metric of one workload with its parameters, but for the cores."""

    workload: str
    params: tuple[tuple[str, int], ...]
    metric: str
    unit: str


@dataclass(frozen=True)
class Table:
    """What a figure shows, as text. `columns` name the cells of each row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def row_of(entry: Entry) -> Row:
    params = tuple((name, value) for name, value in entry["params"].items() if name != "cores")
    return Row(entry["workload"], params, entry["metric"], entry["unit"])


def is_part(metric: str) -> bool:
    """Whether the metric is a part of another one, as bytes_per_task.resident is."""
    return "." in metric


# Not in the figures that compare: evidence for claims about one model, in which being better than another means
# nothing, and what stands beside a metric. The tables have all of it.
NO_CONTEST = frozenset({"memory_over_time", "laptop", "backend", "leaked", "waits_in_parallel", "timer_error"})
BESIDE = frozenset({
    "os_threads", "p90_ns", "clock_ns",
    # Of a server under load one rate, one price and one latency are compared; the other latencies are in a figure of
    # their own, and the rest says how far to trust them.
    "at50_p50_us", "at50_p99_us", "at50_p999_us", "at75_p50_us", "at75_p999_us", "at90_p50_us", "at90_p99_us",
    "at90_p999_us", "errors", "server_cpu_percent", "client_cpu_percent", "client_lag_p99_us",
})  # fmt: skip


def is_contest(entry: Entry) -> bool:
    """Whether figures compare the models by this metric."""
    return not is_part(entry["metric"]) and entry["workload"] not in NO_CONTEST and entry["metric"] not in BESIDE


def rows_of(entries: list[Entry], unit: str | None = None) -> list[Row]:
    """The headline rows, in the summary's order."""
    rows = (row_of(entry) for entry in entries if not is_part(entry["metric"]))
    return [row for row in dict.fromkeys(rows) if row.unit and unit in (None, row.unit)]


def cores_of(entries: list[Entry]) -> list[int]:
    return sorted({entry["params"]["cores"] for entry in entries})


def models_of(entries: list[Entry]) -> list[str]:
    return in_order(entry["model"] for entry in entries)


def index(entries: list[Entry]) -> dict[tuple[Row, int, str], Entry]:
    """By row, cores and model. Of ratios, give those of one baseline."""
    return {(row_of(entry), entry["params"]["cores"], entry["model"]): entry for entry in entries}


def row_labels(rows: list[Row]) -> dict[Row, str]:
    """Names as short as can be: parameters that never vary within the workload are left out, and so is the metric
    where the workload has one only."""
    labels = {}
    for row in rows:
        others = [other for other in rows if other.workload == row.workload]
        params = [
            f"{name} {value:,}"
            for name, value in row.params
            if len({dict(other.params).get(name) for other in others}) > 1
        ]
        metric = [metric_label(row.metric)] if len({other.metric for other in others}) > 1 else []
        labels[row] = ", ".join([row.workload, *params, *metric])
    return labels


def metric_label(metric: str) -> str:
    name, _, part = metric.partition(".")
    words = {
        "bytes_per_task": "bytes",
        "create_ns_per_task": "create",
        "wake_ns_per_task": "wake",
        "cpu_ms": "CPU time",
        "sleep_p50_ms": "p50",
        "sleep_p99_ms": "p99",
        "sleep_max_ms": "longest",
        "bytes_per_connection": "bytes",
        "requests_per_s": "requests/s",
        "cpu_us_per_request": "CPU time",
        "server_cpu_percent": "server's CPU",
        "client_cpu_percent": "client's CPU",
        "client_lag_p99_us": "client's lag, p99",
    }.get(name) or percentile_under_load(name)
    return f"{words}: {part.replace('_', ' ')}" if part else words


def percentile_under_load(metric: str) -> str:
    """at75_p999_us: of the latencies with 75 % of what the server can serve. Of another metric its name."""
    found = re.fullmatch(r"at(\d+)_p(\d\d)(\d?)_us", metric)
    if found is None:
        return metric.replace("_", " ")
    load, whole, tenth = found.groups()
    return f"p{whole}{f'.{tenth}' if tenth else ''} at {load} %"


def params_label(params: dict[str, int] | tuple[tuple[str, int], ...]) -> str:
    items = params.items() if isinstance(params, dict) else params
    return ", ".join(f"{name} {value:,}" for name, value in items if name != "cores") or "–"


def cores_label(cores: int) -> str:
    return "1 core" if cores == 1 else f"{cores} cores"


def floor_note(summary: Summary) -> str:
    """The noise floor in words, for under a figure."""
    aa = summary["aa"]
    if aa["noise_floor"] is None:
        return "No A/A pairs in this run, so its noise floor is not known."
    return f"A/A noise floor: {aa['noise_floor']:.2f}× ({aa['pairs']} pairs of one model with itself)."


def failure_of(cell: Entry) -> str | None:
    """How the cell failed and why; None where it ended ok."""
    return None if cell["outcome"] == "ok" else f"{cell['outcome'].replace('_', ' ')}: {cell['reason']}"


def trials_note(cell: Entry) -> str:
    return "1 trial" if cell["n"] == 1 else f"{cell['n']} trials"
