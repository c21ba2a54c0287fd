"""Two runs side by side: how many times better each model is in the second, a row a workload, on a log axis. Drawn from
compare.json, whose comparisons have the form that rows are made of."""

from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from plots import units
from plots.chart import Axis
from plots.drawing import Drawing, decades, nothing_to_draw
from plots.figures.dots import Dot, Layout, chart_of, collect, draw_dots
from plots.figures.ratio import decorate, references
from plots.frame import (
    Entry,
    Row,
    Table,
    cores_label,
    cores_of,
    index,
    is_contest,
    metric_label,
    models_of,
    params_label,
    row_of,
    rows_of,
)
from plots.style import look

NAME, LABEL = "shift", "times better in B than in A"
LEAST_REACH = 1.5  # the axis shows a factor of at least so much, so that noise does not look like change


def draw(compared: dict[str, Any]) -> Drawing:
    entries = [entry for entry in compared["comparisons"] if is_contest(entry) and entry["times_better"] is not None]
    if not entries:
        return nothing_to_draw(NAME, "Nothing can be compared", "no cell has a value in both runs")
    found = index(entries)

    def find(row: Row, count: int, model: str) -> Dot | None:
        entry = found.get((row, count, model))
        if entry is None:
            return None
        note = f"{entry['verdict'].replace('_', ' ')}: {entry['reason']}"
        return Dot(entry["times_better"], entry["ci95"], note=note)

    floor = floor_of(compared)
    reach = 1.15 * max([LEAST_REACH, *(max(e["times_better"], 1 / e["times_better"]) for e in entries)])
    layout = Layout(rows_of(entries), cores_of(entries), models_of(entries))
    dots = collect(layout, find)
    figure = draw_dots(layout, dots, LABEL, partial(decorate_shift, floor=floor, reach=reach))
    notes = [
        "Hodges–Lehmann shift with its 95 % interval; above 1 run B is better. Of times the ratios to the yardstick of "
        "each run are compared, of everything else the values. The axis reaches as far as the shifts, not as their "
        "intervals."
    ]
    if floor is not None:
        notes.append(f"On both sides of 1 is the noise floor of times in both runs together: {units.factor(floor)}.")
    shown = chart_of(layout, dots, Axis(LABEL), references("in A", floor))
    return Drawing(NAME, title_of(entries), tuple(notes), figure, table_of(entries), shown)


def decorate_shift(axes: Axes, floor: float | None, reach: float) -> None:
    decorate(axes, floor)
    axes.set_xlim(1 / reach, reach)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=decades(1 / reach, reach), numticks=12))


def floor_of(compared: dict[str, Any]) -> float | None:
    """That of the times, which are nearly all of the rows."""
    return next((entry["noise_floor"] for entry in compared["comparisons"] if entry["unit"] == "ns"), None)


def title_of(entries: list[Entry]) -> str:
    """Whose numbers changed in how many comparisons."""
    changed = {"better": [], "worse": []}
    for model in models_of(entries):
        for verdict, said in changed.items():
            count = sum(entry["model"] == model and entry["verdict"] == verdict for entry in entries)
            if count:
                said.append(f"{look(model).label} in {count}")
    parts = [f"{verdict}: {units.listing(said)}" for verdict, said in changed.items() if said]
    of = f"{len(entries)} comparisons of B with A"
    if not parts:
        return f"In none of {of} a change can be told"
    return f"Of {of}, {'; '.join(parts)}"


def table_of(entries: list[Entry]) -> Table:
    columns = ("workload", "parameters", "cores", "metric", "model", "times better", "95 % interval", "verdict")
    return Table(columns, tuple(
        (
            entry["workload"], params_label(row_of(entry).params), cores_label(entry["params"]["cores"]),
            metric_label(entry["metric"]), look(entry["model"]).label, units.factor(entry["times_better"]),
            units.factors(entry["ci95"]), entry["verdict"].replace("_", " "),
        )
        for entry in entries
    ))  # fmt: skip
