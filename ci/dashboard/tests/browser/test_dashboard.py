"""The dashboard asks for nothing, can be read by everybody everywhere, and its charts can be looked at in part."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ci.dashboard.board import figure_id
from ci.dashboard.tests import made
from reports.tests.browser import checks, validator
from reports.tests.browser.chromium import PAPER, PHONE, STILL, WIDE, WIDE_DARK, WITHOUT_SCRIPT, View
from reports.tests.browser.conftest import Visit, cannot_test
from reports.tests.browser.keyboard import walk

BESIDE = ["histories.csv", "../index.html"]
CHANGED = next(figure_id(chain) for chain in made.board().chains if chain.status == "regressed")


@pytest.fixture(params=["page_file", "workload_file", "empty_file"])
def any_page(request: pytest.FixtureRequest) -> Iterator[Path]:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("view", [WIDE, WIDE_DARK, PHONE], ids=str)
def test_axe_core_finds_nothing(visit: Visit, any_page: Path, view: View) -> None:
    page = visit(view, file=any_page)
    checks.open_all(page)
    checks.draw_all(page)
    checks.shorten_tables(page)
    assert checks.axe(page) == []


def test_every_page_is_whole(visit: Visit, any_page: Path) -> None:
    page = visit(file=any_page)
    assert checks.ask(page, "references", BESIDE) == []
    for question in ("headings", "images"):
        assert checks.ask(page, question) == [], question
    if "empty" not in str(any_page):
        assert checks.ask(page, "figures") == []


def test_the_links_between_the_pages_lead_somewhere(visit: Visit, workload_file: Path) -> None:
    first = workload_file.parent.parent / "index.html"
    page = visit(file=first)
    links = page.evaluate("() => [...document.querySelectorAll('a[href]')].map((link) => link.href)")
    to_pages = {link for link in links if "/histories/" in link}
    assert to_pages
    for link in to_pages:
        path, _, part = link.removeprefix("file://").partition("#")
        assert Path(path).is_file(), link
        if part:
            assert f'id="{part}"' in Path(path).read_text(encoding="utf-8"), link


@pytest.mark.parametrize("view", [WIDE, PHONE], ids=str)
def test_nobody_has_to_scroll_the_whole_page_sideways(visit: Visit, any_page: Path, view: View) -> None:
    page = visit(view, file=any_page)
    checks.open_all(page)
    checks.draw_all(page)
    assert checks.ask(page, "sideways") == []


def test_every_page_is_valid(any_page: Path) -> None:
    if not validator.is_there():
        cannot_test(validator.WHY_NONE)
    assert validator.check(any_page) == []


def test_everything_can_be_read_without_javascript(visit: Visit) -> None:
    page = visit(WITHOUT_SCRIPT)
    checks.open_all(page)
    assert checks.ask(page, "unreadable") == []
    for figure in page.locator("figure").all():
        box = figure.locator("svg").first.bounding_box()
        assert box is not None
        assert box["width"] > 300


def test_paper_cuts_nothing_off(visit: Visit) -> None:
    page = visit(PAPER)
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert checks.ask(page, "cutOff") == []


def test_tab_reaches_everything_and_shows_where_it_is(visit: Visit) -> None:
    page = visit(STILL)
    checks.draw_all(page)
    stops, faults = walk(page)
    assert len(stops) > 50
    assert faults == []


def drawn(page: Page, figure: str = CHANGED) -> Locator:
    found = page.locator(f"#figure-{figure}")
    found.scroll_into_view_if_needed()
    expect(found).to_contain_class("explored")
    return found


def runs_of(figure: Locator) -> int:
    """How many points are to be seen."""
    return figure.locator(".view .mark-symbol path").count()


@pytest.mark.parametrize("view", [WIDE, PHONE], ids=str)
def test_a_part_is_looked_at_by_buttons_and_the_keyboard(visit: Visit, view: View) -> None:
    figure = drawn(visit(view))
    assert runs_of(figure) == made.RUNS
    figure.get_by_role("button", name="zoom in").click()
    expect(figure.locator(".view .mark-symbol path")).to_have_count(made.RUNS // 2)
    ticks = figure.locator(".view .role-axis-label text").all_inner_texts()
    figure.get_by_role("button", name="later").press("Enter")
    expect(figure.locator(".view .mark-symbol path")).to_have_count(made.RUNS // 2)
    assert figure.locator(".view .role-axis-label text").all_inner_texts() != ticks
    figure.get_by_role("button", name="show all").press("Enter")
    expect(figure.locator(".view .mark-symbol path")).to_have_count(made.RUNS)


def test_a_part_is_dragged_out_with_the_pointer(visit: Visit) -> None:
    page = visit()
    figure = drawn(page)
    box = figure.locator(".view svg").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.5 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=5)
    page.mouse.move(box["x"] + 0.8 * box["width"], middle, steps=5)
    page.mouse.up()
    expect(figure.locator(".view .mark-symbol path")).not_to_have_count(made.RUNS)
    assert 5 < runs_of(figure) < made.RUNS / 2
    figure.get_by_role("button", name="show all").click()
    expect(figure.locator(".view .mark-symbol path")).to_have_count(made.RUNS)
    page.mouse.click(box["x"] + 0.5 * box["width"], middle)  # which is no dragging
    page.wait_for_timeout(100)
    assert runs_of(figure) == made.RUNS


def test_the_pointer_is_told_the_value_the_run_and_what_happened(visit: Visit) -> None:
    page = visit()
    figure = drawn(page)
    tip = page.locator("#vg-tooltip-element.visible")
    figure.locator(".view .mark-symbol path").first.hover(force=True)
    expect(tip).to_contain_text("run: 0101010 2030-01-02")
    expect(tip).to_contain_text("95 % interval")
    figure.locator(".view .mark-text text", has_text="▼").hover(force=True)
    expect(tip).to_contain_text("between 1e1e1e1e1e and 1f1f1f1f1f")


def test_a_link_to_a_folded_history_opens_it(visit: Visit) -> None:
    folded = next(figure_id(chain) for chain in made.board().chains if chain.status == "unchanged")
    page = visit()
    page.evaluate("(part) => { location.hash = part; }", f"figure-{folded}")
    expect(page.locator(f"#figure-{folded} h3")).to_be_in_viewport()


def test_missing_is_red(visit: Visit) -> None:
    for view in (WIDE, WIDE_DARK):
        page = visit(view)
        colour = page.locator(".standing.is_missing").evaluate("(e) => getComputedStyle(e).backgroundColor")
        red, green, blue = (int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
        assert red > green + 60
        assert red > blue + 60
