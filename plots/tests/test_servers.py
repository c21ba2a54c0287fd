"""The figures of servers: every value in its panel, lower bounds and failures said, no winner where there is none."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from analysis.tests.synthetic import SERVERS, kept_summary, summary_of
from plots.drawing import Drawing
from plots.figures import server_latency, server_memory, server_routes, servers, serving
from plots.frame import Entry, Summary
from plots.style import CONNECTION_PARTS, in_order, look
from plots.tests.drawn import crosses, failed, spans, texts, values

MODELS = in_order(model for model in SERVERS if model != "mn.again")
LOADED = (servers, server_routes, server_latency)
MEASURES = ("requests_per_s", "at75_p99_us", "cpu_us_per_request")
DESCRIPTORS = "memory: RLIMIT_NOFILE is 20000, and 100064 descriptors are needed"


def cells(summary: Summary, metric: str, workload: str = "echo_server", **wanted: Any) -> list[Entry]:
    found = [c for c in summary["cells"] if (c["workload"], c["metric"]) == (workload, metric)]
    return [c for c in found if all({**c["params"], "model": c["model"]}[name] == v for name, v in wanted.items())]


def broken(summary: Summary, model: str, outcome: str = "limit", reason: str = "no more", **params: int) -> Summary:
    """The model failed there in every trial."""
    for cell in summary["cells"]:
        if (
            cell["model"] == model
            and params.items() <= cell["params"].items()
            and cell["workload"] in serving.WORKLOADS
        ):
            cell.update(outcome=outcome, outcomes={outcome: 3}, reason=reason, n=0, median=None, ci95=None, mad=None,
                        values=[None] * 3)  # fmt: skip
            cell.pop("at_least", None)
    return summary


def ahead(summary: Summary, model: str, metric: str, factor: float, **params: int) -> Summary:
    """As if the model's verdict against every other were better there."""
    for ratio in summary["ratios"]:
        if ratio["metric"] == metric and params.items() <= ratio["params"].items():
            if ratio["model"] == model:
                ratio.update(verdict="better", ratio=factor)
            elif ratio["baseline"] == model:
                ratio.update(verdict="worse", ratio=1 / factor)
    for cell in cells(summary, metric, model=model, **params):
        cell["median"] = cell["median"] * (10 if cell["better"] == "higher" else 0.1)
    return summary


def marks(drawing: Drawing, **wanted: Any) -> list[Any]:
    assert drawing.chart is not None
    return [m for m in drawing.chart.marks if all(getattr(m, name) == value for name, value in wanted.items())]


def test_there_is_a_panel_for_each_measure_with_its_direction_and_a_line_for_each_model() -> None:
    summary = kept_summary()
    drawing = servers.draw(summary)
    titles = [axes.get_title(loc="left") for axes in drawing.figure.axes]
    assert titles == ["requests a second:\nhigher is better", "p99 at 75 % of capacity:\nlower is better",
                      "CPU time of a request:\nlower is better"]  # fmt: skip
    labels = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
    assert labels == [look(model).label for model in MODELS]
    for axes, metric, title in zip(drawing.figure.axes, MEASURES, ("requests", "p99", "CPU"), strict=True):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert [label.get_text() for label in axes.get_xticklabels()] == ["100", "1,000", "10,000"]
        entries = cells(summary, metric, route=0)
        told = [mark for mark in marks(drawing) if mark.row.startswith(title)]
        assert len(told) == len(entries) == 3 * len(MODELS)
        for model in MODELS:
            medians = sorted(cell["median"] for cell in entries if cell["model"] == model)
            mine = {mark.x: mark.y for mark in told if mark.series == model}
            drawn = [line for line in axes.lines if line.get_color() == look(model).colour]
            (line,) = [one for one in drawn if (one.get_markerfacecolor() == "#fffffe") == look(model).hollow]
            assert sorted(line.get_ydata()) == medians == sorted(mine.values())
            assert sorted(mine) == [100, 1000, 10_000]
        assert spans(axes, "y") == {tuple(cell["ci95"]) for cell in entries} == {(m.low, m.high) for m in told}


def test_markers_of_one_number_of_connections_do_not_hide_each_other() -> None:
    axes = servers.draw(kept_summary()).figure.axes[0]
    places = [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() not in ("None", "x")]
    assert len(set(places)) == len(MODELS)
    assert max(places) / min(places) < 1.5


def test_what_is_asked_of_a_server_is_said_with_its_share_and_its_noise() -> None:
    notes = " ".join(servers.draw(kept_summary()).notes)
    for words in ("on 1 core, of which it may use 50 %", "75 % of the capacity", "90 % or more of what it may",
                  "No request failed, in any trial.", "Noise floors: requests a second 1.0"):  # fmt: skip
        assert words in notes
    assert "(assumed)" not in notes


