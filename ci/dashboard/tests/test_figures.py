"""The figures have all that is known of a history, still and to explore."""

from xml.etree import ElementTree

import pytest

from ci.dashboard.board import Board
from ci.dashboard.chains import Chain
from ci.dashboard.figures import false_alarms, history, sparkline, still
from ci.dashboard.tests import made
from ci.dashboard.tests.made import BUFFERED, INSTRUCTIONS, PARKED, PING_PONG, RUNS, SPAWN
from plots.chart import Axis, Chart, Mark
from plots.files import svg_text
from reports.explore import explore

BOARD = made.board()


def chain_of(subject: object, board: Board = BOARD) -> Chain:
    return next(one for one in board.chains if one.subject == subject and one.newest.machine != made.OTHER)


def test_a_chart_has_every_run_and_joins_nothing_across_a_seam() -> None:
    chart = history.chart_of(BOARD, chain_of(PING_PONG))
    assert [mark.x for mark in chart.marks] == list(range(1, RUNS + 1))
    assert {mark.stretch for mark in chart.marks} == {made.OLD.name, made.NEW.name}
    assert all(mark.low < mark.y < mark.high for mark in chart.marks)
    assert chart.x.names[30] == "1f1f1f1 2030-02-04"
    assert chart.zooms
    assert chart.y.title == "times better than Go: higher is better"


def test_events_are_the_changes_and_the_seams() -> None:
    events = history.chart_of(BOARD, chain_of(PING_PONG)).events
    assert [(event.place, event.sign) for event in events] == [(15.5, "◆"), (30.5, "▼")]
    seam, change = events
    assert seam.text == "kernel Linux 1.0 → Linux 2.0"
    assert change.text == "0.86× (0.834× – 0.877×) between 1e1e1e1e1e and 1f1f1f1f1f"
    (_, acknowledged) = history.chart_of(BOARD, chain_of(PARKED)).events
    assert acknowledged.sign == "▽"
    assert acknowledged.text.endswith("; acknowledged: a guard page for every stack")
    assert [event.sign for event in history.chart_of(BOARD, chain_of(BUFFERED)).events] == ["▲", "▼"]


def test_a_missing_value_is_a_cross_with_its_reason() -> None:
    drawing = history.draw(BOARD, chain_of(SPAWN))
    assert drawing.chart is not None
    assert drawing.chart.marks[-1].y is None
    assert drawing.chart.marks[-1].note == "missing: crash: it fell over"
    assert drawing.title.endswith(": missing, last run 2828282828")
    assert "✕ 1 run has no value: crash: it fell over." in drawing.notes
    assert drawing.table.rows[-1][2:] == ("–", "–", "crash: it fell over")
    (panel,) = explore(drawing.chart)["panels"]
    assert [datum["x"] for datum in panel["spec"]["data"]["values"] if "failed" in datum] == [25]


def test_the_title_says_how_it_stands() -> None:
    def said(subject: object) -> str:
        return history.standing(BOARD, chain_of(subject))

    assert said(PING_PONG).startswith("regressed, 0.86× (0.834× – 0.877×) since 1f1f1f1f1f, now 1.6")
    assert said(PING_PONG).endswith("× as good as Go")
    assert said(PARKED) == "regressed, acknowledged, 0.909× since 1f1f1f1f1f, now 2,970 B"
    assert said(INSTRUCTIONS) == "unchanged, now 1,234 instructions"
    assert history.standing(BOARD, BOARD.chains[4]).startswith("cannot tell, now 1.")


def test_the_table_has_a_row_for_every_run_and_marks_what_happened() -> None:
    table = history.table_of(BOARD, chain_of(PING_PONG))
    assert len(table.rows) == RUNS
    assert [row[0] for row in table.rows if row[4]] == ["10" * 5, "1f" * 5]
    assert [row[4] for row in table.rows if row[4]] == ["◆ kernel", "▼ 0.86×"]


@pytest.mark.parametrize("subject", [PING_PONG, SPAWN, PARKED])
def test_what_a_reader_should_look_at_is_drawn_large(subject: object) -> None:
    svg = history.draw(BOARD, chain_of(subject)).figure
    assert isinstance(svg, str)
    ElementTree.fromstring(svg)
    assert "1f1f1f1" in svg or "2828282" in svg
    for event in history.chart_of(BOARD, chain_of(subject)).events:
        assert event.sign in svg


def test_labels_of_events_that_are_close_are_left_out() -> None:
    def drawn(gap: int) -> str:
        found = made.points(made.RUNS_OF[made.NEW.name], 2.0)
        close = [made.change(found, 5, 0.9), made.change(found, 5 + gap, 1.2)]
        board = made.board([made.history(PING_PONG, found, "improved", close)])
        return svg_text(still.draw(history.chart_of(board, board.chains[0])), "x")

    assert "▼ 0.9" in drawn(gap=10)
    assert "▼ 0.9" not in drawn(gap=1)
    assert "▼" in drawn(gap=1)


def test_all_others_are_drawn_small_with_the_same_in_them() -> None:
    text = history.draw(BOARD, chain_of(INSTRUCTIONS)).figure
    assert isinstance(text, str)
    assert len(text) < 4000
    svg = ElementTree.fromstring(text)
    assert svg.get("role") == "img"
    assert "unchanged, now 1,234 instructions" in svg.get("aria-label", "")
    (line,) = svg.iter("polyline")
    assert len(line.get("points", "").split()) == RUNS - made.RENEWED + 1


def test_a_sparkline_has_crosses_events_and_its_extremes() -> None:
    chart = history.chart_of(BOARD, chain_of(SPAWN))
    svg = sparkline.svg(chart, "l")
    texts = [text.text for text in ElementTree.fromstring(svg).iter("text")]
    assert len(texts) == 2
    assert all(text and text.endswith("×") for text in texts)
    assert svg.count('stroke-width="1.6"') == 1  # the cross
    assert "◆" in sparkline.svg(history.chart_of(BOARD, chain_of(PING_PONG)), "l")


def test_a_sparkline_of_next_to_nothing() -> None:
    axes = Axis("run", scale="linear", names=("a",)), Axis("y", "×", "linear")
    for value in (1.0, 0.0, None):
        svg = sparkline.svg(Chart("line", *axes, (Mark(1, value, "mn"),)), 'a "label"')
        assert ElementTree.fromstring(svg).get("aria-label") == 'a "label"'
        assert "nan" not in svg
    assert "<circle" in sparkline.svg(Chart("line", *axes, (Mark(1, 1.0, "mn"),)), "l")


def test_a_count_stands_as_it_is_with_its_own_direction() -> None:
    chart = history.chart_of(BOARD, chain_of(PARKED))
    assert chart.y.title == "bytes per task: lower is better"
    assert chart.y.unit == "B"
    assert {mark.y for mark in chart.marks[-3:]} == {2700 * 1.1}


def test_false_alarms_are_shares_with_intervals() -> None:
    drawing = false_alarms.draw(BOARD)
    assert drawing.chart is not None
    assert len(drawing.chart.marks) == len(BOARD.runs)
    first = drawing.chart.marks[0]
    assert first.y == pytest.approx(100 * 1 / 80)
    assert first.low < first.y < first.high
    of_ten = BOARD.watched.false_alarms[10:20]
    assert drawing.chart.marks[19].y == pytest.approx(100 * sum(one.alarms for one in of_ten) / (10 * 80))
    assert drawing.table.rows[0][3:6] == ("80", "1", "1.2 %")
    assert "A/A pairs in 44 runs were called different" in drawing.title
    assert false_alarms.draw(made.empty_board()).table.rows == ()
