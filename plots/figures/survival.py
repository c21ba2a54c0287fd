"""How far each model got, and how it failed: a row a workload and size, a column a model, in it a sign and a word."""

from typing import NamedTuple

from matplotlib.axes import Axes

from plots import units
from plots.chart import Axis, Chart, Mark
from plots.drawing import Drawing, band_lines, label_width, new_figure, nothing_to_draw, panels
from plots.figures import scaling
from plots.frame import Entry, Summary, Table, cores_label, models_of, params_label
from plots.style import GRID, INK, MUTED, look

NAME = "survival"
SIZES = (*scaling.SIZES, "connections")


class Sign(NamedTuple):
    """How an outcome looks. None of the colours is a model's."""

    glyph: str
    word: str
    colour: str


SIGNS = {  # the worst first
    "wrong_answer": Sign("≠", "wrong answer", "#c2185b"),
    "crash": Sign("✸", "crash", "#d32f2f"),
    "timeout": Sign("◔", "timeout", "#8e57c9"),
    "limit": Sign("✕", "limit", "#b26a00"),
    "misconfigured": Sign("?", "misconfigured", "#0e7c86"),
    "unsupported": Sign("–", "unsupported", MUTED),
    "ok": Sign("✓", "ok", "#3a8a3a"),
    "not_run": Sign("·", "not run", MUTED),
}
NO_FAILURE = ("ok", "unsupported", "not_run")
EDGE = 0.46  # where a column begins, left of its middle

Key = tuple[str, tuple[tuple[str, int], ...]]  # a workload and its parameters but for the cores


class Place(NamedTuple):
    """What came of one model in one row: the worst of its trials on any number of cores, and how many ended so."""

    outcome: str
    count: int = 0
    trials: int = 0
    reason: str | None = None

    @property
    def words(self) -> str:
        sign = SIGNS[self.outcome]
        part = f" {self.count}/{self.trials}" if self.count < self.trials else ""
        return f"{sign.word}{part}"


def draw(summary: Summary) -> Drawing:
    rows = rows_of(summary["cells"])
    if not rows:
        title = "No model failed, and there are no sizes to get through"
        why = "no failure and no workload with two sizes" if summary["cells"] else "no trial ended"
        return nothing_to_draw(NAME, title if summary["cells"] else "Nothing was run", why)
    entries = [cell for cells in rows.values() for cell in cells]
    models, labels = models_of(entries), [label_of(key, rows) for key in rows]
    places = {
        (label, model): place_of([cell for cell in cells if cell["model"] == model])
        for label, cells in zip(labels, rows.values(), strict=True)
        for model in models
    }
    with new_figure(0.75 + 0.25 * len(rows)) as figure:
        axes = panels(figure, 1, 1, left=label_width(labels), legend_lines=0, title=0.5, bottom=0.1)[0][0]
        frame(axes, [key[0] for key in rows], labels, models)
        for (label, model), place in places.items():
            draw_place(axes, place, models.index(model), labels.index(label))
    chart = Chart(
        "point", Axis("model", scale="ordinal", order=tuple(look(model).label for model in models)),
        Axis("workload", scale="ordinal", order=tuple(labels)),
        tuple(Mark(look(model).label, label, model, note=said(place)) for (label, model), place in places.items()),
    )  # fmt: skip
    notes = (
        "Rows: workloads whose number of tasks varies, and wherever a model failed. In each place the worst that came "
        "of any trial, on any number of cores; 2/5: that many of so many trials. unsupported: the model cannot express "
        "it, which is no failure. not run: the run did not try it. The table has the reasons.",
    )
    return Drawing(NAME, title_of(places, models), notes, figure, table_of(entries), chart)


