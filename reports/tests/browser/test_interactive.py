"""What a reader can do on the page: explore charts, sort tables, choose a theme, take the data away."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from reports.tests.browser import checks
from reports.tests.browser.chromium import PHONE_DARK, WIDE, View
from reports.tests.browser.conftest import Visit

GROWTH = "#figure-scaling"


def drawn(page: Page, figure: str = GROWTH) -> Locator:
    found = page.locator(figure)
    found.scroll_into_view_if_needed()
    expect(found).to_contain_class("explored")
    return found


def marks_of(figure: Locator) -> int:
    """How many points, bars and crosses there are."""
    return figure.locator(".view .mark-symbol path, .view .mark-rect path").count()


@pytest.mark.parametrize("view", [WIDE, PHONE_DARK], ids=str)
def test_every_chart_takes_the_place_of_its_drawing(visit: Visit, view: View) -> None:
    page = visit(view)
    checks.draw_all(page)
    charts = page.locator("figure.explored")
    assert charts.count() == page.locator("script.chart").count() > 10
    for chart in charts.all():
        # The memory figures have the same on a second axis, with the line at 1 MB, or the interval of the whole.
        memory = ("parked_memory", "spawned_memory", "server_memory")
        both = chart.get_attribute("id") in [f"figure-{name}" for name in memory]
        assert chart.locator(".still").is_visible() == both
        assert chart.locator(".view svg").count() >= 1
        for panel in chart.locator(".view svg").all():
            box = panel.bounding_box()
            assert box is not None
            assert 100 < box["width"] <= view.width
    assert checks.ask(page, "sideways") == []


def test_a_model_is_hidden_and_shown_by_its_entry_in_the_legend(visit: Visit) -> None:
    figure = drawn(visit())
    before = marks_of(figure)
    button = figure.get_by_role("button", name="OS threads")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    hidden = marks_of(figure)
    assert 0 < hidden < before
    button.press("Enter")  # by the keyboard as well
    expect(button).to_have_attribute("aria-pressed", "true")
    assert marks_of(figure) == before


def test_an_axis_can_be_linear(visit: Visit) -> None:
    figure = drawn(visit())
    labels = figure.locator(".view .role-axis-label text")
    before = labels.all_inner_texts()
    figure.get_by_label("linear axis").check()
    expect(labels.first).not_to_have_text("?")
    after = labels.all_inner_texts()
    assert after != before
    figure.get_by_label("linear axis").uncheck()
    expect(figure.locator(".view svg").first).to_be_visible()
    assert labels.all_inner_texts() == before


def test_a_value_is_told_where_the_pointer_is(visit: Visit) -> None:
    page = visit()
    figure = drawn(page)
    figure.locator(".view .mark-symbol path").first.hover(force=True)
    tip = page.locator("#vg-tooltip-element.visible")
    expect(tip).to_be_visible()
    told = tip.inner_text()
    assert any(model in told for model in ("mn", "Go", "OS threads", "Boost.Fiber", "oneTBB")), told
    assert any(character.isdigit() for character in told)


def test_a_table_is_sorted_by_its_columns_numbers_as_numbers(visit: Visit) -> None:
    page = visit()
    checks.open_all(page)
    table = page.locator("table.data", has=page.locator("caption", has_text="Every cell, with"))
    button = table.get_by_role("button", name="median")
    button.click()
    column = table.locator("thead th").all_inner_texts().index(button.inner_text())
    cells = "(table, column) => [...table.tBodies[0].rows].map((row) => row.cells[column].dataset.value)"
    values = [float(value) for value in table.evaluate(cells, column) if value]
    assert len(values) > 100
    assert values == sorted(values)
    expect(button.locator("xpath=..")).to_have_attribute("aria-sort", "ascending")
    button.press("Enter")
    expect(button.locator("xpath=..")).to_have_attribute("aria-sort", "descending")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_that_was_chosen_is_kept(visit: Visit, theme: str) -> None:
    page = visit()
    page.get_by_role("combobox").select_option(theme)
    colour = "() => getComputedStyle(document.body).backgroundColor"
    chosen = page.evaluate(colour)
    page.wait_for_timeout(500)  # Chromium stores what was chosen after it has said so
    page.reload()
    assert page.evaluate(colour) == chosen
    assert page.evaluate("() => document.documentElement.dataset.theme") == theme
    channels = [int(part) for part in chosen.removeprefix("rgb(").removesuffix(")").split(",")]
    assert (max(channels) < 128) == (theme == "dark")


def test_the_data_of_every_figure_can_be_taken_away(visit: Visit) -> None:
    page = visit(WIDE)
    for link in page.locator("figure a[download]").all():
        with page.expect_download() as begun:
            link.click(delay=100)  # ms from press to release, as a reader's; charts take their places meanwhile
        path = Path(begun.value.path())
        assert begun.value.suggested_filename.endswith(".csv")
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
