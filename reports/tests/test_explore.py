"""Charts to explore: what Vega-Lite makes of them, and that nothing of a chart gets lost on the way."""

import json
from dataclasses import replace
from typing import Any

import pytest
import vl_convert

from plots import units
from plots.chart import Axis, Chart, Event, Mark
from plots.style import ALL_PARTS, CONNECTION_PARTS, LOOKS, OTHER_MARKERS, PARTS, look
from reports.charts.axes import tick_label, ticks
from reports.charts.hatches import LINES, patterns
from reports.charts.series import SHAPES, tip
from reports.csv_link import rows_of
from reports.explore import CONFIG, can_be_explored, explore

Spec = dict[str, Any]
ROWS = ("spawn_join", "ping_pong", "a workload whose parameters need more than one line")
TIME = Axis("time: left is better", "ns")


def dots(**changes: Any) -> Chart:
    """Three models in three bands and two panels; Go fails in one of the places."""
    marks = [
        Mark(None, row, model, column=cores, note="limit: EAGAIN at 32,448 threads")
        if (row, model, cores) == ("ping_pong", "go", "2 cores")
        else Mark(10.0**place, row, model, 9.0 * 10 ** (place - 1), 1.2 * 10.0**place, column=cores, note="5 trials")
        for cores in ("1 core", "2 cores")
        for place, row in enumerate(ROWS, start=1)
        for model in ("mn", "go", "boost_fiber.guarded")
    ]
    return Chart("point", TIME, Axis("workload", scale="ordinal", order=ROWS), tuple(marks), value="x", **changes)


def lines() -> Chart:
    marks = [
        Mark(n, None if model == "tbb" and n > 1000 else 50.0 * n**0.1, model, row=row, column=cores, note="limit: a")
        for row in ("parked", "skynet")
        for cores in ("1 core", "2 cores")
        for model in ("mn", "tbb")
        for n in (1000, 10_000)
    ]
    return Chart("line", Axis("tasks"), Axis("bytes a task: lower is better", "B"), tuple(marks))


def bars() -> Chart:
    marks = [Mark(300.0, task, part.metric) for task in ("mn, 1 core", "Go, 1 core") for part in PARTS]
    task = Axis("task", scale="ordinal", order=("mn, 1 core", "Go, 1 core"))
    return Chart("bar", Axis("bytes: left is better", "B", "linear"), task, tuple(marks), value="x", colours="parts",
                 references=((2048.0, "2 KB"), (1_048_576.0, "1 MB")))  # fmt: skip


def runs(**changes: Any) -> Chart:
    """Twelve runs that follow each other on two machines, of which the third has no value."""
    names = tuple(f"c{place} 2030-01-{place:02}" for place in range(1, 13))
    marks = tuple(
        Mark(place, None if place == 3 else 1 + place / 100, "mn", note="n", stretch="new" if place > 6 else "old")
        for place in range(1, 13)
    )
    x, y = Axis("run: the oldest first", scale="linear", names=names), Axis("times better", "×", "linear")
    return Chart("line", x, y, marks, events=(Event(6.5, "◆", "kernel", "kernel 1 → 2"),), **changes)


def compiled(spec: Spec) -> Spec:
    """What Vega-Lite makes of it as the page has it."""
    return vl_convert.vegalite_to_vega(json.dumps({**spec, "width": 400, "config": CONFIG}))


def rendered(spec: Spec) -> str:
    """The same drawn. The page's variables of CSS are no colours to what draws here."""
    text = json.dumps({**spec, "width": 400, "config": CONFIG})
    return vl_convert.vegalite_to_svg(text.replace("var(--paper)", "#fffffe").replace("var(--ink)", "#1f2328"))


def marks_of(vega: Spec, kind: str) -> list[Spec]:
    found = []
    for mark in vega["marks"]:
        found += marks_of(mark, kind) if "marks" in mark else [mark] if mark["type"] == kind else []
    return found


