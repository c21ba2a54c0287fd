"""The figures of the evidence, and speed against memory: what they say is what the summary has."""

from pathlib import Path
from typing import Any

import pytest

from analysis.tests.synthetic import kept_summary, summary_of
from plots.figures import aa, noise, pareto, samples
from plots.files import svg_text
from plots.frame import Summary, is_contest
from plots.style import look
from plots.tests.made import made_summary

Entry = dict[str, Any]


def cells(summary: Summary, **wanted: Any) -> list[Entry]:
    return [c for c in summary["cells"] if all({**c["params"], **c}[key] == value for key, value in wanted.items())]


def placed(summary: Summary, places: dict[str, tuple[float, float]], width: float = 0.01) -> Summary:
    """Every model at (bytes, ns), with intervals of so much to either side."""
    for slope in summary["slopes"]:
        if (slope["workload"], slope["metric"]) == ("parked", "bytes_per_task"):
            at = places[slope["model"]][0]
            slope.update(slope=at, ci95=[at * (1 - width), at * (1 + width)])
    for cell in summary["cells"]:
        if cell["workload"] in pareto.OPERATIONS:
            at = places[cell["model"]][1]
            cell.update(median=at, ci95=[at * (1 - width), at * (1 + width)])
    return summary


PLACES = {
    "mn": (4000, 100),
    "go": (2700, 300),
    "os_threads": (34_000, 9_000),
    "boost_fiber": (9000, 99.5),
    "tbb": (8000, 500),
}


def test_the_front_is_who_nobody_beats_on_both() -> None:
    drawing = pareto.draw(placed(kept_summary(), PLACES))
    assert drawing.title == (
        "Nobody is clearly both smaller and faster than mn, Go and Boost.Fiber in spawn_join and ping_pong on 1 and 2 "
        "cores"
    )
    column = drawing.table.columns.index("clearly both smaller and faster")
    standing = {(row[0], row[2], row[3]): row[column] for row in drawing.table.rows}
    assert standing["spawn_join", "1 core", "OS threads"] == "mn, Go, Boost.Fiber and oneTBB"
    assert standing["spawn_join", "1 core", "oneTBB"] == "mn and Go"
    assert standing["ping_pong", "2 cores", "Go"] == "nobody: on the front"


@pytest.mark.parametrize(
    ("time", "width", "stays"),
    [(105, 0.001, True), (150, 0.3, True), (150, 0.01, False)],  # within the floor, intervals that meet, neither
)
def test_who_is_within_the_noise_of_a_smaller_one_stays_on_the_front(time: float, width: float, stays: bool) -> None:
    summary = placed(kept_summary(), {**PLACES, "boost_fiber": (9000, time)}, width)
    summary["aa"]["floors"]["ns"]["factor"] = 1.1
    assert ("Boost.Fiber" in pareto.draw(summary).title) == stays


def test_fronts_that_differ_are_told_apart() -> None:
    summary = placed(kept_summary(), PLACES)
    for cell in cells(summary, workload="ping_pong", cores=2, model="go"):
        cell.update(median=10, ci95=[9, 11])
    title = pareto.draw(summary).title
    assert "than mn, Go and Boost.Fiber in spawn_join on 1 and 2 cores and in ping_pong on 1 core" in title
    assert title.endswith("; than Go in ping_pong on 2 cores")


