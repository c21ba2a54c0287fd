"""python -m reports.bars RUN_DIR [--strict]: which bars of bars.toml a run's summary.json meets, as a Markdown table.

It informs: exit code 0 whether bars are met or missed. 1 where a bar was not measured, so that nothing passes for want
of data, but for those that only another profile measures; with --strict also where one is missed. 2 without a summary.
A bar is open where it asks for a verdict and the noise keeps this run from giving one, or where a rate that is a lower
bound could turn it round.

Invariants: every bar has a line for each of its cells and numbers of cores, or one that says that there is none; a
measured number stands beside both sides that it was made of; the rules are data, here is only how they are read.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from analysis import UnreadableRun, read_summary
from analysis.command_line import Parser
from analysis.contracts import catalogue, profiles
from plots import units
from plots.frame import Table, cores_label, metric_label, params_label
from plots.style import look

BARS = Path(__file__).with_name("bars.toml")
BOUNDS = {
    "at_least": lambda bound, value, _verdict: value >= bound,
    "at_most": lambda bound, value, _verdict: value <= bound,
    "below": lambda bound, value, _verdict: value < bound,
    "exactly": lambda bound, value, _verdict: value == bound,
    "ahead": lambda _bound, _value, verdict: verdict == "better",
    "not_worse": lambda _bound, _value, verdict: verdict != "worse",
}
SIGNS = {"at_least": "≥", "at_most": "≤", "below": "<", "exactly": "="}
SELECTORS = {"workload", "params", "metric", "model", "cores", "profile"}
KINDS = {
    "against": {"at_least", "ahead", "not_worse"},
    "share_of": {"at_most", "below"},
    "against_cores": {"at_least", "not_worse"},
    "total": {"at_most", "below"},
    "": {"at_most", "below", "exactly"},
}
ELSEWHERE = "not measured: only a run of"  # which is no want of data

Bar = dict[str, Any]
Summary = dict[str, Any]
Entry = dict[str, Any]


class BrokenBars(Exception):
    """bars.toml says something that this program does not know."""


class Line(NamedTuple):
    """A bar on one cell: what is asked and what was found. `result` is met, missed, open or not measured, and perhaps
    why."""

    cell: str
    cores: str
    required: str
    measured: str
    interval: str
    mine: str
    theirs: str
    result: str


def load_bars(path: Path = BARS) -> list[Bar]:
    bars = tomllib.loads(path.read_text(encoding="utf-8"))["bar"]
    for bar in bars:
        what = f"bar on {bar.get('workload')!r}"
        missing = {"workload", "model"} - bar.keys()
        unknown = bar.keys() - SELECTORS - KINDS.keys() - BOUNDS.keys()
        kinds, bounds = bar.keys() & KINDS.keys(), bar.keys() & BOUNDS.keys()
        if missing or unknown:
            raise BrokenBars(f"{what}: missing {sorted(missing)}, unknown {sorted(unknown)}")
        if len(kinds) > 1 or len(bounds) != 1 or not bounds <= KINDS[next(iter(kinds), "")]:
            raise BrokenBars(f"{what}: {sorted(kinds)} with {sorted(bounds)} is not one kind with one of its bounds")
        if "metric" not in bar and "against_cores" not in bar:
            raise BrokenBars(f"{what}: names no metric")
        if bar.get("profile", "quick") not in profiles():
            raise BrokenBars(f"{what}: no profile {bar['profile']!r}")
    return bars


def judge_all(summary: Summary, bars: list[Bar] | None = None) -> list[Line]:
    return [line for bar in (load_bars() if bars is None else bars) for line in lines_of(bar, summary)]


def lines_of(bar: Bar, summary: Summary) -> Iterator[Line]:
    """In the summary's order; a number of cores for which there is no entry has a line that says so."""
    section = "ratios" if other_of(bar) else "across_cores" if "against_cores" in bar else "cells"
    found = [entry for entry in summary[section] if fits(bar, entry)]
    for cores in bar.get("cores") or sorted({entry["params"]["cores"] for entry in found}) or [None]:
        mine = [entry for entry in found if entry["params"]["cores"] == cores]
        yield from (line_of(bar, entry, summary) for entry in mine)
        if not mine:
            cell = label(bar["workload"], bar.get("params", {}), bar.get("metric"))
            where = "–" if cores is None else cores_label(cores)
            elsewhere = bar.get("profile") not in (None, summary["environment"]["profile"])
            why = f"{ELSEWHERE} {bar['profile']} has it" if elsewhere else "not measured: not in this run"
            yield Line(cell, where, required(bar), "–", "–", "–", "–", why)


