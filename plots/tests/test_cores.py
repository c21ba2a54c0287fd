"""Each model beside itself on fewer cores."""

from pathlib import Path
from typing import Any

import pytest

from analysis.tests.synthetic import empty_summary, kept_summary, summary_of
from plots.figures import cores
from plots.frame import is_contest
from plots.style import look
from plots.tests.drawn import crosses, failed, spans, texts, values


def test_ratios_intervals_and_both_lines_are_drawn_and_are_the_charts() -> None:
    summary = kept_summary()
    entries = [entry for entry in summary["across_cores"] if is_contest(entry)]
    drawing = cores.draw(summary)
    (axes,) = drawing.figure.axes
    assert axes.get_xscale() == "log"
    assert drawing.chart is not None
    for model in ("mn", "go", "os_threads", "boost_fiber", "tbb"):
        ratios = sorted(entry["ratio"] for entry in entries if entry["model"] == model)
        marks = sorted(mark.x for mark in drawing.chart.marks if mark.series == model)
        assert values(axes, model, "x") == ratios == marks
    assert spans(axes, "x") == {tuple(entry["ci95"]) for entry in entries}
    assert spans(axes, "x") == {(mark.low, mark.high) for mark in drawing.chart.marks}
    upright = {line.get_linestyle(): line.get_xdata()[0] for line in axes.lines if set(line.get_ydata()) == {0, 1}}
    assert upright == {"-": 1.0, "--": 2.0}
    assert [place for place, _ in drawing.chart.references] == [1.0, 2.0]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(drawing.chart.y.order)
    assert len(drawing.table.rows) == len(entries)


def test_the_title_counts_what_helps_and_what_harms() -> None:
    summary = kept_summary()
    rows = [entry for entry in summary["across_cores"] if is_contest(entry) and entry["model"] == "go"]
    for entry in summary["across_cores"]:
        entry["verdict"] = "cannot_tell"
    for entry, verdict in zip(rows, ("better", "better", "worse"), strict=False):
        entry["verdict"] = verdict
    title = cores.draw(summary).title
    assert f"Go 2 / 1 of {len(rows)}" in title
    assert f"mn 0 / 0 of {len(rows)}" in title
    assert title.startswith("On 2 cores instead of 1")


def test_evidence_for_claims_is_no_contest() -> None:
    summary = kept_summary()
    entry = summary["across_cores"][0]
    strange = {**entry, "workload": "timer_error"}
    drawing = cores.draw({**summary, "across_cores": [*summary["across_cores"], strange]})
    assert not any("timer_error" in row for row in drawing.table.rows)


def test_a_model_that_failed_on_more_cores_is_a_cross(tmp_path: Path) -> None:
    def hang(trial: dict[str, Any]) -> None:
        if (trial["model"], trial["params"]["cores"]) == ("tbb", 2):
            trial.update(outcome="timeout", reason="hung", metrics={})

    drawing = cores.draw(summary_of(tmp_path, blocks=3, workloads=("ping_pong",), change=hang))
    assert drawing.chart is not None
    assert crosses(drawing.figure.axes[0]) == failed(drawing.chart.marks) == [look("tbb").colour]
    assert [mark.note for mark in drawing.chart.marks if mark.series == "tbb"] == ["timeout: hung"]
    assert "oneTBB" not in drawing.title


def test_only_the_most_cores_are_held_against_the_fewest() -> None:
    summary = kept_summary()
    four = [{**e, "params": {**e["params"], "cores": 4}, "ratio": 3.0} for e in summary["across_cores"]]
    drawing = cores.draw({**summary, "across_cores": summary["across_cores"] + four})
    assert set(values(drawing.figure.axes[0], "mn", "x")) == {3.0}
    assert drawing.chart is not None
    assert drawing.chart.references[1] == (4.0, "4.00 times")
    assert drawing.title.startswith("On 4 cores instead of 1")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"workloads": ("spawned",)}, "everything ran on 1 core"),
        ({"workloads": ("idle",)}, "no time of a model was measured on two numbers of cores"),
    ],
)
def test_where_nothing_can_be_told_the_figure_says_why(options: dict[str, Any], why: str, tmp_path: Path) -> None:
    assert why in texts(cores.draw(summary_of(tmp_path, blocks=2, **options)))
    assert "no data" in texts(cores.draw(empty_summary()))


def test_one_model_in_one_block_has_no_interval(tmp_path: Path) -> None:
    drawing = cores.draw(summary_of(tmp_path, blocks=1, models=("go",), workloads=("ping_pong",)))
    assert spans(drawing.figure.axes[0], "x") == set()
    assert "Go 0 / 0 of 1" in drawing.title