def frame(axes: Axes, workloads: list[str], labels: list[str], models: list[str]) -> None:
    axes.set_xlim(-0.5, len(models) - 0.5)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.xaxis.tick_top()
    heads = [f"{look(model).glyph} {look(model).label}".replace(" (", "\n(") for model in models]
    axes.set_xticks([place - EDGE for place in range(len(models))], heads, ha="left")
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for line in range(1, len(labels), 2):
        axes.axhspan(line - 0.5, line + 0.5, color=GRID, alpha=0.35, linewidth=0)
    band_lines(axes, [line - 0.5 for line in range(1, len(labels)) if workloads[line] != workloads[line - 1]], INK, 0.5)


def draw_place(axes: Axes, place: Place, x: int, y: int) -> None:
    sign = SIGNS[place.outcome]
    axes.text(x - EDGE, y, sign.glyph, va="center", color=sign.colour, fontsize=11, fontweight="bold")
    axes.text(x - EDGE + 0.16, y, place.words, va="center", fontsize=8,
              color=MUTED if place.outcome in NO_FAILURE else sign.colour)  # fmt: skip


def rows_of(cells: list[Entry]) -> dict[Key, list[Entry]]:
    """By workload and parameters: one cell for each model and number of cores, whatever the metrics."""
    found: dict[Key, dict[tuple[str, int], Entry]] = {}
    for cell in cells:
        key = cell["workload"], tuple((name, value) for name, value in cell["params"].items() if name != "cores")
        found.setdefault(key, {}).setdefault((cell["model"], cell["params"]["cores"]), cell)
    sizes: dict[str, set[int]] = {}
    for workload, params in found:
        sizes.setdefault(workload, set()).update(value for name, value in params if name in SIZES)
    return {
        key: list(of_key.values())
        for key, of_key in found.items()
        if len(sizes[key[0]]) > 1 or any(cell["outcome"] not in NO_FAILURE for cell in of_key.values())
    }


def label_of(key: Key, rows: dict[Key, list[Entry]]) -> str:
    """The workload, with the parameters in which its rows differ; its size in any case."""
    workload, params = key
    others = [dict(other) for name, other in rows if name == workload]
    told = [(n, v) for n, v in params if n in SIZES or len({other.get(n) for other in others}) > 1]
    return ", ".join([workload, *(f"{name.replace('_', ' ')} {value:,}" for name, value in told)])


def place_of(cells: list[Entry]) -> Place:
    if not cells:
        return Place("not_run")
    worst = min(cells, key=lambda cell: list(SIGNS).index(cell["outcome"]))
    count = sum(cell["outcomes"].get(worst["outcome"], 0) for cell in cells)
    return Place(worst["outcome"], count, sum(len(cell["trials"]) for cell in cells), worst["reason"])


def said(place: Place) -> str:
    return f"{place.words}: {place.reason}" if place.outcome not in ("ok", "not_run") else place.words


def title_of(places: dict[tuple[str, str], Place], models: list[str]) -> str:
    """Who ended everything that it can express, and in how many rows the others failed, and how."""
    whole, broken = [], []
    for model in models:
        tried = [p for (_, name), p in places.items() if name == model and p.outcome not in ("unsupported", "not_run")]
        kinds = [place.outcome for place in tried if place.outcome not in NO_FAILURE]
        if kinds:
            words = units.listing([SIGNS[kind].word for kind in SIGNS if kind in kinds])
            broken.append(f"{look(model).label} in {len(kinds)} of {len(tried)} ({words})")
        elif tried:
            whole.append(look(model).label)
    parts = [f"Ended ok wherever tried: {units.listing(whole) or 'no model'}"]
    return "; ".join([*parts, *([f"failed: {units.listing(broken)}"] if broken else [])])


def table_of(entries: list[Entry]) -> Table:
    columns = ("workload", "parameters", "cores", "model", "outcome", "trials", "reason")
    rows = tuple(
        (
            cell["workload"], params_label(cell["params"]), cores_label(cell["params"]["cores"]),
            look(cell["model"]).label, SIGNS[cell["outcome"]].word,
            ", ".join(f"{SIGNS[kind].word} {count}" for kind, count in cell["outcomes"].items()), cell["reason"] or "–",
        )
        for cell in entries
    )  # fmt: skip
    return Table(columns, rows)
