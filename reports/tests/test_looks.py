"""How the page looks where that can be counted: contrast in both themes, what a cell sorts by, what a CSV has."""

import csv
from io import StringIO
from urllib.parse import unquote

import pytest

from analysis.tests.synthetic import kept_summary
from plots import draw_all
from plots.chart import Axis, Chart, Mark
from plots.drawing import Drawing, nothing_to_draw
from plots.style import LOOKS, OTHER_COLOURS, look
from reports.contrast import ENOUGH, contrast, readable
from reports.csv_link import csv_of, data_uri
from reports.sorting import is_numeric, value_of
from reports.themes import DARK, LIGHT, both

TEXT = ("ink", "muted", "link", "good", "bad", "mixed", "open")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_all_text_stands_out_on_the_page_and_on_its_panels(theme: dict[str, str]) -> None:
    for name in TEXT:
        for paper in ("paper", "band"):
            assert contrast(theme[name], theme[paper]) >= ENOUGH, (name, paper)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_so_do_the_models_where_they_are_text(theme: dict[str, str]) -> None:
    papers = [theme["paper"], theme["band"]]
    for colour in (*(known.colour for known in LOOKS.values()), *OTHER_COLOURS):
        found = readable(colour, papers)
        assert min(contrast(found, paper) for paper in papers) >= ENOUGH


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)  # known to be just short of 4.5
    assert readable("#000000", ["#ffffff"]) == "#000000"  # what is good enough stays


def test_both_themes_name_the_same_colours_and_every_model() -> None:
    assert LIGHT.keys() == DARK.keys()
    found = both(["mn", "boost_fiber.guarded", "some_other"])
    for theme in found.values():
        for name in ("--model-mn: #", "--model-boost_fiber: #", "--model-some_other: #", "--paper: #"):
            assert name in theme


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("97.1 ns", 97.1), ("1.50 µs", 1500.0), ("2 ms", 2e6), ("2,713 B", 2713.0), ("256 KiB", 262_144.0),
        ("1.20×", 1.2), ("0.9× – 1.40×", 0.9), ("12,346", 12_346.0), ("-4.5%", -4.5), ("2 cores", 2.0),
        ("1.2e-05", 1.2e-05), ("98 %", 98.0), ("45,120/s", 45_120.0), ("≥ 45,120/s", 45_120.0), ("1 request", 1.0),
        ("40,000/s – 45,120/s", 40_000.0), ("≥", None),
        ("–", None), ("n 1,000", None), ("3, 17, 21", None), ("mn 5 ns", None),
        ("all 5 blocks", None), ("", None),
    ],
)  # fmt: skip
def test_a_number_sorts_by_its_value(text: str, value: float | None) -> None:
    assert value_of(text) == (None if value is None else pytest.approx(value))


def test_a_column_is_one_of_numbers_only_where_all_of_it_is() -> None:
    assert is_numeric(["1.20×", "–", "3×"])
    assert not is_numeric(["1.20×", "no winner"])
    assert not is_numeric(["–", "–"])
    assert not is_numeric([])


def test_a_chart_s_csv_has_every_mark_with_all_digits() -> None:
    marks = (
        Mark(1234.5678901234, "a, b", "mn", 1000.125, 2000.0, column="1 core", note='says "x"'),
        Mark(None, "c", "go", note="limit: <none>"),
    )
    chart = Chart("point", Axis("time: left is better", "ns"), Axis("workload", scale="ordinal"), marks, value="x")
    plain = nothing_to_draw("name", "Title", "test")
    drawing = Drawing(plain.name, plain.title, (), plain.figure, plain.table, chart)
    header, first, second = csv.reader(StringIO(csv_of(drawing)))
    assert header == ["row", "column", "series", "x: time: left is better [ns]", "y: workload", "interval low",
                      "interval high", "note"]  # fmt: skip
    assert first == ["", "1 core", look("mn").label, "1234.5678901234", "a, b", "1000.125", "2000.0", 'says "x"']
    assert second == ["", "", "Go", "", "c", "", "", "limit: <none>"]
    kind, _, data = data_uri(drawing).partition(",")
    assert kind == "data:text/csv;charset=utf-8"
    assert unquote(data) == csv_of(drawing)
    assert not set(data) & set(' "<>&#\n')


def test_a_figure_without_a_chart_has_its_table_as_csv() -> None:
    for drawing in draw_all(kept_summary()):
        rows = list(csv.reader(StringIO(csv_of(drawing))))
        wanted = len(drawing.chart.marks) if drawing.chart else len(drawing.table.rows)
        assert len(rows) == wanted + 1