def values_in(chart: Chart) -> list[Spec]:
    return [datum for panel in explore(chart)["panels"] for datum in panel["spec"]["data"]["values"]]


@pytest.mark.parametrize(
    "chart", [dots(), dots(references=((1000.0, "a line"),)), lines(), bars(), runs(), runs(zooms=True)]
)
def test_vega_lite_compiles_every_panel_without_a_word(chart: Chart, capfd: pytest.CaptureFixture[str]) -> None:
    for panel in explore(chart)["panels"]:
        assert compiled({**panel["spec"]})["marks"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("chart", [dots(), lines(), bars(), runs(zooms=True)])
def test_every_mark_is_in_one_panel(chart: Chart) -> None:
    found = values_in(chart)
    assert len(found) == len(chart.marks)
    there = [m for m in chart.marks if m.x is not None and m.y is not None]
    wanted = sorted((m.series, str(m.x), str(m.y)) for m in there)
    assert sorted((d["s"], str(d["x"]), str(d["y"])) for d in found if "failed" not in d) == wanted
    assert sum("failed" in datum for datum in found) == len(chart.marks) - len(there)


def test_a_panel_draws_each_of_its_marks_with_shape_colour_and_interval() -> None:
    spec = explore(dots())["panels"][1]["spec"]  # with the failure
    svg = rendered(spec)
    for model in ("mn", "go"):
        assert f'fill="{look(model).colour}"' in svg
    assert svg.count('fill="#fffffe" stroke="#009e73"') == 3  # the variant is hollow
    (points,) = [m for m in marks_of(compiled(spec), "symbol") if "shape" in m["encode"]["update"]
                 and "scale" in m["encode"]["update"]["shape"]]  # fmt: skip
    assert points["encode"]["update"]["shape"] == {"scale": "shape", "field": "s"}
    scale = next(s for s in compiled(spec)["scales"] if s["name"] == "shape")
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
        "mn": "circle", "go": "square", "boost_fiber.guarded": "diamond",
    }  # fmt: skip
    (intervals,) = marks_of(compiled(spec), "rule")
    assert intervals["encode"]["update"]["x2"] == {"scale": "x", "field": "h"}


def test_a_failure_is_a_cross_with_its_reason() -> None:
    (failed,) = [datum for datum in values_in(dots()) if "failed" in datum]
    assert failed["t"] == "Go\nfailed\nping_pong, 2 cores\nlimit: EAGAIN at 32,448 threads"
    without, with_it = explore(dots())["panels"]
    crosses = [m for m in marks_of(compiled(with_it["spec"]), "symbol") if "M-0.7" in json.dumps(m)]
    assert len(crosses) == 2
    assert "M-0.7" not in json.dumps(compiled(without["spec"]))
    # At the end of its line; at the foot where it has none.
    (ended, *_) = [datum for datum in values_in(lines()) if "failed" in datum]
    assert ended["y"] == pytest.approx(50.0 * 1000**0.1)
    alone = Chart("point", Axis("tasks"), Axis("bytes", "B"), (Mark(10.0, 5.0, "mn"), Mark(20.0, None, "go")))
    assert next(datum for datum in values_in(alone) if "failed" in datum)["f"] < 260


def test_a_failure_stands_at_the_worse_end() -> None:
    for better, end in ((False, "width"), (True, 6)):
        spec = explore(dots(more_is_better=better))["panels"][1]["spec"]
        places = [layer["encoding"]["x"] for layer in spec["layer"] if layer["mark"].get("clip") is False]
        assert {"value": end} in places


