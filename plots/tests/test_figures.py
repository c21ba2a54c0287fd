"""What the figures are made of: every figure has its title from the data, its table and its marks, and there is a
figure even where there is no data. How they look is for eyes."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from matplotlib.collections import LineCollection

from analysis.tests.synthetic import empty_summary, kept_summary, summary_of
from plots import FIGURES, Drawing, draw_all
from plots.__main__ import main
from plots.figures import parked_memory, ratio, reserved, scaling, time_per_workload
from plots.files import svg_text, write_figure
from plots.frame import is_contest
from plots.style import look
from plots.tests.made import made_summary, with_failures

NAMES = ["ratio_os_threads", "ratio_go", "time_per_workload", "scaling", "cores", "parked_memory", "spawned_memory",
         "reserved_resident", "memory_over_time", "latency", "servers", "server_routes", "server_latency",
         "server_memory", "machine_cost", "survival", "pareto", "samples", "aa", "noise"]  # fmt: skip


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    return {drawing.name: drawing for drawing in draw_all(made_summary())}


def texts(drawing: Drawing) -> str:
    return svg_text(drawing.figure, drawing.name)


def test_every_figure_has_a_title_a_table_and_a_name_of_its_own(drawings: dict[str, Drawing]) -> None:
    assert list(drawings) == NAMES
    for drawing in drawings.values():
        assert len(drawing.title) > 20
        assert drawing.table.rows
        assert all(len(row) == len(drawing.table.columns) for row in drawing.table.rows)
        assert all(isinstance(text, str) and text for row in drawing.table.rows for text in row)


@pytest.mark.parametrize("name", NAMES[:4])
def test_there_is_a_panel_for_each_number_of_cores_and_a_legend_of_all_models(
    name: str, drawings: dict[str, Drawing]
) -> None:
    titles = [axes.get_title(loc="left") for axes in drawings[name].figure.axes]
    assert len([t for t in titles if t.endswith("1 core")]) == len([t for t in titles if t.endswith("2 cores")]) > 0
    labels = {text.get_text() for text in drawings[name].figure.legends[0].get_texts()}
    models = {"mn", "go", "os_threads", "boost_fiber", "tbb"} - {name.removeprefix("ratio_")}
    assert labels - {"failed"} == {look(model).label for model in models}


def test_each_model_is_drawn_in_its_own_colour(drawings: dict[str, Drawing]) -> None:
    axes = drawings["time_per_workload"].figure.axes[0]
    drawn = {line.get_color() for line in axes.lines}
    assert {look(m).colour for m in ("mn", "go", "os_threads", "boost_fiber", "tbb")} <= drawn


def test_values_and_intervals_are_where_the_summary_has_them() -> None:
    summary = kept_summary()
    axes = ratio.draw(summary, "go").figure.axes[0]
    entries = [
        e for e in summary["ratios"]
        if (e["baseline"], e["model"], e["params"]["cores"]) == ("go", "mn", 1) and is_contest(e)
    ]  # fmt: skip
    assert {e["metric"] for e in entries if e["workload"] == "echo_server"} > {"requests_per_s"}
    # Latency and CPU time of servers have figures of their own.
    entries = [e for e in entries if e["workload"] != "echo_server" or e["metric"] == "requests_per_s"]
    line = next(line for line in axes.lines if line.get_color() == look("mn").colour)
    assert sorted(line.get_xdata()) == pytest.approx(sorted(e["ratio"] for e in entries))
    spans = [
        segment[:, 0].tolist()
        for c in axes.collections
        if isinstance(c, LineCollection) and c.get_linewidth()[0] == 1.6
        for segment in c.get_segments()
    ]
    for entry in entries:
        assert pytest.approx(entry["ci95"]) in spans


def test_a_failed_model_is_a_cross_with_its_limit(drawings: dict[str, Drawing]) -> None:
    crosses = [
        line for axes in drawings["scaling"].figure.axes for line in axes.lines
        if line.get_marker() == "x" and line.get_color() == look("os_threads").colour
    ]  # fmt: skip
    assert len(crosses) == 6  # bytes, create and wake, with one and two cores
    assert {float(line.get_xdata()[0]) for line in crosses} == {10_000.0}
    assert any("EAGAIN at 9000 threads" in note for note in drawings["scaling"].notes)
    assert "Failed at parked from 10,000 tasks: OS threads;" in drawings["scaling"].title
    assert "OS threads failed here: limit" in texts(drawings["ratio_os_threads"])
    ratio_crosses = [
        line for axes in drawings["ratio_go"].figure.axes for line in axes.lines if line.get_marker() == "x"
    ]
    assert {line.get_color() for line in ratio_crosses} == {look("os_threads").colour}


def test_a_model_without_a_slope_is_starred_and_the_note_says_why(drawings: dict[str, Drawing]) -> None:
    summary = with_failures(kept_summary())
    for slope in summary["slopes"]:
        if slope["model"] == "os_threads":
            slope.update(slope=None, ci95=None, reason="one size only")
    for drawing in (parked_memory.draw(summary), reserved.draw(summary)):
        assert "OS threads, 1 core *" in texts(drawing)
        assert any(note.startswith("*") for note in drawing.notes)
    assert not any(note.startswith("*") for note in drawings["parked_memory"].notes)


def test_memory_is_stacked_to_its_whole_with_both_lines(drawings: dict[str, Drawing]) -> None:
    stacked, whole = drawings["parked_memory"].figure.axes
    widths: dict[float, float] = {}
    for bar in stacked.patches:
        assert bar.get_x() == pytest.approx(widths.get(bar.get_y(), 0.0)), "a part begins where the one before it ends"
        widths[bar.get_y()] = widths.get(bar.get_y(), 0.0) + bar.get_width()
    summary = with_failures(kept_summary())
    totals = [s["slope"] for s in summary["slopes"] if (s["workload"], s["metric"]) == ("parked", "bytes_per_task")]
    assert sorted(widths.values()) == pytest.approx(sorted(totals), rel=0.01)
    assert {text.get_text() for text in whole.texts} >= {"2 KB", "1 MB"}
    assert {text.get_text() for text in stacked.texts} >= {"2 KB"}


def test_titles_follow_the_data() -> None:
    summary = kept_summary()
    before = {drawing.name: drawing.title for drawing in draw_all(summary)}
    for slope in summary["slopes"]:
        if slope["slope"] is not None:
            slope["slope"] *= 1 if slope["metric"].endswith("resident") else 3
    for entry in summary["ratios"]:
        entry["verdict"] = "worse" if entry["verdict"] == "better" else "better"
    for cell in summary["cells"]:
        if cell["model"] == "mn":
            cell["median"] *= 1000
            cell["ci95"] = [1000 * bound for bound in cell["ci95"]]
    after = {drawing.name: drawing.title for drawing in draw_all(summary)}
    unchanged = {name for name, title in before.items() if after[name] == title}
    # Those speak of failures, of a model beside itself, of what an operation costs, of no winner, or of the run.
    assert unchanged == {
        "scaling",
        "survival",
        "cores",
        "memory_over_time",
        "machine_cost",
        "latency",
        "samples",
        "aa",
        "noise",
    }


def test_what_a_model_cannot_express_is_no_failure_of_it(drawings: dict[str, Drawing]) -> None:
    assert "held_start" in " ".join(drawings["spawned_memory"].notes)
    assert "spawned" not in drawings["scaling"].title
    assert not any("spawned" in note for note in drawings["scaling"].notes)
    assert "OS threads: cannot be expressed" in texts(drawings["ratio_os_threads"])


def test_what_was_run_on_one_number_of_cores_only_is_said(drawings: dict[str, Drawing]) -> None:
    assert "Go: not run" in texts(drawings["ratio_go"])  # spawned, on two
    (spawned,) = [a for a in drawings["scaling"].figure.axes if a.get_title(loc="left") == "spawned, bytes, 2 cores"]
    assert [text.get_text() for text in spawned.texts] == ["not run"]


def test_the_most_tasks_at_once_are_told_with_what_they_take(drawings: dict[str, Drawing]) -> None:
    table = drawings["parked_memory"].table
    (row,) = [row for row in table.rows if row[:2] == ("Go", "1 core")]
    assert row[table.columns.index("most at once")].startswith("10,000 in 26")


@pytest.mark.parametrize("draw", FIGURES)
def test_no_data_is_said_in_the_figure(draw: Any) -> None:
    drawing = draw(empty_summary())
    assert "no data" in texts(drawing)
    assert drawing.table.rows == ()


@pytest.mark.parametrize(
    "options", [{"models": ("go",)}, {"blocks": 1, "workloads": ("parked", "skynet")}, {"workloads": ("ping_pong",)}]
)
def test_runs_with_holes_can_be_drawn(options: dict[str, Any], tmp_path: Path) -> None:
    summary = summary_of(tmp_path, **{"blocks": 2, **options})
    for drawing in draw_all(summary):
        assert drawing.title
        assert "<svg" in texts(drawing)


def test_a_guest_that_no_list_knows_is_drawn_like_the_others(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=3, workloads=("parked", "spawned", "ping_pong"))
    for section in ("cells", "ratios", "slopes", "across_cores"):
        for entry in summary[section]:
            if entry["model"] == "tbb":
                entry["model"] = "tokio"
    drawings = [drawing for drawing in draw_all(summary) if drawing.table.rows]
    assert {"cores", "survival", "pareto", "samples"} < {drawing.name for drawing in drawings}
    for drawing in drawings:
        if drawing.name not in ("aa", "noise"):  # which speak of no guest
            assert "tokio" in texts(drawing)
            assert any("tokio" in row for row in drawing.table.rows)


def test_files_are_whole_and_repeat_to_the_byte(tmp_path: Path) -> None:
    summary = kept_summary()
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write_figure(time_per_workload.draw(summary), folder)
    for name in ("time_per_workload.svg", "time_per_workload.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    root = ElementTree.parse(tmp_path / "a" / "time_per_workload.svg").getroot()
    assert root.tag.endswith("svg")
    assert (tmp_path / "a" / "time_per_workload.png").read_bytes().startswith(b"\x89PNG")


def test_the_file_has_title_and_notes_inside(tmp_path: Path) -> None:
    drawing = scaling.draw(kept_summary())
    before = texts(drawing)
    write_figure(drawing, tmp_path)
    inside = (tmp_path / "scaling.svg").read_text(encoding="utf-8")
    assert drawing.title[:40] in inside
    assert drawing.title[:40] not in before
    assert "A/A noise floor" in inside


def test_drawing_changes_nothing_of_the_summary() -> None:
    summary = kept_summary()
    draw_all(summary)
    assert summary == kept_summary()


def test_the_command_without_a_summary_is_one_line_and_exit_code_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "summary.json").write_text('{"schema": 1}', encoding="utf-8")
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "bad"):
        assert main([str(folder)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert str(folder) in said


def test_what_is_evidence_for_a_claim_is_no_contest() -> None:
    summary = kept_summary()
    entry = {"workload": "ping_pong", "metric": "ns_per_round_trip"}
    assert is_contest(entry)
    for metric in ("requests_per_s", "cpu_us_per_request", "at75_p99_us"):
        assert is_contest({"workload": "echo_server", "metric": metric})
    for workload, metric in (("memory_over_time", "deep_bytes_per_task"), ("backend", "errors"),
                             ("parked", "os_threads"), ("hand_off_latency", "clock_ns"),
                             ("echo_server", "server_cpu_percent"), ("echo_server", "at90_p99_us"),
                             ("parked", "bytes_per_task.resident")):  # fmt: skip
        assert not is_contest({"workload": workload, "metric": metric})
    for draw in (ratio.draw(summary, "go"), scaling.draw(summary), time_per_workload.draw(summary)):
        shown = {cell for row in draw.table.rows for cell in row}
        assert not shown & {"memory_over_time", "laptop", "backend", "leaked"}
