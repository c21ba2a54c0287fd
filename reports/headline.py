"""headline.png: a run in one picture of 1200 × 630, as chats and pull requests preview it. What it shows is worked out
here for summary.md as well.

Of each workload one line is shown: its first metric at the largest parameters, on the most cores, of those places at
which the most models were run, whether they ended ok or not; variants of a model are left to the page. The rule is
fixed, so that nobody picks what pleases.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from analysis.ratios import BASELINES, SUBJECT
from plots.drawing import cross_handle, decades, face, model_handle
from plots.frame import Entry, Row, Summary, is_contest, models_of, row_of
from plots.style import GRID, INK, MUTED, RC, in_order, look
from reports.claims.show import VERDICTS

NAME = "headline"
INCHES, DOTS_PER_INCH = (12.0, 6.3), 100
TITLE_CHARACTERS = 62
GLYPHS = {"supported": ("✓", "#1a7f37"), "refuted": ("✗", "#b42318"), "depends": ("◐", "#8a5a00"),
          "not_decidable": ("?", MUTED)}  # fmt: skip


Place = tuple[Row, int]


class Line(NamedTuple):
    """A workload at one place."""

    row: Row
    cores: int
    ratios: dict[str, Entry]  # by model
    failed: dict[str, str]  # by model, how it ended that has no ratio


class Glance(NamedTuple):
    """What can be said of a run at a glance."""

    title: str
    baseline: str | None  # what the ratios are to; None where nothing can be compared
    lines: list[Line]
    verdicts: dict[str, int]  # of the claims, those that there are none of too


def glance(summary: Summary, claims: dict[str, Any]) -> Glance:
    verdicts = Counter(claim["verdict"] for claim in claims["claims"])
    entries = [entry for entry in summary["ratios"] if entry["ratio"] is not None and is_shown(entry)]
    baseline = next((b for b in BASELINES if any(entry["baseline"] == b for entry in entries)), None)
    entries = [entry for entry in entries if entry["baseline"] == baseline]
    said = [contest(entries, baseline)] if baseline else ["No two models can be compared in this run"]
    if claims["claims"]:
        said.append(
            f"{verdicts['supported']} of {len(claims['claims'])} claims are supported, {verdicts['refuted']} refuted"
        )
    return Glance(
        "; ".join(said), baseline, lines_of(summary, entries), {verdict: verdicts[verdict] for verdict in VERDICTS}
    )


def contest(entries: list[Entry], baseline: str) -> str:
    models = models_of(entries)
    subject = SUBJECT if SUBJECT in models else models[0]
    mine = [entry["verdict"] for entry in entries if entry["model"] == subject]
    return (
        f"{look(subject).label} against {look(baseline).label}: better in {mine.count('better')} of {len(mine)} "
        f"comparisons, worse in {mine.count('worse')}"
    )


def is_shown(entry: Entry) -> bool:
    return is_contest(entry) and "." not in entry["model"]


def lines_of(summary: Summary, entries: list[Entry]) -> list[Line]:
    cells: dict[Place, dict[str, Entry]] = {}
    for cell in filter(is_shown, summary["cells"]):
        cells.setdefault(place_of(cell), {})[cell["model"]] = cell
    lines = []
    for workload in dict.fromkeys(entry["workload"] for entry in entries):
        of_it = [entry for entry in entries if entry["workload"] == workload]
        of_it = [entry for entry in of_it if entry["metric"] == of_it[0]["metric"]]
        place = max(map(place_of, of_it), key=lambda place: (len(cells[place]), place[0].params, place[1]))
        ratios = {entry["model"]: entry for entry in of_it if place_of(entry) == place}
        failed = {model: cell["outcome"] for model, cell in cells[place].items() if cell["outcome"] != "ok"}
        lines.append(Line(*place, ratios, {model: how for model, how in failed.items() if model not in ratios}))
    return lines


def place_of(entry: Entry) -> Place:
    return row_of(entry), entry["params"]["cores"]


def write(summary: Summary, claims: dict[str, Any], path: Path) -> None:
    with mpl.rc_context(RC):
        draw(summary, claims).savefig(path, dpi=DOTS_PER_INCH, metadata={"Software": None})


def draw(summary: Summary, claims: dict[str, Any]) -> Figure:
    seen = glance(summary, claims)
    with mpl.rc_context(RC):
        figure = Figure(figsize=INCHES)
        title = "\n".join(line for part in seen.title.split("; ") for line in wrap(part, TITLE_CHARACTERS))
        figure.text(0.03, 0.95, title, va="top", fontsize=21, fontweight="bold", color=INK, linespacing=1.25)
        figure.text(0.03, 0.035, footer(summary), va="bottom", fontsize=11, color=MUTED)
        if seen.baseline is None:
            figure.text(
                0.35, 0.45, "no data: no block in which two models both ended ok", ha="center", color=MUTED, fontsize=14
            )
        else:
            axes = figure.add_axes((0.19, 0.165, 0.46, 0.58))
            draw_lines(axes, seen.lines, seen.baseline)
            models = models_in(seen.lines)
            handles = [model_handle(model) for model in models]
            if any(line.failed for line in seen.lines):
                handles.append(cross_handle("failed"))
            figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.025, 0.745), ncols=len(handles),
                          fontsize=11, handletextpad=0.2, columnspacing=1.0, borderpad=0.1)  # fmt: skip
        draw_verdicts(figure, seen.verdicts)
    return figure


def models_in(lines: list[Line]) -> list[str]:
    return in_order(model for line in lines for model in (*line.ratios, *line.failed))


def draw_lines(axes: Axes, lines: list[Line], baseline: str) -> None:
    axes.set_xscale("log")
    for place, line in enumerate(lines):
        if place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color=GRID, alpha=0.35, linewidth=0)
        for rank, model in enumerate(name for name, how in line.failed.items() if how != "unsupported"):
            axes.plot(0.015 + 0.03 * rank, place, transform=axes.get_yaxis_transform(), marker="x", markersize=7,
                      markeredgewidth=2, color=look(model).colour, linestyle="none")  # fmt: skip
        for model, entry in line.ratios.items():
            style = look(model)
            if entry["ci95"]:
                axes.plot(entry["ci95"], [place, place], color=style.colour, linewidth=1.8)
            axes.plot(entry["ratio"], place, marker=style.marker, markersize=8, color=style.colour, linestyle="none",
                      **face(model))  # fmt: skip
    axes.axvline(1.0, color=INK, linewidth=1.2)
    axes.set_yticks(range(len(lines)), [line.row.workload for line in lines], fontsize=11)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    low, high = axes.get_xlim()
    axes.set_xlim(low / (high / low) ** 0.12, high)  # room at the left, the worse side, for the crosses
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=11)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=decades(*axes.get_xlim()), numticks=7))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.set_xlabel(
        f"times better than {look(baseline).label}: right is better; each workload where most ran", fontsize=11
    )


def draw_verdicts(figure: Figure, verdicts: dict[str, int]) -> None:
    figure.text(0.71, 0.72, "Claims on trial", fontsize=15, color=INK)
    for place, (verdict, count) in enumerate(verdicts.items()):
        glyph, colour = GLYPHS[verdict]
        y = 0.58 - 0.125 * place
        figure.text(0.76, y, f"{count}", fontsize=34, fontweight="bold", color=colour, ha="right")
        figure.text(0.775, y, f"{glyph} {VERDICTS[verdict].lower()}", fontsize=14, color=INK)


def footer(summary: Summary) -> str:
    environment = summary["environment"]
    return " · ".join(["Threadmark", *origin(environment), f"{summary['input']['blocks']} blocks"])


def origin(environment: dict[str, Any]) -> Iterable[str]:
    """The machine, the date, the commit."""
    machine, commit = environment["machine"], environment["commit"]
    return (
        f"{machine['cpu']}, {machine['allowed_cpus']} of {machine['cores']} cores, {environment['kernel']}",
        environment["started"][:10],
        f"commit {commit[:12] if commit else 'unknown'}{' with changes' if environment['dirty'] else ''}",
    )
