"""What an operation takes by count: system calls of every model, instructions and allocations of mn."""

from typing import Any

from analysis.ratios import SUBJECT
from plots import units
from plots.frame import Table, cores_label, models_of, params_label
from plots.style import look
from reports.parts.blocks import Block, Heading, Text, grid

Count = dict[str, Any]
CALLS = "system calls"
OF_SUBJECT = ("instructions", "allocations")


def blocks(summary: dict[str, Any]) -> list[Block]:
    counts = summary["counts"]
    if not counts:
        return [Text("System calls were not counted with this run: make counts counts them.")]
    cores = units.listing(sorted({cores_label(count["params"]["cores"]) for count in counts}))
    caption = f"{CALLS.capitalize()} of one operation on {cores}, and what else {look(SUBJECT).label} takes for it"
    how = (
        "Counted apart from the trials, because counting slows: system calls by strace, instructions and allocations "
        "by Valgrind. Each is what a larger run takes more than a smaller one, so the start of a process is not in it. "
        "Where two counts differ, both are there."
    )
    return [Heading("counts", "Counted, not timed"), Text(how), *grid(table(counts), caption)]


def table(counts: list[Count]) -> Table:
    models = models_of(counts)
    names = [(model, CALLS) for model in models] + [(SUBJECT, unit) for unit in OF_SUBJECT]
    heads = [look(model).label for model in models] + [f"{look(SUBJECT).label}: {unit}" for unit in OF_SUBJECT]
    rows: dict[tuple[str, ...], dict[tuple[str, str], Count]] = {}
    for count in counts:
        operation = count["metric"].partition("_per_")[2].replace("_", " ")
        place = (count["workload"], params_label(count["params"]), operation)
        rows.setdefault(place, {})[count["model"], count["unit"]] = count
    return Table(
        ("workload", "parameters", "for one", *heads),
        tuple((*place, *(told(its.get(name)) for name in names)) for place, its in rows.items()),
    )


def told(count: Count | None) -> str:
    """Rounded to what two counts can agree on; noise below zero is zero."""
    if count is None:
        return "–"
    found = dict.fromkeys(worded(value) for value in sorted(count["values"]))
    return " – ".join(found)


def worded(value: float) -> str:
    return units.number(value) if value >= 10 else f"{max(value, 0.0):.2f}"
