"""What tasks hold from moment to moment."""

from pathlib import Path

import pytest

from analysis.tests.synthetic import kept_summary, summary_of
from plots.figures import memory_over_time
from plots.frame import Summary
from plots.style import look
from plots.tests.drawn import crosses, failed, spans, values

PANEL = "16 KiB deep, 100 tasks, 1 core"
MOMENTS = ["parked", "deep", "returned", "idle", "asked", "ended"]


def shaped(**curves: tuple[float, ...]) -> Summary:
    """A summary in which these models hold so many bytes at the six moments, and no other is there."""
    summary = kept_summary()
    kept = []
    for cell in summary["cells"]:
        moment = cell["metric"].removesuffix("_bytes_per_task")
        if cell["workload"] == "memory_over_time" and cell["model"] in curves:
            value = curves[cell["model"]][MOMENTS.index(moment)]
            cell.update(median=value, ci95=[value * 0.99, value * 1.01])
            kept.append(cell)
    return {**summary, "cells": kept}


def test_moments_stand_along_the_panel_and_values_are_the_summarys_and_the_charts() -> None:
    summary = shaped(mn=(4000, 20_000, 20_000, 20_000, 19_000, 500), go=(2000, 22_000, 22_000, 9000, 8000, 8000))
    drawing = memory_over_time.draw(summary)
    (axes,) = drawing.figure.axes
    assert axes.get_title(loc="left") == PANEL
    assert axes.get_yscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == MOMENTS
    assert drawing.chart is not None
    for model in ("mn", "go"):
        medians = sorted(cell["median"] for cell in summary["cells"] if cell["model"] == model)
        marks = [mark for mark in drawing.chart.marks if mark.series == model]
        assert values(axes, model, "y") == medians == sorted(mark.y for mark in marks)
        assert [mark.x for mark in marks] == MOMENTS
    assert spans(axes, "y") == {(mark.low, mark.high) for mark in drawing.chart.marks}
    assert len(drawing.table.rows) == 12


def test_the_title_says_what_grows_what_shrinks_and_what_is_kept() -> None:
    title = memory_over_time.draw(
        shaped(mn=(4000, 20_000, 20_000, 20_000, 20_000, 500), go=(2000, 22_000, 22_000, 11_000, 5500, 5500))
    ).title
    assert f"{PANEL}: memory grows 11.0× in Go and 5.00× in mn" in title
    assert "given back by itself: 50% in Go" in title
    assert "given back when asked: 75% in Go" in title
    assert "left after the end: 25% in Go and 2% in mn" in title


def test_what_the_intervals_do_not_tell_is_not_given_back() -> None:
    summary = shaped(go=(2000, 22_000, 22_000, 11_000, 21_900, 5500))
    for cell in summary["cells"]:
        if cell["metric"] == "idle_bytes_per_task":
            cell["ci95"] = [11_000, 22_000]
    title = memory_over_time.draw(summary).title
    assert "by itself: nothing that could be told" in title
    assert "when asked: nothing that could be told" in title


def test_a_limit_is_a_cross_with_its_model_and_reason() -> None:
    summary = kept_summary()
    for cell in summary["cells"]:
        if (cell["workload"], cell["model"]) == ("memory_over_time", "boost_fiber"):
            cell.update(outcome="limit", reason="no room on the stack", n=0, median=None, ci95=None)
        if (cell["workload"], cell["model"]) == ("memory_over_time", "tbb"):
            cell.update(outcome="unsupported", reason="has no words for it", n=0, median=None, ci95=None)
    drawing = memory_over_time.draw(summary)
    (axes,) = drawing.figure.axes
    assert drawing.chart is not None
    assert crosses(axes) == failed(drawing.chart.marks) == [look("boost_fiber").colour]
    assert [text.get_text() for text in axes.texts] == ["Boost.Fiber: limit"]
    assert f"× Boost.Fiber, {PANEL}: limit: no room on the stack" in drawing.notes
    assert f"Not there: oneTBB, {PANEL}: has no words for it" in drawing.notes


def test_what_is_below_zero_stands_at_the_foot() -> None:
    drawing = memory_over_time.draw(shaped(go=(2000, 22_000, 22_000, 11_000, 5500, -20.0)))
    (axes,) = drawing.figure.axes
    assert min(values(axes, "go", "y")) == pytest.approx(0.035), "as a share of the panel"
    assert axes.get_ylim()[0] > 1000
    assert "0% in Go" in drawing.title


def test_each_depth_has_its_panel_the_shallow_first() -> None:
    summary = shaped(go=(2000, 22_000, 22_000, 11_000, 5500, 5500))
    deeper = [{**cell, "params": {**cell["params"], "depth_bytes": 1_048_576}} for cell in summary["cells"]]
    drawing = memory_over_time.draw({**summary, "cells": deeper + summary["cells"]})
    assert [axes.get_title(loc="left") for axes in drawing.figure.axes] == [PANEL, "1 MiB deep, 100 tasks, 1 core"]


def test_one_model_in_one_block_has_no_interval(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=1, models=("go",), workloads=("memory_over_time",))
    drawing = memory_over_time.draw(summary)
    assert spans(drawing.figure.axes[0], "y") == set()
    assert len(drawing.table.rows) == 6