def test_an_interval_that_reaches_zero_goes_to_the_foot_of_a_logarithmic_axis() -> None:
    measured = Axis("bytes", "B")
    marks = (Mark(1000.0, 4530.0, "mn", -995.0, 4555.0), Mark(10_000.0, 4548.0, "mn", 4540.0, 4550.0))
    chart = Chart("line", Axis("tasks"), measured, marks)
    below, whole = values_in(chart)
    assert 0 < below["l"] < 4540.0, "not above the point, where a scale without zero would put it"
    assert whole["l"] == 4540.0
    linear = Chart("line", Axis("tasks"), measured._replace(scale="linear"), marks)
    assert values_in(linear)[0]["l"] == -995.0


def scales_of_y(chart: Chart) -> list[Spec]:
    return [panel["spec"]["layer"][0]["encoding"]["y"]["scale"] for panel in explore(chart)["panels"]]


def test_panels_stand_by_row_and_column_and_those_of_a_row_share_their_axes() -> None:
    shown = explore(lines())
    assert [p["title"] for p in shown["panels"]] == [
        "parked, 1 core", "parked, 2 cores", "skynet, 1 core", "skynet, 2 cores",
    ]  # fmt: skip
    assert shown["columns"] == 2
    marks = tuple(m._replace(y=m.y and m.y * 100) if m.column == "2 cores" else m for m in lines().marks)
    apart = Chart("line", lines().x, lines().y, marks)
    first, second, *_ = scales_of_y(apart)
    assert first == second
    assert first["domain"][1] > 100 * 50.0 * 10_000**0.1
    only_first = tuple(m for m in marks if m.row == "parked" or m.column == "1 core")
    third = scales_of_y(Chart("line", apart.x, apart.y, only_first))[2]
    assert third["domain"][1] < first["domain"][1] / 50  # a row has axes of its own


def test_models_can_be_hidden_and_the_axes_stay() -> None:
    spec = explore(dots())["panels"][0]["spec"]
    spec["params"][0]["value"] = ["mn", "go"]
    svg = rendered(spec)
    assert look("mn").colour not in svg
    assert look("boost_fiber").colour in svg
    assert spec["layer"][-1]["encoding"]["x"]["scale"]["domain"][0] < 10.0


def test_panels_stand_abreast_as_the_chart_says() -> None:
    marks = tuple(Mark(n, 5.0, "mn", row=row) for row in ("a", "b", "c") for n in (10, 100))
    chart = Chart("line", Axis("n"), Axis("t", "ns"), marks)
    assert explore(chart)["columns"] == 1
    assert explore(replace(chart, abreast=3))["columns"] == 3


def test_a_failure_stands_at_the_worse_end_of_each_row() -> None:
    """Of two rows of panels more may be better in the one and worse in the other."""
    marks = [Mark(x, "a", model, row=row) for row in ("rate", "time") for x, model in ((5.0, "mn"), (None, "go"))]
    chart = Chart("point", TIME, Axis("w", scale="ordinal"), tuple(marks), "x", rows_the_other_way=("rate",))
    ends = [
        layer["encoding"]["x"]
        for panel in explore(chart)["panels"]
        for layer in panel["spec"]["layer"]
        if layer["mark"].get("clip") is False and "value" in layer["encoding"]["x"]
    ]
    assert ends == [{"value": 6}, {"value": "width"}]


@pytest.mark.parametrize("value", ["x", "y"])
def test_a_lower_bound_has_its_sign_and_says_so(value: Any) -> None:
    rate = Axis("requests a second", "1/s")
    axes = (rate, Axis("w", scale="ordinal")) if value == "x" else (Axis("connections"), rate)
    places = ((5e4, "a"), (9e4, "a")) if value == "x" else ((100, 5e4), (100, 9e4))
    marks = tuple(
        Mark(*place, model, at_least=model == "go") for place, model in zip(places, ("mn", "go"), strict=True)
    )
    chart = Chart("point" if value == "x" else "line", *axes, marks, value)
    (panel,) = explore(chart)["panels"]
    assert rendered(panel["spec"]).count(">≥<") == 1
    told = {datum["s"]: datum["t"].splitlines()[1] for datum in values_in(chart)}
    assert told == {"mn": "50,000/s", "go": "at least 90,000/s"}
    exact = Chart(chart.kind, *axes, tuple(mark._replace(at_least=False) for mark in marks), value)
    assert "≥" not in json.dumps(explore(exact), ensure_ascii=False)


