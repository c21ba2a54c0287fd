"""The A/A plot: a model compared with itself under a second name, by the rule for two models. Nothing differs, so what
shows is the noise, and every verdict is a false alarm."""

from functools import partial

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from plots import chart, units
from plots.drawing import Drawing, nothing_to_draw
from plots.figures import ratio
from plots.figures.dots import Dot, Layout, chart_of, collect, draw_dots
from plots.figures.serving import SERVER
from plots.frame import (
    Entry,
    Row,
    Summary,
    Table,
    cores_label,
    cores_of,
    index,
    is_part,
    metric_label,
    models_of,
    params_label,
    row_of,
    rows_of,
)
from plots.style import look

NAME = "aa"
VERDICTS = ("better", "worse")


def draw(summary: Summary) -> Drawing:
    varied = [pair for pair in summary["aa"]["comparisons"] if pair["ratio"] is not None and pair["ci95"] != [1, 1]]
    entries = [pair for pair in varied if not is_part(pair["metric"]) and pair["workload"] != SERVER]
    if not entries:
        return nothing_to_draw(NAME, "No model was compared with itself", "no A/A pair of which both ended ok")
    loaded = any(pair["workload"] == SERVER for pair in varied)
    found, floor, subject = index(entries), summary["aa"]["noise_floor"], look(entries[0]["baseline"]).label

    def find(row: Row, cores: int, model: str) -> Dot | None:
        pair = found.get((row, cores, model))
        if pair is None:
            return None
        return Dot(pair["ratio"], pair["ci95"], note=called(pair), ring=pair["verdict"] in VERDICTS)

    layout = Layout(rows_of(entries), cores_of(entries), models_of(entries))
    dots = collect(layout, find)
    label = f"times better than {subject}, itself"
    figure = draw_dots(layout, dots, label, partial(decorate, floor=floor), ring="false alarm")
    notes = (
        f"Median of the paired per-block ratios of {subject} to its twin, the same program under a second name, with "
        "its 95 % interval. On both sides of 1 is the noise floor: 95 % of the pairs lie within.",
        "A ring: the rule for a verdict would have called the two different, had it known no noise floor. Counts that "
        "were the same in every block are left out: they cannot vary.",
        *(
            ["What a server shows under load has noise floors of its own, which stand below its figures."]
            if loaded
            else []
        ),
    )
    shown = chart_of(layout, dots, chart.Axis(label), ratio.references("itself", floor))
    return Drawing(NAME, title_of(summary["aa"], entries, subject), notes, figure, table_of(entries), shown)


def called(pair: Entry) -> str:
    return f"false alarm: called {pair['verdict']}" if pair["verdict"] in VERDICTS else "not called different"


def decorate(axes: Axes, floor: float | None) -> None:
    ratio.decorate(axes, floor)
    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(MaxNLocator(6) if high / low < 4 else LogLocator(base=10, subs=(1, 2, 5), numticks=7))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.xaxis.set_minor_locator(NullLocator())


def title_of(aa: Entry, entries: list[Entry], subject: str) -> str:
    widest = max(entries, key=distance)
    return (
        f"{subject} against itself: {aa['false_alarms']} of {aa['pairs']} pairs would be called different, 95 % lie "
        f"within {units.factor(aa['noise_floor'])}, the widest is {units.factor(distance(widest))} apart "
        f"({widest['workload']}, {metric_label(widest['metric'])}, {cores_label(widest['params']['cores'])})"
    )


def distance(pair: Entry) -> float:
    """How far from 1, as a factor, whichever side."""
    return max(pair["ratio"], 1 / pair["ratio"])


def table_of(entries: list[Entry]) -> Table:
    columns = (
        "workload",
        "parameters",
        "cores",
        "metric",
        "times better",
        "95 % interval",
        "adjusted p",
        "verdict",
        "because",
    )
    rows = tuple(
        (
            pair["workload"], params_label(row_of(pair).params), cores_label(pair["params"]["cores"]),
            metric_label(pair["metric"]), units.factor(pair["ratio"]), units.factors(pair["ci95"]),
            "–" if pair["p_adjusted"] is None else f"{pair['p_adjusted']:.3f}", called(pair), pair["reason"],
        )
        for pair in entries
    )  # fmt: skip
    return Table(columns, rows)
