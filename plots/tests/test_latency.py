"""Percentile curves: every percentile in its place, the clock, and no winner where there is none."""

from pathlib import Path

import pytest

from analysis.tests.synthetic import kept_summary, summary_of
from plots.figures import latency
from plots.frame import Entry, Summary
from plots.style import look
from plots.tests.drawn import crosses, failed, spans, texts, values

MODELS = ["mn", "go", "os_threads", "boost_fiber", "tbb"]
PANEL = "hand_off_latency, 1 core"


def tails(summary: Summary, workload: str = "hand_off_latency") -> list[Entry]:
    return [r for r in summary["ratios"] if (r["workload"], r["metric"]) == (workload, "p99_ns")]


def fastest(summary: Summary, model: str, factor: float = 4.0) -> Summary:
    """As if the model had `factor` times lower latencies than each other, with a verdict on every pair."""
    for cell in summary["cells"]:
        if cell["workload"] == "hand_off_latency" and cell["metric"] == "p99_ns":
            cell["median"] = 100.0 if cell["model"] == model else 100.0 * factor
    for ratio in tails(summary):
        if ratio["model"] == model:
            ratio.update(verdict="better", ratio=factor)
        elif ratio["baseline"] == model:
            ratio.update(verdict="worse", ratio=1 / factor)
    return summary


def test_there_is_a_panel_for_each_workload_and_number_of_cores_with_percentiles_along_it() -> None:
    drawing = latency.draw(kept_summary())
    axes = drawing.figure.axes
    assert [a.get_title(loc="left") for a in axes] == [PANEL, "wake_latency, 1 core", "timer_error, 1 core"]
    for panel in axes:
        assert [label.get_text() for label in panel.get_xticklabels()] == ["p50", "p90", "p99", "p99.9"]
        assert panel.get_yscale() == "log"
    assert "lower is better" in axes[0].get_ylabel()
    assert {t.get_text() for t in drawing.figure.legends[0].get_texts()} == {look(model).label for model in MODELS}


def test_what_is_drawn_is_what_the_summary_and_the_chart_have() -> None:
    summary = kept_summary()
    drawing = latency.draw(summary)
    assert drawing.chart is not None
    cells = [c for c in summary["cells"] if c["workload"] == "hand_off_latency" and c["metric"] != "clock_ns"]
    marks = [mark for mark in drawing.chart.marks if mark.row == PANEL]
    axes = drawing.figure.axes[0]
    for model in MODELS:
        medians = sorted(cell["median"] for cell in cells if cell["model"] == model)
        assert values(axes, model, "y") == medians == sorted(mark.y for mark in marks if mark.series == model)
    assert spans(axes, "y") == {tuple(cell["ci95"]) for cell in cells} == {(mark.low, mark.high) for mark in marks}
    assert [mark.x for mark in marks[:4]] == list(drawing.chart.x.order) == ["p50", "p90", "p99", "p99.9"]


def test_the_clock_is_a_line_and_is_told() -> None:
    summary = kept_summary()
    for cell in summary["cells"]:
        if cell["metric"] == "clock_ns":
            cell["median"] = 30.0 if cell["model"] == "go" else 20.0
    drawing = latency.draw(summary)
    for axes in drawing.figure.axes:
        assert [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"] == [20.0]
    assert drawing.chart is not None
    assert drawing.chart.references == ((20.0, "cost of the clock"),)
    assert any("20.0 ns – 30.0 ns" in note for note in drawing.notes)
    assert {row[3] for row in drawing.table.rows} == {"p50", "p90", "p99", "p99.9", "the clock itself"}


@pytest.mark.parametrize("model", ["mn", "go"])
def test_a_winner_is_named_with_its_lead(model: str) -> None:
    title = latency.draw(fastest(kept_summary(), model)).title
    assert f"hand_off_latency (1 core): {look(model).label}, 4.00× below" in title
    assert "timer_error" not in title, "evidence for a claim is no contest"


def test_one_verdict_that_cannot_be_told_leaves_no_winner() -> None:
    summary = fastest(kept_summary(), "mn")
    entry = next(r for r in tails(summary) if (r["model"], r["baseline"]) == ("mn", "tbb"))
    entry["verdict"] = "cannot_tell"
    assert "hand_off_latency (1 core): no winner can be named" in latency.draw(summary).title


def test_a_pair_that_is_not_compared_leaves_no_winner() -> None:
    summary = fastest(kept_summary(), "tbb")
    summary["ratios"] = [r for r in summary["ratios"] if {r["model"], r["baseline"]} != {"tbb", "boost_fiber"}]
    title = latency.draw(summary).title
    assert "hand_off_latency (1 core): no winner can be named" in title


def test_a_model_that_failed_is_a_cross_with_its_reason() -> None:
    summary = kept_summary()
    for cell in summary["cells"]:
        if (cell["workload"], cell["model"]) == ("hand_off_latency", "tbb"):
            cell.update(outcome="crash", reason="SIGSEGV", n=0, median=None, ci95=None)
    drawing = latency.draw(summary)
    assert drawing.chart is not None
    assert crosses(drawing.figure.axes[0]) == failed(drawing.chart.marks) == [look("tbb").colour]
    assert [t.get_text() for t in drawing.figure.axes[0].texts if "crash" in t.get_text()] == ["oneTBB: crash"]
    assert f"× oneTBB, {PANEL}: crash: SIGSEGV" in drawing.notes
    assert any("SIGSEGV" in row for row in drawing.table.rows)


def test_few_samples_are_told_of_the_rarest_percentile() -> None:
    notes = " ".join(latency.draw(kept_summary()).notes)
    assert "wake_latency (100)" in notes
    assert "hand_off_latency (" not in notes


def test_one_model_in_one_block_has_no_interval_and_no_rival(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=1, models=("go",), workloads=("hand_off_latency",))
    drawing = latency.draw(summary)
    assert spans(drawing.figure.axes[0], "y") == set()
    assert "only Go was measured" in drawing.title
    assert "no data" not in texts(drawing)