def test_the_front_is_drawn_through_the_best_medians() -> None:
    axes = pareto.draw(placed(kept_summary(), PLACES)).figure.axes[0]
    (stairs,) = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert list(stairs.get_xdata())[1:-1] == [2700, 4000, 9000]
    assert list(stairs.get_ydata())[1:-1] == [300, 100, 99.5]
    markers = {
        line.get_color(): (line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line is not stairs
    }
    assert markers == {look(model).colour: place for model, place in PLACES.items()}
    assert len(axes.collections) == 2 * len(PLACES)  # an interval along each axis


def test_no_panel_of_the_front_cuts_off_a_model() -> None:
    summary = placed(kept_summary(), PLACES)
    for cell in cells(summary, workload="ping_pong", cores=2, model="os_threads"):
        cell.update(median=1e6, ci95=[9e5, 2e6])
    for axes in pareto.draw(summary).figure.axes:
        for line in axes.lines:
            assert axes.get_xlim()[0] <= min(line.get_xdata())
            assert axes.get_xlim()[1] >= max(line.get_xdata())
            assert axes.get_ylim()[0] <= min(line.get_ydata())
            assert axes.get_ylim()[1] >= max(line.get_ydata())


def test_an_operation_stands_at_the_first_parameters_that_most_models_have() -> None:
    summary = kept_summary()
    rows = {row[:2] for row in pareto.draw(summary).table.rows}
    assert rows == {("spawn_join", "n 1,000"), ("ping_pong", "capacity 0")}
    small = [cell for cell in cells(summary, workload="spawn_join", model="tbb") if cell["params"]["n"] == 1000]
    for cell in small:
        cell.update(outcome="timeout", reason="hung", n=0, median=None, ci95=None)
    assert ("spawn_join", "n 10,000") in {row[:2] for row in pareto.draw(summary).table.rows}


def test_every_sample_is_a_tick_at_its_multiple_of_the_best_median() -> None:
    summary = kept_summary()
    drawing = samples.draw(summary)
    shown = [c for c in summary["cells"] if is_contest(c) and "." not in c["model"]]  # servers have variants
    assert any("servers' variants are in summary.json" in note for note in drawing.notes)
    wanted = sum(value is not None and value > 0 for c in shown for value in c["values"])
    ticks = [
        line
        for axes in drawing.figure.axes
        for line in axes.lines
        if line.get_marker() == "None" and len(line.get_xdata()) > 2
    ]
    assert sum(len(line.get_xdata()) for line in ticks) == 3 * wanted
    (cell,) = cells(summary, workload="ping_pong", cores=1, model="go")
    best = min(c["median"] for c in cells(summary, workload="ping_pong", cores=1))
    (go,) = [line for line in ticks if line.get_color() == look("go").colour and line.axes is drawing.figure.axes[0]]
    for value in cell["values"]:
        assert any(x == pytest.approx(value / best) for x in go.get_xdata() if x is not None)
    assert drawing.title.startswith(f"{wanted:,} samples: ")


def test_the_widest_cell_is_named_and_a_best_of_higher_is_the_highest(tmp_path: Path) -> None:
    def change(trial: Entry) -> None:
        value = trial["metrics"].pop("ns_per_round_trip")["value"]
        trial["workload"] = "echo"
        trial["metrics"]["requests_per_s"] = {"value": 1e9 / value, "unit": "1/s", "better": "higher"}
        if (trial["model"], trial["block"], trial["params"]["cores"]) == ("tbb", 2, 2):
            trial["metrics"]["requests_per_s"]["value"] /= 50

    summary = summary_of(tmp_path, blocks=3, workloads=("ping_pong",), change=change)
    drawing = samples.draw(summary)
    assert "(oneTBB, echo, requests/s, 2 cores)" in drawing.title
    best = max(cell["median"] for cell in cells(summary, cores=1))
    chart = drawing.chart
    assert chart is not None
    medians = [mark.x for mark in chart.marks if mark.note == "median" and mark.column == "1 core"]
    assert max(medians) == 1.0
    assert min(medians) == pytest.approx(min(cell["median"] for cell in cells(summary, cores=1)) / best)


def test_what_has_no_place_on_a_log_axis_is_counted() -> None:
    summary = made_summary()
    (cell,) = [c for c in cells(summary, workload="ping_pong", cores=1, model="go") if c["params"]["capacity"] == 0]
    cell["values"][0] = 0.0
    assert "Samples of zero or below, which have no place on a log axis: 1." in samples.draw(summary).notes


def test_samples_of_a_long_run_stay_small() -> None:
    summary = made_summary()
    for cell in summary["cells"]:
        cell["values"], cell["trials"] = cell["values"] * 11, cell["trials"] * 11
    drawing = samples.draw(summary)
    drawn = sum(len(line.get_xdata()) // 3 for axes in drawing.figure.axes for line in axes.lines)
    assert drawn > 10_000
    assert len(svg_text(drawing.figure, drawing.name)) < 40 * drawn  # bytes each, with all that stands around them


def test_aa_shows_every_whole_pair_with_the_floor_and_rings_false_alarms() -> None:
    summary = kept_summary()
    pairs = [pair for pair in summary["aa"]["comparisons"] if "." not in pair["metric"]]
    pairs = [pair for pair in pairs if pair["metric"] != "os_threads"]  # the same in every trial
    pairs = [pair for pair in pairs if pair["workload"] != "echo_server"]  # which has floors of its own
    for pair in pairs:
        pair["verdict"] = "cannot_tell"
    pairs[0].update(ratio=1.5, ci95=[1.4, 1.6], verdict="better")
    summary["aa"]["false_alarms"] = 1
    drawing = aa.draw(summary)
    assert len(drawing.table.rows) == len(pairs) == summary["aa"]["pairs"]
    assert drawing.title.startswith(
        f"mn against itself: 1 of {len(pairs)} pairs would be called different, 95 % lie within 1."
    )
    assert "the widest is 1.50× apart (" in drawing.title
    assert any("a server shows under load has noise floors of its own" in note for note in drawing.notes)
    rings = [line for axes in drawing.figure.axes for line in axes.lines if line.get_markersize() == 11]
    assert [list(ring.get_xdata()) for ring in rings] == [[1.5]]
    assert "false alarm" in {text.get_text() for text in drawing.figure.legends[0].get_texts()}
    floor = summary["aa"]["noise_floor"]
    bands = [patch.get_extents().transformed(axes.transData.inverted()) for axes in drawing.figure.axes
             for patch in axes.patches if patch.get_alpha() == 0.9]  # fmt: skip
    assert [(band.x0, band.x1) for band in bands] == [pytest.approx((1 / floor, floor))] * 2
    assert not any(row[-2].startswith("false alarm") for row in drawing.table.rows[1:])


def test_without_false_alarms_there_is_no_ring() -> None:
    summary = kept_summary()
    for pair in summary["aa"]["comparisons"]:
        pair["verdict"] = "cannot_tell"
    drawing = aa.draw(summary)
    assert "false alarm" not in {text.get_text() for text in drawing.figure.legends[0].get_texts()}


def test_the_noise_log_tells_who_was_robbed_of_how_much() -> None:
    summary = made_summary()
    drawing = noise.draw(summary)
    trials = len(summary["noise"]["order"])
    robbed = trials // 50 + 2
    assert drawing.title == (
        f"Time was stolen from {robbed} of {trials} trials: {trials // 50 + 15} ticks in all, at most 9 from one; "
        "2 marked, 1 replaced"
    )
    stolen, load = drawing.figure.axes
    marked, replaced = (next(line for line in stolen.lines if line.get_marker() == marker) for marker in ("o", "x"))
    assert (list(marked.get_xdata()), list(marked.get_ydata())) == ([21, 121], [9, 6])
    assert (list(replaced.get_xdata()), list(replaced.get_ydata())) == ([21], [9])
    assert list(load.lines[0].get_ydata()) == summary["noise"]["load1"]
    assert [text.get_text() for text in stolen.texts] == ["block 1", "block 2", "block 3"]
    column = drawing.table.columns.index("marked trials, by order")
    assert drawing.table.rows[0][column] == str(summary["noise"]["order"][20]) + (
        f", {summary['noise']['order'][120]}" if summary["noise"]["block"][120] == 1 else ""
    )


def test_a_run_that_nobody_robbed_says_so() -> None:
    title = noise.draw(kept_summary()).title
    assert title.startswith("No time was stolen from any of ")
    assert title.endswith("; 0 marked, 0 replaced")


def test_where_steal_cannot_be_read_nothing_is_claimed() -> None:
    summary = kept_summary()
    summary["noise"]["steal_ticks"] = [None] * len(summary["noise"]["order"])
    assert "could read what was stolen" in svg_text(noise.draw(summary).figure, "noise")
