"""The page is HTML as the standard has it."""

from pathlib import Path

from reports.tests.browser import validator
from reports.tests.browser.conftest import cannot_test

VALID = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title></head><body>{}</body></html>'


def checked(page: Path) -> list[str]:
    if not validator.is_there():
        cannot_test(validator.WHY_NONE)
    return validator.check(page)


def test_the_page_is_valid(page_file: Path) -> None:
    assert checked(page_file) == []


def test_what_is_not_valid_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(VALID.format("<p>All is well.</p><ul><p>Not so in a list.</p></ul>"), encoding="utf-8")
    (fault,) = checked(page)
    assert fault.startswith("line 1: Element “p” not allowed as child of element “ul”")
