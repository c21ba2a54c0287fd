"""The page of two runs is held to what the page of one is."""

from pathlib import Path

import pytest

from reports.compare.__main__ import main as compare
from reports.tests.browser import checks, validator
from reports.tests.browser.chromium import PAPER, PHONE, WIDE, WIDE_DARK, View
from reports.tests.browser.conftest import Visit, cannot_test
from reports.tests.test_compare import a_run


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared")
    a_run(folder, "first")
    a_run(folder, "slow", seed=2, effect=1.8)
    assert compare([str(folder / "first"), str(folder / "slow"), "--out", str(folder / "out")]) == 0
    return next((folder / "out").rglob("compare.html"))


@pytest.mark.parametrize("view", [WIDE, WIDE_DARK, PHONE], ids=str)
def test_axe_core_finds_nothing(visit: Visit, compared: Path, view: View) -> None:
    page = visit(view, file=compared)
    checks.draw_all(page)
    checks.open_all(page)
    checks.shorten_tables(page)
    assert checks.axe(page) == []


def test_it_is_whole(visit: Visit, compared: Path) -> None:
    page = visit(file=compared)
    assert page.locator("figure").count() == 1
    assert checks.ask(page, "references", ["compare.json"]) == []
    for question in ("headings", "figures", "images"):
        assert checks.ask(page, question) == [], question


def test_it_fits_a_phone_and_paper(visit: Visit, compared: Path) -> None:
    phone = visit(PHONE, file=compared)
    checks.open_all(phone)
    assert checks.ask(phone, "sideways") == []
    paper = visit(PAPER, file=compared)
    paper.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert checks.ask(paper, "cutOff") == []


def test_it_is_valid(compared: Path) -> None:
    if not validator.is_there():
        cannot_test(validator.WHY_NONE)
    assert validator.check(compared) == []
