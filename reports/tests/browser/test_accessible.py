"""For people who see, hear or steer it otherwise: axe-core, the keyboard, the width of a phone, less motion."""

import pytest

from reports.tests.browser import checks
from reports.tests.browser.chromium import PHONE, SCREENS, STILL, WIDE, WIDE_DARK, View
from reports.tests.browser.conftest import Visit
from reports.tests.browser.keyboard import walk


@pytest.mark.parametrize("view", [WIDE, WIDE_DARK, PHONE], ids=str)
def test_axe_core_finds_nothing(visit: Visit, view: View) -> None:
    page = visit(view)
    checks.draw_all(page)
    checks.open_all(page)
    checks.shorten_tables(page)
    assert checks.axe(page) == []


@pytest.mark.parametrize("everything_open", [False, True], ids=["closed", "open"])
def test_nobody_has_to_scroll_the_whole_page_sideways(visit: Visit, everything_open: bool) -> None:
    page = visit(PHONE)
    if everything_open:
        checks.open_all(page)
    assert checks.ask(page, "sideways") == []


def test_tab_reaches_the_skip_link_first_and_it_skips(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("Tab")
    link = page.locator(":focus")
    assert "Skip" in link.inner_text()
    box = link.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    target = link.get_attribute("href")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(
        "(target) => Boolean(document.querySelector(target).compareDocumentPosition(document.activeElement)"
        " & (Node.DOCUMENT_POSITION_CONTAINED_BY | Node.DOCUMENT_POSITION_FOLLOWING))",
        target,
    )


@pytest.mark.parametrize("view", [STILL, PHONE], ids=str)
def test_tab_reaches_everything_and_shows_where_it_is(visit: Visit, view: View) -> None:
    page = visit(view)
    checks.draw_all(page)  # a chart takes its drawing's place, and would do so under the walker's feet
    stops, faults = walk(page)
    assert len(stops) > 50
    assert faults == []


def test_nothing_moves_for_those_who_asked_for_less_motion(visit: Visit) -> None:
    assert checks.ask(visit(STILL), "moving") == []


@pytest.mark.parametrize("view", SCREENS, ids=str)
def test_the_page_is_as_light_or_dark_as_asked_for(visit: Visit, view: View) -> None:
    colour = visit(view).evaluate("() => getComputedStyle(document.body).backgroundColor")
    channels = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    assert (min(channels) > 200) if view.theme == "light" else (max(channels) < 60), colour