def test_a_floor_that_was_not_measured_says_so(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=3, workloads=("echo_server",), models=("go", "os_threads"))
    assert "Noise floors: requests a second 1.40× (assumed)" in " ".join(servers.draw(summary).notes)


def test_a_rate_is_marked_as_at_least_where_the_server_was_not_the_limit() -> None:
    drawing = servers.draw(kept_summary())
    signs = [text for axes in drawing.figure.axes for text in axes.texts if text.get_text() == "≥"]
    assert len(signs) == 1
    assert signs[0].axes is drawing.figure.axes[0]
    (bound,) = [mark for mark in marks(drawing) if mark.at_least]
    assert (bound.series, bound.x, bound.row) == ("mn.stackless", 100, "requests a second")
    assert "a lower bound: it was not the server, which used 84.0 % of what it may" in bound.note
    (row,) = [row for row in drawing.table.rows if row[3].startswith("≥ ")]
    assert row[:3] == ("100", "/", "mn (stackless)")
    assert any(n.startswith("≥ At least") and "mn (stackless), 100 connections, / (84.0 %)" in n for n in drawing.notes)
    (less,) = [note for note in server_latency.draw(kept_summary()).notes if note.startswith("With less load")]
    assert "mn (stackless), 100 connections, /" in less


def test_where_every_server_was_the_limit_nothing_is_marked() -> None:
    summary = kept_summary()
    for cell in summary["cells"]:
        cell.pop("at_least", None)
    for figure in LOADED:
        drawing = figure.draw(summary)
        assert not any(text.get_text() == "≥" for axes in drawing.figure.axes for text in axes.texts)
        assert not any(mark.at_least for mark in marks(drawing))
        assert not any("At least" in note or "less load" in note for note in drawing.notes)


def test_requests_that_failed_are_counted_over_all_trials() -> None:
    summary = kept_summary()
    (cell,) = cells(summary, "errors", model="go", connections=1000, route=0)
    cell["values"] = [0.0, 7.0, 0.0]  # the median hides them
    for figure in (servers, server_routes):
        assert "Requests that failed: Go, 1,000 connections, /: 7 requests in all trials." in figure.draw(summary).notes


def test_a_failed_model_is_a_cross_where_it_fails_first_with_the_reason() -> None:
    reason = "EAGAIN at 9000 threads; kernel.pid_max is 9100"
    summary = broken(kept_summary(), "os_threads", reason=reason, connections=10_000)
    drawing = servers.draw(summary)
    for axes in drawing.figure.axes:
        assert crosses(axes) == [look("os_threads").colour]
    assert failed(marks(drawing)) == [look("os_threads").colour] * 3
    assert {(mark.x, mark.note) for mark in marks(drawing, y=None)} == {(10_000, f"limit: {reason}")}
    assert f"× OS threads, 10,000 connections, /: limit: {reason}" in drawing.notes
    assert "failed" in {text.get_text() for text in drawing.figure.legends[0].get_texts()}
    (row,) = [row for row in drawing.table.rows if row[-1] == reason]
    assert row[:3] == ("10,000", "/", "OS threads")


def test_what_fails_everywhere_stands_at_the_foot() -> None:
    drawing = servers.draw(broken(kept_summary(), "tbb", outcome="crash", reason="SIGSEGV"))
    for axes in drawing.figure.axes:
        assert crosses(axes) == [look("tbb").colour]
    assert len(marks(drawing, series="tbb")) == 3


def test_the_title_names_who_serves_most_only_where_the_verdicts_allow_it() -> None:
    summary = ahead(kept_summary(), "go", "requests_per_s", 1.7, connections=1000, route=0)
    summary = ahead(summary, "go.http", "requests_per_s", 9.0, connections=100, route=0)
    for ratio in summary["ratios"]:
        if ratio["metric"] == "requests_per_s" and ratio["params"]["connections"] != 1000:
            ratio["verdict"] = "cannot_tell"
        elif ratio["metric"] == "requests_per_s" and (ratio["model"], ratio["baseline"]) == ("mn", "go"):
            ratio["ratio"] = 1 / 1.25  # the nearest
    assert servers.draw(summary).title == (
        "Most requests a second – over 100 connections: no winner can be named; over 1,000 connections: Go, 1.25× as "
        "many as mn; over 10,000 connections: no winner can be named"
    )


