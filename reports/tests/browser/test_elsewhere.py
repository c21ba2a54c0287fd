"""Where the page is not on a screen with everything to hand: no JavaScript, and paper."""

from reports.tests.browser import checks
from reports.tests.browser.chromium import PAPER, WIDE, WITHOUT_SCRIPT
from reports.tests.browser.conftest import Visit


def test_everything_can_be_read_without_javascript(visit: Visit) -> None:
    page = visit(WITHOUT_SCRIPT)
    for details in page.locator("details > summary").all():
        details.click()  # as a reader opens it
    assert checks.ask(page, "unreadable") == []
    for figure in page.locator("figure").all():
        box = figure.locator("svg").first.bounding_box()
        assert box is not None
        assert box["width"] > 300


def test_without_javascript_nothing_is_missing_that_javascript_shows(visit: Visit) -> None:
    text = "() => [...document.querySelectorAll('p, li, dt, dd, h1, h2, h3')].map((e) => e.textContent.trim())"
    with_script, without = visit(WIDE).evaluate(text), visit(WITHOUT_SCRIPT).evaluate(text)
    assert set(with_script) - set(without) == set()


def test_paper_has_no_controls(visit: Visit) -> None:
    page = visit(PAPER)
    # What a table is sorted by on the screen is a column's name on paper.
    for control in page.locator("nav, .skip, :not(th) > button, select, input").all():
        assert not control.is_visible()


def test_paper_shows_the_evidence_of_claims_and_the_tables_of_figures(visit: Visit) -> None:
    page = visit(PAPER)
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    tables = "article.claim table, figure table"
    assert page.locator(tables).count() > 7
    assert checks.ask(page, "unreadable", tables) == []


def test_paper_cuts_nothing_off(visit: Visit) -> None:
    page = visit(PAPER)
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert checks.ask(page, "cutOff") == []


def test_what_was_unfolded_for_paper_is_folded_again(visit: Visit) -> None:
    page = visit()
    page.evaluate("() => { dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint')); }")
    assert page.locator("details[open]").count() == 0
