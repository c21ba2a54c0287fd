"""The layout of figures with steps along the bottom and a line a model: a panel for each cell, two side by side, each
with a height axis of its own. Used by the latency and by the memory over time.

A model that failed in a panel has a cross at its foot and its outcome in words; a value of zero or below, which a log
axis has no place for, stands at the foot as well, with its marker alone.
"""

from collections.abc import Iterator
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from plots import units
from plots.chart import Mark
from plots.drawing import cross_handle, decades, face, legend, legend_lines, model_handle, new_figure, panels
from plots.frame import Entry, models_of
from plots.style import MUTED, in_order, look

HEIGHT = 2.75
DODGE = 0.07  # how far two models' markers stand apart, in steps
FOOT = 0.035  # where zero stands, and where a line of failures begins, as a share of the panel
FAILURE_LINE = 0.075


class Panel(NamedTuple):
    title: str
    cells: dict[tuple[str, str], Entry]  # by model and step

    def line(self, model: str, steps: list[str]) -> list[tuple[int, Entry]]:
        """The places and cells of a model that have a value."""
        found = [(place, self.cells.get((model, step))) for place, step in enumerate(steps)]
        return [(place, cell) for place, cell in found if cell is not None and cell["median"] is not None]

    def failures(self) -> dict[str, Entry]:
        """By model, a cell in which it failed; what a model cannot express is no failure."""
        broken = [cell for cell in self.cells.values() if cell["outcome"] not in ("ok", "unsupported")]
        found = {cell["model"]: cell for cell in broken}
        return {model: found[model] for model in in_order(found)}


def panels_of(titles: dict[str, list[Entry]], steps: dict[str, str]) -> list[Panel]:
    """`steps` names the step of each metric."""
    return [
        Panel(title, {(cell["model"], steps[cell["metric"]]): cell for cell in cells})
        for title, cells in titles.items()
    ]


def draw_lines(shown: list[Panel], steps: list[str], unit: str, label: str, across: tuple[float, str] | None) -> Figure:
    """`across` is a thin line in every panel, and its name."""
    models = models_of([cell for panel in shown for cell in panel.cells.values()])
    failed = any(panel.failures() for panel in shown)
    handles = [model_handle(model, line=True) for model in models] + ([cross_handle("failed")] if failed else [])
    columns, rows = min(2, len(shown)), -(-len(shown) // 2)
    with new_figure(0.3 + HEIGHT * rows) as figure:
        grid = panels(figure, rows, columns, left=0.95, legend_lines=legend_lines(len(handles)), right=0.15,
                      bottom=0.35, between=(0.75, 0.6)).ravel()  # fmt: skip
        for place, (axes, panel) in enumerate(zip(grid, shown, strict=False)):
            draw_panel(axes, panel, steps, models)
            axes.set_title(panel.title, loc="left")
            if place % columns == 0:
                axes.set_ylabel(label)
            if across is not None:
                axes.axhline(across[0], linewidth=0.8, linestyle="--", color=MUTED, zorder=1)
                axes.annotate(across[1], (1, across[0]), (0, 2), xycoords=("axes fraction", "data"),
                              textcoords="offset points", ha="right", fontsize=7.5)  # fmt: skip
            frame(axes, steps, unit, len(panel.failures()))
        for axes in grid[len(shown) :]:
            axes.remove()
        legend(figure, handles)
    return figure


def draw_panel(axes: Axes, panel: Panel, steps: list[str], models: list[str]) -> None:
    axes.set_yscale("log")
    for rank, model in enumerate(models):
        style, offset = look(model), DODGE * (rank - (len(models) - 1) / 2)
        dots = [(place + offset, cell) for place, cell in panel.line(model, steps)]
        above = [(x, cell) for x, cell in dots if cell["median"] > 0]
        common = {"color": style.colour, "marker": style.marker, "markersize": 4.5, **face(model)}
        if above:
            axes.plot([x for x, _ in above], [cell["median"] for _, cell in above], linewidth=1.3, **common)
        spans = [(x, *cell["ci95"]) for x, cell in above if cell["ci95"] is not None and cell["ci95"][0] > 0]
        if spans:
            x, low, high = zip(*spans, strict=True)
            axes.vlines(x, low, high, colors=style.colour, linewidths=2.6, alpha=0.55)
        if below := [x for x, cell in dots if cell["median"] <= 0]:
            axes.plot(below, [FOOT] * len(below), transform=axes.get_xaxis_transform(), linestyle="none", **common)
    for line, (model, cell) in enumerate(panel.failures().items()):
        height, style = FOOT + FAILURE_LINE * line, look(model)
        axes.plot(0.02, height, transform=axes.transAxes, marker="x", markersize=5, markeredgewidth=1.6,
                  color=style.colour, linestyle="none")  # fmt: skip
        axes.text(0.045, height, f"{style.label}: {cell['outcome'].replace('_', ' ')}", transform=axes.transAxes,
                  va="center", fontsize=7.5)  # fmt: skip


def frame(axes: Axes, steps: list[str], unit: str, failures: int) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(low / (high / low) ** (FAILURE_LINE * failures), high)
    axes.set_xlim(-0.4, len(steps) - 0.6)
    axes.set_xticks(range(len(steps)), steps)
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=decades(low, high), numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, unit)))
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def marks_of(shown: list[Panel], steps: list[str]) -> Iterator[Mark]:
    for panel in shown:
        for model in models_of(list(panel.cells.values())):
            for place, cell in panel.line(model, steps):
                low, high = cell["ci95"] or (None, None)
                yield Mark(steps[place], cell["median"], model, low, high, row=panel.title, note=f"{cell['n']} trials")
        for model, cell in panel.failures().items():
            yield Mark(None, None, model, row=panel.title, note=f"{cell['outcome']}: {cell['reason']}")


def failure_notes(shown: list[Panel]) -> list[str]:
    """One line for each model and reason, with the panels in which it failed, or in which it cannot say it at all."""
    places: dict[tuple[str, str], dict[str, None]] = {}
    for panel in shown:
        for cell in panel.cells.values():
            label, reason = look(cell["model"]).label, str(cell["reason"])
            if cell["outcome"] == "unsupported":
                places.setdefault((f"Not there: {label}", reason), {})[panel.title] = None
            elif cell["outcome"] != "ok":
                places.setdefault((f"× {label}", f"{cell['outcome']}: {reason}"), {})[panel.title] = None
    return [f"{who}, {units.listing(list(where))}: {reason}" for (who, reason), where in places.items()]
