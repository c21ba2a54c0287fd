"""What is on the page: whole, in order, and all of it within the one file."""

from pathlib import Path

import pytest

from plots import FIGURES
from reports.tests.browser import checks
from reports.tests.browser.chromium import SCREENS, WIDE, View
from reports.tests.browser.conftest import Visit

LIMIT_BYTES = 8_000_000


@pytest.mark.parametrize("view", SCREENS, ids=str)
def test_it_asks_for_nothing_and_complains_of_nothing(visit: Visit, view: View) -> None:
    page = visit(view)  # which watches
    assert page.title() == "Threadmark, run synthetic"


def test_every_reference_finds_its_target_and_no_id_is_used_twice(visit: Visit, page_file: Path) -> None:
    beside = [path.name for path in page_file.parent.iterdir() if path.suffix in (".json", ".jsonl")]
    assert checks.ask(visit(), "references", beside) == []


def test_headings_go_down_one_level_at_a_time_from_one_h1(visit: Visit) -> None:
    assert checks.ask(visit(), "headings") == []


def test_every_figure_has_its_table(visit: Visit) -> None:
    page = visit()
    assert page.locator("figure").count() == len(FIGURES)
    assert checks.ask(page, "figures") == []


def test_every_image_says_what_it_shows(visit: Visit) -> None:
    assert checks.ask(visit(), "images") == []


def test_landmarks(visit: Visit) -> None:
    page = visit()
    for role in ("banner", "main"):
        assert page.get_by_role(role).count() == 1, role
    assert page.get_by_role("navigation", name="Contents").count() == 1
    for section in page.locator("main > section").all():
        heading = section.get_by_role("heading").first.inner_text()
        assert page.get_by_role("region", name=heading, exact=True).count() >= 1, heading


def test_the_contents_lead_to_every_section(visit: Visit) -> None:
    page = visit()
    targets = [link.get_attribute("href") for link in page.get_by_role("navigation").get_by_role("link").all()]
    sections = [f"#{section.get_attribute('id')}" for section in page.locator("main > section").all()]
    assert targets == ["#answers", *sections]


@pytest.mark.parametrize("part", ["claims", "C03", "C20", "figure-ratio_go", "evidence"])
def test_a_link_to_a_part_shows_it(visit: Visit, part: str) -> None:
    page = visit(WIDE, part=part)
    top = page.locator(f"#{part}").bounding_box()
    assert top is not None
    assert -1 <= top["y"] < WIDE.height


def test_the_page_is_not_too_large(page_file: Path) -> None:
    assert page_file.stat().st_size < LIMIT_BYTES