def test_a_variant_takes_part_in_no_title() -> None:
    """It would be the winner; the title is about the recommended configurations."""
    summary = ahead(kept_summary(), "mn.stackless", "requests_per_s", 5.0, connections=1000, route=0)
    summary = ahead(summary, "mn.stackless", "at75_p99_us", 5.0, connections=1000, route=0)
    for figure in LOADED:
        assert "stackless" not in figure.draw(summary).title


def test_more_is_better_in_the_one_panel_and_less_in_the_others() -> None:
    for drawing in (servers.draw(kept_summary()), server_routes.draw(kept_summary())):
        assert drawing.chart is not None
        assert drawing.chart.more_is_better is False
        assert drawing.chart.rows_the_other_way == ("requests a second",)
        assert dict(drawing.chart.row_axes)["requests a second"].title == "requests a second: higher is better"
        assert [axis.unit for _, axis in drawing.chart.row_axes] == ["1/s", "µs", "µs"]


def test_an_axis_does_not_make_mountains_of_noise() -> None:
    summary = kept_summary()
    for cell in cells(summary, "requests_per_s", route=0):
        cell.update(median=50_000.0, ci95=[49_900.0, 50_100.0])
    low, high = servers.draw(summary).figure.axes[0].get_ylim()
    assert high / low >= 2.0


def test_the_load_with_the_most_values_is_shown() -> None:
    summary = kept_summary()
    other = deepcopy([c for c in summary["cells"] if c["workload"] == "echo_server" and c["model"] == "go"])
    for cell in other:
        cell["params"] = {**cell["params"], "share_percent": 100}
        if cell["median"] is not None:
            cell["median"] *= 2
    summary["cells"] += other
    drawing = servers.draw(summary)
    assert "of which it may use 50 %" in drawing.notes[0]
    assert len(marks(drawing, series="go")) == 9


def test_the_routes_stand_side_by_side_over_as_many_connections() -> None:
    summary = kept_summary()
    drawing = server_routes.draw(summary)
    rows = [label.get_text() for label in drawing.figure.axes[0].get_yticklabels()]
    assert rows == ["/ answers at once", "/wait waits 5 ms", "/work computes 50 µs"]
    for axes, metric, row in zip(drawing.figure.axes, MEASURES, serving.MEASURES, strict=True):
        entries = cells(summary, metric, connections=1000)
        told = marks(drawing, row=row.title)
        assert len(entries) == len(told) == 3 * len(MODELS)
        assert spans(axes, "x") == {tuple(cell["ci95"]) for cell in entries} == {(m.low, m.high) for m in told}
        for model in ("os_threads", "tbb"):  # which have no variants, that look alike
            assert values(axes, model, "x") == sorted(cell["median"] for cell in entries if cell["model"] == model)
    assert any("nobody can serve more than 200,000/s" in note for note in drawing.notes)
    assert drawing.title.startswith("Most requests a second over 1,000 connections – /: ")


def test_a_failure_on_a_route_stands_at_the_worse_end() -> None:
    summary = broken(kept_summary(), "os_threads", connections=1000, route=1)
    drawing = server_routes.draw(summary)
    places = [
        float(line.get_xdata()[0]) for axes in drawing.figure.axes for line in axes.lines if line.get_marker() == "x"
    ]
    assert places == [0.015, 0.985, 0.985]  # shares of the panel: few requests, long times
    assert failed(marks(drawing)) == [look("os_threads").colour] * 3


def test_one_route_is_set_beside_nothing() -> None:
    summary = kept_summary()
    summary["cells"] = [c for c in summary["cells"] if not c["params"].get("route")]
    assert "fewer than two routes" in texts(server_routes.draw(summary))
    assert servers.draw(summary).table.rows


def test_latency_stands_against_the_load_with_a_panel_for_each_route_and_size() -> None:
    summary = kept_summary()
    drawing = server_latency.draw(summary)
    titles = [axes.get_title(loc="left") for axes in drawing.figure.axes]
    assert titles == ["100 connections, /", "1,000 connections, /", "10,000 connections, /", "1,000 connections, /wait",
                      "1,000 connections, /work"]  # fmt: skip
    first = drawing.figure.axes[0]
    assert [label.get_text() for label in first.get_xticklabels()] == ["50 %", "75 %", "90 %"]
    for model in ("os_threads", "boost_fiber", "tbb"):
        wanted = sorted(
            cell["median"]
            for load in (50, 75, 90)
            for cell in cells(summary, f"at{load}_p99_us", model=model, connections=100)
        )
        assert values(first, model, "y") == wanted
        assert sorted(m.y for m in marks(drawing, row=titles[0], series=model)) == wanted
    percentiles = {(row[3], row[4]) for row in drawing.table.rows}
    assert percentiles == {(f"{load} %", which) for load in (50, 75, 90) for which in ("p50", "p99", "p99.9")}
    assert len(drawing.table.rows) == 9 * 5 * len(MODELS)
    assert any(note.startswith("How late the client itself sent") and "µs" in note for note in drawing.notes)