def other_of(bar: Bar) -> str | None:
    """The model that it is held against."""
    return bar.get("against") or bar.get("share_of")


def fits(bar: Bar, entry: Entry) -> bool:
    if (entry["model"], entry["workload"]) != (bar["model"], bar["workload"]):
        return False
    if "metric" in bar and entry["metric"] != bar["metric"]:
        return False
    if entry.get("baseline", "") != (other_of(bar) or entry.get("baseline", "")):
        return False
    if entry.get("baseline_cores") != bar.get("against_cores"):
        return False
    return all(entry["params"].get(name) == value for name, value in bar.get("params", {}).items())


def line_of(bar: Bar, entry: Entry, summary: Summary) -> Line:
    compared = "ratio" in entry
    sides = [(entry["model"], entry["params"]["cores"])]
    if compared:
        sides.append((entry["baseline"], entry.get("baseline_cores", entry["params"]["cores"])))
    cells = [cell_like(entry, model, cores, summary) for model, cores in sides]
    value, bounds = value_of(bar, entry, cells[0], summary), entry["ci95"]
    if "share_of" in bar:
        interval = units.interval(shares(bounds, cells[0]), "%")
    else:
        interval = units.factors(bounds) if compared else units.interval(bounds, entry["unit"])
    texts = [
        f"{look(cell['model']).label} {units.quantity(cell['median'], cell['unit'])}"
        + (f" on {cores_label(cell['params']['cores'])}" if "against_cores" in bar else "")
        for cell in cells
    ]
    return Line(
        cell=label(entry["workload"], entry["params"], entry["metric"]),
        cores=cores_label(entry["params"]["cores"]),
        required=required(bar),
        measured=quantity(bar, value) if "share_of" in bar or not compared else units.factor(value),
        interval="–" if "total" in bar else interval,
        mine=texts[0],
        theirs=texts[1] if compared else "–",
        result=result_of(bar, value, entry.get("verdict"), cells),
    )


def value_of(bar: Bar, entry: Entry, mine: Entry, summary: Summary) -> float | None:
    if "share_of" in bar:
        return None if entry["ratio"] is None else shares([entry["ratio"]], mine)[0] / 100
    if "ratio" in entry:
        return entry["ratio"]
    if "total" in bar:
        return total_of(entry, summary)
    there = [value for value in entry["values"] if value is not None]
    if "exactly" in bar and there:
        return max(there, key=lambda value: abs(value - bar["exactly"]))  # the block that is furthest from it
    return entry["median"]


def shares(ratios: list[float] | None, mine: Entry) -> list[float] | None:
    """In percent of the other's: a ratio says how many times better, which for a cost is how many times less."""
    if ratios is None:
        return None
    turned = [ratio if mine["better"] == "higher" else 1 / ratio for ratio in ratios]
    return sorted(100 * share for share in turned)


def total_of(cell: Entry, summary: Summary) -> float | None:
    """What all n tasks take together: the slopes have it."""
    for slope in summary["slopes"]:
        same = all(slope[key] == cell[key] for key in ("model", "workload", "metric"))
        if same and slope["cores"] == cell["params"]["cores"]:
            return next((entry["median"] for entry in slope["totals"] if entry["n"] == cell["params"]["n"]), None)
    return None


def cell_like(entry: Entry, model: str, cores: int, summary: Summary) -> Entry:
    """The cell of that model and number of cores that is like the entry in all else."""
    params = {**entry["params"], "cores": cores}
    for cell in summary["cells"]:
        if (cell["model"], cell["workload"], cell["metric"], cell["params"]) == (
            model, entry["workload"], entry["metric"], params,
        ):  # fmt: skip
            return cell
    raise BrokenBars(f"{entry['workload']}: the summary has a comparison with {model} but not its cell")


