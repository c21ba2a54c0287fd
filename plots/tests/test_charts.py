"""A chart has what its drawing has: as many marks, at the same places, with failures and references."""

from collections.abc import Iterable
from typing import Any

import pytest

from plots import Drawing, draw_all
from plots.chart import Chart, Mark
from plots.figures import scaling
from plots.style import PARTS, look
from plots.tests.made import made_summary

ORDINAL = ["ratio_os_threads", "ratio_go", "time_per_workload", "samples", "aa"]


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    return {drawing.name: drawing for drawing in draw_all(made_summary())}


def chart_of(drawing: Drawing) -> Chart:
    assert drawing.chart is not None, drawing.name
    return drawing.chart


def values(chart: Chart, marks: Iterable[Mark] | None = None) -> list[Any]:
    return [getattr(mark, chart.value) for mark in (chart.marks if marks is None else marks)]


def test_every_chart_is_sound(drawings: dict[str, Drawing]) -> None:
    for drawing in drawings.values():
        chart = chart_of(drawing)
        assert chart.marks, drawing.name
        for mark in chart.marks:
            value = getattr(mark, chart.value)
            assert mark.series, drawing.name
            assert value is not None or mark.note, f"{drawing.name}: a failure says why"
            assert (mark.low is None) == (mark.high is None)
            assert mark.low is None or mark.low <= value <= mark.high, (drawing.name, mark)
            for axis, place in ((chart.x, mark.x), (chart.y, mark.y)):
                assert axis.scale != "ordinal" or place in axis.order, (drawing.name, mark)
                assert axis.scale != "log" or place is None or place > 0, (drawing.name, mark)


@pytest.mark.parametrize("name", ORDINAL)
def test_each_model_has_its_values_in_its_panel(name: str, drawings: dict[str, Drawing]) -> None:
    chart = chart_of(drawings[name])
    seen = 0
    for axes in drawings[name].figure.axes:
        column = axes.get_title(loc="left")
        for model in {mark.series for mark in chart.marks}:
            mine = [mark for mark in chart.marks if (mark.series, mark.column) == (model, column)]
            told = sorted(value for value in values(chart, mine) if value is not None)
            drawn = sorted(
                value
                for line in axes.lines
                if line.get_color() == look(model).colour and line.get_marker() != "x"
                for value in list(line.get_xdata())[:: 3 if line.get_marker() == "None" else 1]
            )
            assert told == pytest.approx(drawn), (model, column)
            seen += len(drawn)
    assert seen > 20


def test_failures_have_no_value_and_their_reason(drawings: dict[str, Drawing]) -> None:
    for name, count in (("time_per_workload", 4), ("samples", 6), ("scaling", 6), ("ratio_go", 6)):
        chart = chart_of(drawings[name])
        failed = [mark for mark, value in zip(chart.marks, values(chart), strict=True) if value is None]
        assert len(failed) == count, name
        assert {(mark.series, mark.note) for mark in failed} == {("os_threads", "limit: EAGAIN at 9000 threads")}
    failed = [mark for mark in chart_of(drawings["ratio_os_threads"]).marks if mark.x is None]
    assert {mark.series for mark in failed} == {"os_threads"}


def test_intervals_are_those_of_the_drawing(drawings: dict[str, Drawing]) -> None:
    for name in ("ratio_go", "time_per_workload"):
        drawn = {
            (round(float(low), 9), round(float(high), 9))
            for axes in drawings[name].figure.axes
            for collection in axes.collections
            if collection.get_linewidth()[0] == 1.6
            for (low, _), (high, _) in collection.get_segments()
        }
        told = {(round(m.low, 9), round(m.high, 9)) for m in chart_of(drawings[name]).marks if m.low is not None}
        assert told == drawn, name


def test_growth_has_a_line_for_each_model_and_panel(drawings: dict[str, Drawing]) -> None:
    chart = chart_of(drawings["scaling"])
    told = sorted((m.x, m.y) for m in chart.marks if m.y is not None)
    drawn = sorted(
        (float(x), float(y))
        for axes in drawings["scaling"].figure.axes
        for line in axes.lines
        if line.get_marker() != "x" and line.get_linestyle() == "-"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    )
    assert len(told) > 20
    assert told == drawn
    rows = {(mark.row, mark.column) for mark in chart.marks}
    assert len(rows) == sum(1 for axes in drawings["scaling"].figure.axes if axes.lines)


def test_a_line_stops_at_its_first_failure() -> None:
    summary = made_summary()
    small = [c for c in summary["cells"] if (c["workload"], c["model"]) == ("parked", "os_threads") and c["n"]]
    for cell in small:
        cell.update(outcome="limit", reason="EAGAIN at 900 threads", n=0, median=None, ci95=None)
    failed = [mark for mark in chart_of(scaling.draw(summary)).marks if mark.y is None]
    assert len(failed) == 6
    assert {(mark.x, mark.note) for mark in failed} == {(1000, "limit: EAGAIN at 900 threads")}


def test_stacks_have_the_widths_of_the_bars(drawings: dict[str, Drawing]) -> None:
    for name in ("parked_memory", "spawned_memory"):
        chart = chart_of(drawings[name])
        assert sorted(values(chart)) == pytest.approx(
            sorted(b.get_width() for b in drawings[name].figure.axes[0].patches)
        )
        assert {mark.series for mark in chart.marks} <= {part.metric for part in PARTS}
        assert all(mark.note.startswith("all in ") for mark in chart.marks)


def test_what_is_drawn_across_is_a_reference(drawings: dict[str, Drawing]) -> None:
    names = {name: [said for _, said in chart_of(drawing).references] for name, drawing in drawings.items()}
    assert names["ratio_go"] == ["as good as Go", "noise floor", "noise floor"]
    assert names["aa"] == ["as good as itself", "noise floor", "noise floor"]
    assert names["reserved_resident"] == ["2 KB", "1 MB"]
    assert names["parked_memory"] == ["2 KB"]
    assert chart_of(drawings["ratio_go"]).references[0][0] == 1.0


def test_reserved_and_resident_are_both_there(drawings: dict[str, Drawing]) -> None:
    chart = chart_of(drawings["reserved_resident"])
    drawn = sorted(float(x) for line in drawings["reserved_resident"].figure.axes[0].lines
                   if line.get_marker() in ("o", "|") for x in line.get_xdata())  # fmt: skip
    assert sorted(values(chart)) == pytest.approx(drawn)
    assert {mark.note for mark in chart.marks} == {"bytes: resident", "bytes: reserved"}


def test_the_pareto_chart_says_who_is_beaten_by_whom(drawings: dict[str, Drawing]) -> None:
    chart = chart_of(drawings["pareto"])
    table = drawings["pareto"].table
    assert len(chart.marks) == len(table.rows)
    for mark, row in zip(chart.marks, table.rows, strict=True):
        assert look(mark.series).label == row[3]
        assert mark.note.endswith(f"clearly both smaller and faster: {row[-1]}")


def test_the_noise_chart_has_every_load_and_every_robbed_trial(drawings: dict[str, Drawing]) -> None:
    log = made_summary()["noise"]
    chart = chart_of(drawings["noise"])
    assert [m.y for m in chart.marks if m.series == "load"] == log["load1"]
    robbed = {m.x: m for m in chart.marks if m.series == "steal ticks"}
    assert {at: mark.y for at, mark in robbed.items()} == {at + 1: t for at, t in enumerate(log["steal_ticks"]) if t}
    assert robbed[21].note.endswith("; marked: stolen time; replaced")
    assert robbed[121].note.endswith("; marked: stolen time")