def test_an_idle_connection_is_taken_apart_into_the_process_and_the_kernel() -> None:
    summary = kept_summary()
    drawing = server_memory.draw(summary)
    assert [axes.get_title(loc="left") for axes in drawing.figure.axes] == [
        "1,000 idle connections",
        "10,000 idle connections",
    ]
    names = [label.get_text() for label in drawing.figure.axes[0].get_yticklabels()]
    assert names == [look(model).label for model in MODELS]
    for axes, size in zip(drawing.figure.axes, (1000, 10_000), strict=True):
        widths: dict[float, float] = {}
        bars = [patch for patch in axes.patches if patch.get_alpha() is None]
        for bar in bars:
            assert bar.get_x() == pytest.approx(widths.get(bar.get_y(), 0.0)), "a part begins where the one before ends"
            widths[bar.get_y()] = widths.get(bar.get_y(), 0.0) + bar.get_width()
        totals = cells(summary, "bytes_per_connection", "idle_connections", n=size)
        assert sorted(widths.values()) == pytest.approx(sorted(cell["median"] for cell in totals), rel=0.01)
        assert spans(axes, "x") == {tuple(cell["ci95"]) for cell in totals}
        told = marks(drawing, column=f"{size:,} idle connections")
        assert sorted(mark.x for mark in told) == pytest.approx(sorted(bar.get_width() for bar in bars))
        assert {mark.series for mark in told} <= {part.metric for part in CONNECTION_PARTS}
        go = {m: cells(summary, f"bytes_per_connection.{m}", "idle_connections", n=size, model="go")[0]["median"]
              for m in ("resident", "page_tables", "kernel_stack", "kernel_slab")}  # fmt: skip
        sums = f"{go['resident'] + go['page_tables']:,.0f} + {go['kernel_stack'] + go['kernel_slab']:,.0f} B"
        assert sums in [text.get_text() for text in axes.texts]
    assert drawing.title.startswith("With 10,000 idle connections each takes, in the process itself, 1,4")


def test_the_clients_end_is_spoken_of_where_the_kernel_is_read_as_a_whole() -> None:
    summary = kept_summary()
    assert any("the client's end of each connection" in note for note in server_memory.draw(summary).notes)
    summary["memory_sources"]["kernel_slab"] = ["memory.stat of the child's cgroup"]
    assert not any("client's end" in note for note in server_memory.draw(summary).notes)


def test_so_many_connections_as_nobody_had_have_no_panel_but_a_reason(tmp_path: Path) -> None:
    summary = kept_summary()
    more = deepcopy([c for c in summary["cells"] if c["workload"] == "idle_connections" and c["params"]["n"] == 10_000])
    for cell in more:
        cell["params"]["n"] = 100_000
    summary["cells"] += more
    for model in MODELS:
        broken(summary, model, reason=DESCRIPTORS, n=100_000)
    drawing = server_memory.draw(summary)
    assert len(drawing.figure.axes) == 2
    (note,) = [note for note in drawing.notes if note.startswith("× ")]
    assert note.startswith("× 100,000 connections: mn, mn (stackless), Go, ")
    assert note.endswith(f"limit: {DESCRIPTORS}")
    one = server_memory.draw(broken(kept_summary(), "os_threads", reason=DESCRIPTORS, n=10_000))
    assert "× limit" in [text.get_text() for text in one.figure.axes[1].texts]
    (mark,) = marks(one, x=None)
    assert (mark.y, mark.column) == ("OS threads", "10,000 idle connections")
    assert mark.note == f"limit: {DESCRIPTORS}"


def test_who_was_not_run_with_so_many_connections_is_no_empty_row() -> None:
    summary = kept_summary()
    summary["cells"] = [c for c in summary["cells"] if (c["model"], c["params"].get("n")) != ("tbb", 10_000)]
    drawing = server_memory.draw(summary)
    said = [[text.get_text() for text in axes.texts].count("not run") for axes in drawing.figure.axes]
    assert said == [0, 1]
    assert not marks(drawing, x=None)


def test_a_run_of_smoke_as_it_is_planned_can_be_drawn(tmp_path: Path) -> None:
    """One number of connections, one route, one block: no interval, no verdict."""
    summary = summary_of(tmp_path, as_planned=True, workloads=("echo_server", "idle_connections"))
    for figure in (*LOADED, server_memory):
        assert "<svg" in texts(figure.draw(summary))
    if cells(summary, "requests_per_s"):
        assert "no winner can be named" in servers.draw(summary).title