def result_of(bar: Bar, value: float | None, verdict: str | None, cells: list[Entry]) -> str:
    # The median of those trials that survived a failure proves nothing.
    reasons = [f"{look(cell['model']).label}: {cell['reason']}" for cell in cells if cell["reason"]]
    if value is None or reasons:
        return f"not measured: {'; '.join(reasons) or 'no value'}"
    name = bound_of(bar)
    met = BOUNDS[name](bar[name], value, verdict)
    mine, *others = cells
    # What a higher rate of the one side, or of the other, could turn round.
    doubtful = [one for one in (others if met else [mine]) if one.get("at_least")]
    if doubtful and len(cells) > 1:
        return f"open: {look(doubtful[0]['model']).label} may serve more, it was not the server that set the limit"
    # Where the verdict decides and the number says otherwise, this run has not decided it.
    if (name == "ahead" and value > 1 and not met) or (name == "not_worse" and value < 1 and met):
        return "open: within the noise"
    return "met" if met else "missed"


def bound_of(bar: Bar) -> str:
    (name,) = bar.keys() & BOUNDS.keys()
    return name


def required(bar: Bar) -> str:
    name = bound_of(bar)
    other = other_of(bar)
    whom = look(other).label if other else None
    where = cores_label(bar["against_cores"]) if "against_cores" in bar else None
    if name == "ahead":
        return f"ahead of {whom}"
    if name == "not_worse":
        return f"not worse than {whom}" if whom else f"not slower than on {where}"
    if "share_of" in bar:
        return f"{SIGNS[name]} {100 * bar[name]:g} % of {whom}"
    if whom or where:
        return f"{SIGNS[name]} {bar[name]:g}× {whom or f'itself on {where}'}"
    return f"{SIGNS[name]} {quantity(bar, bar[name])}"


def quantity(bar: Bar, value: float | None) -> str:
    """Totals in GB of 10^9 bytes, as a bar on them is put; shares in percent."""
    if "share_of" in bar:
        return "–" if value is None else units.quantity(100 * value, "%")
    if "total" in bar:
        return "–" if value is None else f"{value / 1e9:.2f} GB in all"
    return units.quantity(value, catalogue()[bar["workload"]]["metrics"][bar["metric"]]["unit"])


def label(workload: str, params: dict[str, int], metric: str | None) -> str:
    parts = [workload, params_label(params), metric_label(metric) if metric else "–"]
    return ", ".join(part for part in parts if part != "–")


COLUMNS = ("cell", "cores", "required", "measured", "95 % interval", "model", "against", "result")
RESULTS = ("met", "missed", "open", "not measured")


def table(lines: list[Line]) -> Table:
    return Table(COLUMNS, tuple(tuple(line) for line in lines))


def measured(lines: list[Line]) -> list[Line]:
    return [line for line in lines if not line.result.startswith("not measured")]


def in_short(lines: list[Line]) -> str:
    counts = [f"{sum(line.result.startswith(result) for line in lines)} {result}" for result in RESULTS]
    return f"{len(lines)} bars: {units.listing(counts)}."


def markdown(lines: list[Line]) -> str:
    rows = [COLUMNS, ["---"] * len(COLUMNS), *lines]
    return "\n".join("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in rows)


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m reports.bars", description="Which bars a run meets.")
    parser.add_argument("run_dir", type=Path, help="a run's folder with a summary.json, such as out/latest")
    parser.add_argument("--strict", action="store_true", help="exit code 1 also where a bar is missed")
    given = parser.parse_args(arguments)
    try:
        lines = judge_all(read_summary(given.run_dir))
    except UnreadableRun as error:
        print(f"reports.bars: {error}", file=sys.stderr)
        return 2
    print(markdown(lines))
    print(f"\n{in_short(lines)}")
    bad = ("missed", "not measured") if given.strict else ("not measured",)
    return 1 if any(line.result.startswith(bad) for line in lines if not line.result.startswith(ELSEWHERE)) else 0


if __name__ == "__main__":
    sys.exit(main())
