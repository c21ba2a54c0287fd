"""Latency of single operations, timed one by one: percentile curves, and the cost of the clock that timed them."""

from statistics import median

from plots import units
from plots.chart import Axis, Chart
from plots.drawing import Drawing, nothing_to_draw
from plots.figures.leads import lead_of
from plots.figures.lines import draw_lines, failure_notes, marks_of, panels_of
from plots.frame import (
    Entry,
    Summary,
    Table,
    cores_label,
    cores_of,
    floor_note,
    is_contest,
    metric_label,
    params_label,
)
from plots.style import look

NAME = "latency"
STEPS = {"p50_ns": "p50", "p90_ns": "p90", "p99_ns": "p99", "p999_ns": "p99.9"}
CLOCK, TAIL, RAREST = "clock_ns", "p99_ns", "p999_ns"
SAMPLES_FOR_RAREST = 1000  # with fewer, the nearest rank of p99.9 is the last


def draw(summary: Summary) -> Drawing:
    timed = {cell["workload"] for cell in summary["cells"] if cell["metric"] == RAREST}
    cells = [cell for cell in summary["cells"] if cell["workload"] in timed]
    entries = [cell for cell in cells if cell["metric"] in STEPS]
    if not any(cell["n"] for cell in entries):
        return nothing_to_draw(NAME, "No latencies were measured", "no trial that times single operations ended ok")
    clocks = [cell["median"] for cell in cells if cell["metric"] == CLOCK and cell["median"]]
    clock = (median(clocks), "cost of the clock") if clocks else None
    shown, steps = panels_of(by_title(entries), STEPS), list(STEPS.values())
    label = "latency: lower is better"
    figure = draw_lines(shown, steps, "ns", label, clock)
    chart = Chart(
        "line", Axis("percentile", scale="ordinal", order=tuple(steps)), Axis(label, "ns"),
        tuple(marks_of(shown, steps)), references=(clock,) if clock else (),
    )  # fmt: skip
    notes = (
        "Medians over the blocks of each trial's percentiles, with 95 % intervals.",
        *clock_note(clocks),
        *rarest_note(entries),
        *failure_notes(shown),
        floor_note(summary),
    )
    return Drawing(NAME, title_of(summary, entries), notes, figure, table_of(cells), chart)


def by_title(entries: list[Entry]) -> dict[str, list[Entry]]:
    """A panel for each workload, parameters (where they differ) and number of cores."""
    found: dict[str, list[Entry]] = {}
    for cell in entries:
        choices = {params_label(other["params"]) for other in entries if other["workload"] == cell["workload"]}
        params = [params_label(cell["params"])] if len(choices) > 1 else []
        title = ", ".join([cell["workload"], *params, cores_label(cell["params"]["cores"])])
        found.setdefault(title, []).append(cell)
    return found


def clock_note(clocks: list[float]) -> list[str]:
    """What of each latency is the clock's."""
    if not clocks:
        return []
    span = units.interval([min(clocks), max(clocks)], "ns")
    return [f"Each latency has one reading of the clock in it: {span}, by model; the dashed line is their median."]


def rarest_note(entries: list[Entry]) -> list[str]:
    few = {
        f"{cell['workload']} ({cell['params']['samples']:,})": None
        for cell in entries
        if cell["params"].get("samples", SAMPLES_FOR_RAREST) < SAMPLES_FOR_RAREST
    }
    return [f"p99.9 of fewer than 1,000 samples is the longest of them: {units.listing(list(few))}."] if few else []


def title_of(summary: Summary, entries: list[Entry]) -> str:
    """Of each contest on the most cores, who has the lowest p99, where the verdicts allow it."""
    tails = [cell for cell in entries if cell["metric"] == TAIL and is_contest(cell)]
    places: dict[tuple[str, str], list[Entry]] = {}
    for cell in tails:
        places.setdefault((cell["workload"], params_label(cell["params"])), []).append(cell)
    parts = []
    for (workload, _), cells in places.items():
        most = cores_of(cells)[-1]
        lead = lead_of(summary, [cell for cell in cells if cell["params"]["cores"] == most], "below")
        parts.append(f"{workload} ({cores_label(most)}): {lead}")
    return f"Lowest p99 – {'; '.join(parts)}" if parts else "Latency by percentiles: nothing in which models compete"


def table_of(cells: list[Entry]) -> Table:
    columns = ("workload", "parameters", "cores", "percentile", "model", "median", "95 % interval", "outcome", "reason")
    names = {**STEPS, CLOCK: "the clock itself"}
    rows = tuple(
        (
            cell["workload"], params_label(cell["params"]), cores_label(cell["params"]["cores"]),
            names.get(cell["metric"], metric_label(cell["metric"])), look(cell["model"]).label,
            units.quantity(cell["median"], "ns"), units.interval(cell["ci95"], "ns"), cell["outcome"],
            cell["reason"] or "–",
        )
        for cell in cells
    )  # fmt: skip
    return Table(columns, rows)
