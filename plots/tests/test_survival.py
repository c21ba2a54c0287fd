"""How far each model got: every outcome has its sign and its word, in its place."""

from pathlib import Path
from typing import Any

import pytest

from analysis.tests.synthetic import kept_summary, summary_of
from plots.drawing import Drawing
from plots.figures import survival
from plots.figures.survival import SIGNS
from plots.style import LOOKS, MUTED, OTHER_COLOURS, look
from plots.tests.drawn import texts
from plots.tests.test_style import luminance


def words(drawing: Drawing) -> dict[tuple[str, str], str]:
    """What stands where, by the labels of row and column."""
    (axes,) = drawing.figure.axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    found: dict[tuple[str, str], str] = {}
    for text in axes.texts:
        x, y = text.get_position()
        place = rows[round(y)], columns[round(x)]
        found[place] = f"{found[place]} {text.get_text()}" if place in found else text.get_text()
    return found


def failing(kind: str, reason: str, blocks: tuple[int, ...] = (1, 2)) -> Any:
    def change(trial: dict[str, Any]) -> None:
        if (trial["model"], trial["params"]["n"], trial["block"] in blocks) == ("tbb", 10_000, True):
            trial.update(outcome=kind, reason=reason, metrics={}, expressed=None)

    return change


@pytest.mark.parametrize("kind", [kind for kind in SIGNS if kind not in ("ok", "not_run")])
def test_each_outcome_has_its_sign_and_word_and_the_table_its_reason(kind: str, tmp_path: Path) -> None:
    drawing = survival.draw(summary_of(tmp_path, blocks=2, workloads=("spawn_join",), change=failing(kind, "for this")))
    there = words(drawing)
    sign = SIGNS[kind]
    assert there["spawn_join, n 10,000", "▼ oneTBB"] == f"{sign.glyph} {sign.word}"
    assert there["spawn_join, n 1,000", "▼ oneTBB"] == there["spawn_join, n 10,000", "■ Go"] == "✓ ok"
    assert ("oneTBB", sign.word, "for this") in {(row[3], row[4], row[6]) for row in drawing.table.rows}
    assert drawing.chart is not None
    marks = {(mark.y, mark.x): mark for mark in drawing.chart.marks}
    assert marks["spawn_join, n 10,000", "oneTBB"].note == f"{sign.word}: for this"
    assert marks["spawn_join, n 10,000", "oneTBB"].series == "tbb"


def test_the_chart_has_what_is_drawn() -> None:
    drawing = survival.draw(kept_summary())
    assert drawing.chart is not None
    drawn = {
        (row, column.replace("\n", " ").partition(" ")[2]): said.partition(" ")[2]
        for (row, column), said in words(drawing).items()
    }
    assert drawn == {(mark.y, mark.x): mark.note.partition(":")[0] for mark in drawing.chart.marks}
    assert len(drawn) == len(drawing.chart.y.order) * len(drawing.chart.x.order)


def test_some_of_several_trials_are_counted(tmp_path: Path) -> None:
    drawing = survival.draw(
        summary_of(tmp_path, blocks=3, workloads=("spawn_join",), change=failing("timeout", "hung", blocks=(2,)))
    )
    assert words(drawing)["spawn_join, n 10,000", "▼ oneTBB"] == "◔ timeout 2/6"


def test_the_worst_of_all_numbers_of_cores_counts(tmp_path: Path) -> None:
    def on_two(trial: dict[str, Any]) -> None:
        if (trial["model"], trial["params"]["n"], trial["params"]["cores"]) == ("tbb", 10_000, 2):
            trial.update(outcome="crash", reason="SIGSEGV", metrics={})

    drawing = survival.draw(summary_of(tmp_path, blocks=3, workloads=("spawn_join",), change=on_two))
    assert words(drawing)["spawn_join, n 10,000", "▼ oneTBB"] == "✸ crash 3/6"


def test_who_was_not_run_in_a_row_is_said() -> None:
    summary = kept_summary()
    summary["cells"] = [c for c in summary["cells"] if (c["model"], c["params"].get("n")) != ("go", 10_000)]
    assert words(survival.draw(summary))["parked, n 10,000", "■ Go"] == "· not run"


def test_only_rows_that_vary_in_size_or_in_which_somebody_failed_are_there(tmp_path: Path) -> None:
    rows = {row for row, _ in words(survival.draw(kept_summary()))}
    assert "parked, n 1,000" in rows
    assert "echo_server, connections 10,000, route 0" in rows
    assert not any(row.startswith(("ping_pong", "skynet")) for row in rows)

    def crash(trial: dict[str, Any]) -> None:
        if trial["model"] == "go":
            trial.update(outcome="crash", reason="SIGSEGV", metrics={})

    drawing = survival.draw(summary_of(tmp_path, blocks=2, workloads=("ping_pong",), change=crash))
    assert {row for row, _ in words(drawing)} == {"ping_pong"}


def test_the_title_says_who_got_through_and_who_failed_how(tmp_path: Path) -> None:
    change = failing("limit", "too many")
    title = survival.draw(summary_of(tmp_path, blocks=2, workloads=("spawn_join",), change=change)).title
    assert title == "Ended ok wherever tried: mn, Go, OS threads and Boost.Fiber; failed: oneTBB in 1 of 2 (limit)"
    assert "OS threads" in survival.draw(kept_summary()).title.partition(";")[0], "what it cannot express is no failure"


def test_nothing_to_show_is_said(tmp_path: Path) -> None:
    assert "no failure" in texts(survival.draw(summary_of(tmp_path, blocks=2, workloads=("ping_pong",))))


def test_long_names_of_variants_take_two_lines() -> None:
    summary = kept_summary()
    for cell in summary["cells"]:
        if cell["model"] == "tbb":
            cell["model"] = "boost_fiber.guarded"
    heads = [label.get_text() for label in survival.draw(summary).figure.axes[0].get_xticklabels()]
    assert "◇ Boost.Fiber\n(guarded)" in heads


def test_signs_differ_and_stand_out_on_light_and_dark() -> None:
    assert len({sign.glyph for sign in SIGNS.values()}) == len({sign.word for sign in SIGNS.values()}) == len(SIGNS)
    models = {look(model).colour for model in LOOKS} | set(OTHER_COLOURS)
    for sign in SIGNS.values():
        assert sign.colour not in models
        if sign.colour == MUTED:  # which the page replaces
            continue
        for background in ("#fffffe", "#15181c"):
            light, dark = sorted((luminance(sign.colour), luminance(background)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3.0
