"""How far each model got, and how it failed: a row a workload and size, a column a model, in each place a sign and a word."""

from typing import NamedTuple

from plots import units
from plots.chart import Axis, Chart, Mark
from plots.drawing import Drawing, band_lines, label_width, new_figure, nothing_to_draw, panels
from plots.figures.scaling import SIZES
from plots.frame import Entry, Summary, Table, cores_label, models_of, params_label
from plots.style import GRID, INK, MUTED, look

NAME = "survival"


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
    with new_figure(0.65 + 0.25 * len(rows)) as figure:
        axes = panels(figure, 1, 1, left=label_width(labels), legend_lines=0, title=0.3, bottom=0.1)[0][0]
        axes.set_xlim(-0.5, len(models) - 0.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.xaxis.tick_top()
        axes.set_xticks(range(len(models)), [f"{look(model).glyph} {look(model).label}" for model in models])
        axes.set_yticks(range(len(rows)), labels)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        for line in range(1, len(rows), 2):
            axes.axhspan(line - 0.5, line + 0.5, color=GRID, alpha=0.35, linewidth=0)
        keys = list(rows)
        band_lines(axes, [line - 0.5 for line in range(1, len(keys)) if keys[line][0] != keys[line - 1][0]], INK, 0.5)
        for (label, model), place in places.items():
            sign, where = SIGNS[place.outcome], (models.index(model), labels.index(label))
            axes.annotate(sign.glyph, where, (-38, 0), textcoords="offset points", ha="center", va="center",
                          color=sign.colour, fontsize=11, fontweight="bold")  # fmt: skip
            axes.annotate(place.words, where, (-28, 0), textcoords="offset points", va="center", fontsize=8,
                          color=sign.colour if place.outcome not in NO_FAILURE else MUTED)  # fmt: skip
    chart = Chart(
        "point", Axis("model", scale="ordinal", order=tuple(look(model).label for model in models)),
        Axis("workload", scale="ordinal", order=tuple(labels)),
        tuple(Mark(look(model).label, label, model, note=said(place)) for (label, model), place in places.items()),
    )  # fmt: skip
    notes = (
        "Rows: workloads whose number of tasks varies, and wherever a model failed. In each place the worst that came of any "
        "trial, on any number of cores; 2/5: that many of so many trials. unsupported: the model cannot express it, which is no "
        "failure. not run: the profile leaves it out. The table has the reasons.",
    )
    return Drawing(NAME, title_of(places, models), notes, figure, table_of(entries), chart)


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
