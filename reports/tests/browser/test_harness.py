"""What the tests stand on: no browser is no excuse in CI, and the pictures are taken."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from reports.tests.browser import chromium, screenshots
from reports.tests.browser.conftest import cannot_test

TWO_PARTS = """<!doctype html><title>T</title><header>H</header>
<main><section id="one">1</section><section id="two" style="height: 3000px">2</section></main>"""


def test_without_a_browser_ci_fails_and_others_skip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find() is None
    snap = tmp_path / "snap"
    snap.touch(mode=0o755)
    (tmp_path / "chromium").symlink_to(snap)
    assert chromium.find() is None
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no browser: neither chromium nor google-chrome is in PATH"):
        cannot_test(chromium.WHY_NONE)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        cannot_test(chromium.WHY_NONE)


def test_pictures_say_part_width_and_theme(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text(TWO_PARTS, encoding="utf-8")
    with chromium.seen_as(browser, chromium.PHONE_DARK) as window:
        taken = list(screenshots.pictures(window.new_page(), page, chromium.PHONE_DARK, tmp_path, everything=True))
    assert [picture.name for picture in taken] == [
        "header-390-dark.png", "one-390-dark.png", "two-390-dark.png", "two-390-dark-2.png",
    ]  # fmt: skip
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in taken)


def test_without_a_page_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert screenshots.main([str(tmp_path), str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"screenshots: {tmp_path / 'index.html'} is not there; make report writes it"
    ]
