"""What an operation costs the machine: which cells are chosen, and that what is shown is what was counted."""

from pathlib import Path
from typing import Any

from analysis.tests.synthetic import kept_summary, summary_of
from plots.figures import costs as costs_shown
from plots.figures import machine_cost
from plots.frame import Summary
from plots.style import look
from plots.tests.drawn import crosses, failed, spans, texts, values

PANELS = ["CPU time", "voluntary switches", "involuntary switches", "page faults"]
SHOWN = ("cpu_ns", "voluntary_switches", "involuntary_switches", "minor_faults")


def costs(summary: Summary, which: str, model: str, workload: str = "ping_pong", cores: int = 2) -> list[Any]:
    return [
        cost for cost in summary["costs"]
        if (cost["model"], cost["workload"], cost["params"]["cores"]) == (model, workload, cores)
        and cost["metric"].startswith(f"{which}_per_")
    ]  # fmt: skip


def test_each_cost_has_a_panel_and_each_workload_a_row() -> None:
    drawing = machine_cost.draw(kept_summary())
    axes = drawing.figure.axes
    assert [a.get_title(loc="left") for a in axes] == PANELS
    assert all(a.get_xscale() == "log" for a in axes)
    labels = [label.get_text() for label in axes[0].get_yticklabels()]
    assert drawing.chart is not None
    assert labels == list(drawing.chart.y.order)
    assert labels[:2] == ["spawn_join, a task", "ping_pong, a round trip"]
    assert len({label.split(",")[0] for label in labels}) == len(labels)


def test_values_and_intervals_are_the_summarys_and_the_charts(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, raw=True, blocks=3, workloads=("ping_pong", "skynet"))
    drawing = machine_cost.draw(summary)
    assert drawing.chart is not None
    for axes, which in zip(drawing.figure.axes, SHOWN, strict=True):
        marks = [mark for mark in drawing.chart.marks if mark.row == axes.get_title(loc="left")]
        for model in ("mn", "go", "os_threads", "boost_fiber", "tbb"):
            cells = costs(summary, which, model) + costs(summary, which, model, "skynet")
            medians = sorted(cell["median"] for cell in cells)
            assert len(medians) == 2
            assert values(axes, model, "x") == medians == sorted(mark.x for mark in marks if mark.series == model)
        assert spans(axes, "x") == {(mark.low, mark.high) for mark in marks}


def test_the_parameters_are_those_of_most_models_and_then_of_the_cheapest_operation() -> None:
    summary = kept_summary()
    found = [cost for cost in summary["costs"] if cost["workload"] == "ping_pong"]
    dear = [{**c, "params": {"capacity": 1, "cores": 2}, "median": c["median"] and c["median"] * 9} for c in found]
    cheap = [{**c, "params": {"capacity": 2, "cores": 2}, "median": c["median"] and c["median"] / 9} for c in found]
    few = [{**c, "params": {"capacity": 3, "cores": 2}, "median": 1.0} for c in found if c["model"] == "mn"]
    rows = costs_shown.choose([*dear, *cheap, *few])
    assert {cost["params"]["capacity"] for cost in rows["ping_pong, a round trip"]} == {2}


def test_the_title_names_who_is_clear_of_all_others_and_the_most_switches(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, raw=True, blocks=5, workloads=("ping_pong",))
    assert "2 cores: mn in 1 of 1 workloads" in machine_cost.draw(summary).title
    (voluntary,), (involuntary,) = (costs(summary, which, "go") for which in SHOWN[1:3])
    voluntary["median"], involuntary["median"] = 1.5, 0.25
    assert "1.75 in Go" in machine_cost.draw(summary).title


def test_nobody_is_named_whose_interval_touches_another_or_rests_on_few_values(tmp_path: Path) -> None:
    few = summary_of(tmp_path / "few", raw=True, blocks=3, workloads=("ping_pong",))
    assert "nobody in any of 1 workloads" in machine_cost.draw(few).title
    summary = summary_of(tmp_path / "enough", raw=True, blocks=5, workloads=("ping_pong",))
    (mine,), (other,) = costs(summary, "cpu_ns", "mn"), costs(summary, "cpu_ns", "go")
    mine["ci95"][1] = other["ci95"][0]
    assert "nobody in any of 1 workloads" in machine_cost.draw(summary).title
    mine["ci95"][1] = mine["median"]
    assert "mn in 1 of 1 workloads" in machine_cost.draw(summary).title
    summary["aa"]["noise_floor"] = 1.01 * other["median"] / mine["median"]
    assert "nobody in any of 1 workloads" in machine_cost.draw(summary).title


def test_a_failure_is_a_cross_in_each_panel_with_its_reason(tmp_path: Path) -> None:
    def crash(trial: dict[str, Any]) -> None:
        if trial["model"] == "tbb":
            trial.update(outcome="crash", reason="SIGSEGV", metrics={})

    drawing = machine_cost.draw(summary_of(tmp_path, raw=True, blocks=3, workloads=("ping_pong",), change=crash))
    assert drawing.chart is not None
    drawn = [colour for axes in drawing.figure.axes for colour in crosses(axes)]
    assert drawn == failed(drawing.chart.marks) == [look("tbb").colour] * 4
    assert "× oneTBB, ping_pong: crash: SIGSEGV" in drawing.notes


def test_a_zero_stands_at_the_left_edge(tmp_path: Path) -> None:
    def calm(trial: dict[str, Any]) -> None:
        if trial["model"] == "mn":
            trial["rusage"]["involuntary_switches"] = 0

    drawing = machine_cost.draw(summary_of(tmp_path, raw=True, blocks=3, workloads=("ping_pong",), change=calm))
    assert values(drawing.figure.axes[2], "mn", "x") == [0.015], "as a share of the panel"
    assert drawing.chart is not None
    assert [m.x for m in drawing.chart.marks if (m.series, m.row) == ("mn", PANELS[2])] == [0.0]


def test_faults_that_took_the_disk_are_told() -> None:
    summary = kept_summary()
    assert any("there were none with it" in note for note in machine_cost.draw(summary).notes)
    for cost in costs(summary, "major_faults", "go"):
        cost["median"] = 0.5
    assert any("With it: Go ping_pong: 0.5" in note for note in machine_cost.draw(summary).notes)


def test_a_run_without_results_of_google_benchmark_says_so(tmp_path: Path) -> None:
    drawing = machine_cost.draw(summary_of(tmp_path, blocks=2, workloads=("ping_pong",)))
    assert "no data" in texts(drawing)
    assert drawing.chart is None


def test_one_model_in_one_block_has_no_interval_and_no_rival(tmp_path: Path) -> None:
    drawing = machine_cost.draw(summary_of(tmp_path, raw=True, blocks=1, models=("go",), workloads=("ping_pong",)))
    assert all(spans(axes, "x") == set() for axes in drawing.figure.axes)
    assert "nobody in any of 1 workloads" in drawing.title