def test_the_parts_of_a_connection_have_colours_names_and_hatches_of_their_own() -> None:
    marks = tuple(Mark(300.0, "mn", part.metric) for part in CONNECTION_PARTS)
    chart = Chart("bar", Axis("bytes", "B", "linear"), Axis("model", scale="ordinal"), marks, "x", colours="parts")
    series = explore(chart)["series"]
    assert [one["label"] for one in series] == [part.label for part in CONNECTION_PARTS]
    known = {f"url(#{pattern['id']})" for pattern in patterns()}
    for one, part in zip(series, CONNECTION_PARTS, strict=True):
        assert one["fill"] in known if part.hatch else one["fill"] == part.colour


def test_an_axis_can_be_made_linear_where_it_is_logarithmic() -> None:
    assert explore(dots())["log"] is True
    assert explore(bars())["log"] is False
    spec = explore(dots())["panels"][0]["spec"]
    for layer in spec["layer"]:  # as charts.js does it
        channel = layer["encoding"][explore(dots())["measured"]]
        channel["scale"]["type"] = "linear"
        del channel["axis"]["values"]
    scale = next(scale for scale in compiled(spec)["scales"] if scale["name"] == "x")
    assert scale["type"] == "linear"


def test_points_of_lines_stand_on_their_lines() -> None:
    """Where other series share a band with them too, as the percentiles of a latency do."""
    order = ("p50", "p99")
    marks = tuple(Mark(name, 10.0, model) for name in order for model in ("mn", "go"))
    curves = Chart("line", Axis("percentile", scale="ordinal", order=order), Axis("latency", "ns"), marks)
    assert "Offset" not in json.dumps(explore(curves))
    assert "yOffset" in json.dumps(explore(dots()))


def test_a_chart_of_words_both_ways_keeps_its_drawing() -> None:
    words = Axis("w", scale="ordinal")
    assert not can_be_explored(Chart("point", words, words, (Mark("a", "b", "mn"),)))
    assert not can_be_explored(Chart("point", words, TIME, ()))
    assert can_be_explored(dots())


def test_the_legend_has_every_series_once_in_its_order() -> None:
    assert [(one["label"], one["glyph"], one["colour"]) for one in explore(dots())["series"]] == [
        (look(m).label, look(m).glyph, look(m).colour) for m in ("mn", "go", "boost_fiber.guarded")
    ]
    assert [one["label"] for one in explore(bars())["series"]] == [part.label for part in PARTS]


def test_parts_are_stacked_from_the_first_with_their_hatches() -> None:
    spec = explore(bars())["panels"][0]["spec"]
    (bar,) = [layer for layer in spec["layer"] if layer["mark"]["type"] == "bar"]
    assert bar["encoding"]["fill"]["scale"]["range"] == [
        f"url(#hatch-{part.metric.replace('.', '-')})" if part.hatch else part.colour for part in PARTS
    ]
    stack = next(t for data in compiled(spec)["data"] for t in data.get("transform", []) if t["type"] == "stack")
    assert stack["sort"]["field"] == ["i"]
    assert len({pattern["id"] for pattern in patterns()}) == sum(bool(part.hatch) for part in ALL_PARTS)
    assert all(pattern["lines"] for pattern in patterns())
    assert set("".join(part.hatch for part in ALL_PARTS)) <= LINES.keys()


def test_a_line_across_that_is_far_away_is_left_out_of_a_linear_axis_only() -> None:
    spec = explore(bars())["panels"][0]["spec"]
    assert [row["t"] for row in spec["layer"][0]["data"]["values"]] == ["2 KB"]  # and not 1 MB
    logarithmic = Chart("point", TIME, Axis("w", scale="ordinal"), (Mark(10.0, "a", "mn"),), value="x",
                        references=((1.0, "one"), (1.1, "close"), (1e6, "far")))  # fmt: skip
    rows = explore(logarithmic)["panels"][0]["spec"]["layer"][0]["data"]["values"]
    assert [(row["v"], row["n"]) for row in rows] == [(1.0, "one"), (1.1, ""), (1e6, "far")]


def test_what_the_pointer_shows_is_worded_as_everywhere() -> None:
    mark = next(m for m in dots().marks if m.x == 1000.0)
    (text,) = {d["t"] for d in values_in(dots()) if d.get("x") == 1000.0 and d["s"] == "mn" and "1 core" in d["t"]}
    found = f"{units.quantity(1000.0, 'ns')} (95 % interval {units.interval([mark.low, mark.high], 'ns')})"
    assert text == f"mn\n{found}\n{mark.y}, 1 core\n5 trials"


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("ns", 5.0),
        ("ns", 2e3),
        ("ns", 1e6),
        ("ns", 5e9),
        ("B", 500.0),
        ("B", 2e3),
        ("B", 5e6),
        ("µs", 0.5),
        ("µs", 5.0),
        ("µs", 2e4),
        ("1/s", 500.0),
        ("1/s", 5e4),
        ("1/s", 2e6),
    ],
)
def test_ticks_are_worded_as_in_the_drawings(unit: str, value: float) -> None:
    spec = {"data": {"values": [{"v": value}]}, "mark": "point",
            "encoding": {"x": {"field": "v", "type": "quantitative", "scale": {"domain": [value / 2, value * 2]},
                               "axis": {"values": [value], "labelExpr": tick_label(Axis("t", unit))}}}}  # fmt: skip
    assert f">{units.tick(value, unit)}<" in vl_convert.vegalite_to_svg(spec)


def test_ticks_are_round_and_few() -> None:
    assert ticks(9.0, 1200.0) == [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
    assert ticks(0.5, 2e6) == [10.0**power for power in range(7)]
    assert len(ticks(1e-9, 1e9)) <= 12
    assert ticks(3.0, 4.0) == [3.0, 4.0]


def test_every_marker_has_a_shape() -> None:
    assert {known.marker for known in LOOKS.values()} | {marker for marker, _ in OTHER_MARKERS} <= SHAPES.keys()


def test_places_that_have_names_are_called_by_them() -> None:
    shown = explore(runs())["panels"][0]["spec"]
    svg = rendered(shown)
    assert ">c2<" in svg
    assert ">2030-01-02<" in svg  # in a line of its own
    assert ">2<" not in svg
    assert values_in(runs())[11]["t"] == "mn\n1.12×\nrun: c12 2030-01-12\nn"
    assert [row[3] for row in rows_of(runs())[1:4]] == list(runs().x.names[:3])


def test_a_line_joins_only_what_is_of_one_stretch() -> None:
    def grouped(chart: Chart) -> list[str]:
        vega = compiled(explore(chart)["panels"][0]["spec"])
        (lines,) = [mark for mark in vega["marks"] if mark["name"].endswith("pathgroup")]
        return lines["from"]["facet"]["groupby"]

    assert grouped(runs()) == ["s", "g"]
    assert grouped(replace(runs(), marks=tuple(mark._replace(stretch="") for mark in runs().marks))) == ["s"]


def test_what_happened_is_a_line_with_a_sign_and_words() -> None:
    spec = explore(runs())["panels"][0]["spec"]
    assert ">◆<" in rendered(spec)
    rule, sign = [layer for layer in spec["layer"] if layer.get("data", {}).get("values", [{}])[0].get("n") == "◆"]
    assert (rule["mark"]["type"], sign["mark"]["type"]) == ("rule", "text")
    assert [row["t"] for row in rule["data"]["values"]] == ["kernel 1 → 2"]
    assert rule["encoding"]["x"]["scale"]["domain"] == [0.5, 12.5]


def test_a_part_of_a_chart_can_be_looked_at() -> None:
    assert "brush" not in json.dumps(explore(runs()))
    spec = explore(runs(zooms=True))["panels"][0]["spec"]
    assert spec["params"][1] == {"name": "shown", "value": [0.5, 12.5]}
    whole = rendered(spec)
    spec["params"][1]["value"] = [7.5, 10.5]
    part = rendered(spec)
    assert "◆" not in part
    assert 0 < part.count(look("mn").colour) < whole.count(look("mn").colour)
    vega = compiled(spec)
    assert any(signal["name"] == "brush" for signal in vega["signals"])
    assert "clamp(2 * width" in json.dumps(vega)  # points grow with the room that they have


def test_no_place_of_the_network_is_named() -> None:
    charts = (dots(), lines(), bars(), runs(zooms=True))
    assert "http" not in json.dumps([*map(explore, charts), CONFIG])


def test_a_place_that_a_panel_lacks_says_that_it_was_not_run() -> None:
    whole = dots()
    without = [mark for mark in whole.marks if (mark.y, mark.column) != ("ping_pong", "2 cores")]
    chart = Chart(whole.kind, whole.x, whole.y, tuple(without), whole.value)
    first, second = (entry["spec"] for entry in explore(chart)["panels"])
    assert "not run" not in rendered(first)
    assert rendered(second).count("not run") == 1
    assert "not run" not in "".join(rendered(entry["spec"]) for entry in explore(whole)["panels"])


def test_so_does_a_bar_that_a_panel_lacks() -> None:
    parts = CONNECTION_PARTS[:2]
    marks = [Mark(300.0, model, p.metric, column=c) for c in ("few", "many") for model in ("mn", "Go") for p in parts]
    chart = Chart("bar", Axis("bytes", "B", "linear"), Axis("model", scale="ordinal"), tuple(marks), "x",
                  colours="parts")  # fmt: skip
    fewer = replace(chart, marks=tuple(mark for mark in marks if (mark.y, mark.column) != ("Go", "many")))
    assert [rendered(panel["spec"]).count("not run") for panel in explore(chart)["panels"]] == [0, 0]
    assert [rendered(panel["spec"]).count("not run") for panel in explore(fewer)["panels"]] == [0, 1]


def test_that_word_stands_clear_of_lines_across() -> None:
    whole = dots()
    marks = tuple(mark for mark in whole.marks if (mark.y, mark.column) != ("ping_pong", "2 cores"))

    def place(*references: float) -> float:
        chart = Chart(whole.kind, whole.x, whole.y, marks, whole.value, references=tuple((r, "") for r in references))
        layers = explore(chart)["panels"][1]["spec"]["layer"]
        (words,) = [layer for layer in layers if layer["mark"].get("text") == "not run"]
        return float(words["encoding"]["x"]["datum"])

    middle = place()
    assert place(middle) > 2 * middle
    assert place(middle, place(middle)) < middle / 2


def test_a_row_of_panels_may_measure_something_else() -> None:
    task = Axis("workload", scale="ordinal")
    marks = [Mark(2000.0, "a", "mn", row="time"), Mark(0.5, "a", "mn", row="switches")]
    chart = Chart("point", Axis("left is better"), task, tuple(marks), "x", row_axes=(("time", TIME),))
    time, switches = (entry["spec"] for entry in explore(chart)["panels"])
    assert "2 µs" in rendered(time)
    assert "µs" not in rendered(switches)
    assert tip(marks[0], chart).splitlines()[1] == "2.00 µs"
    assert tip(marks[1], chart).splitlines()[1] == "0.5"
    assert [row[0] for row in rows_of(chart)[1:]] == ["time [ns]", "switches"]
