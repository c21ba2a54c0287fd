"""Every check finds the fault that it is for, on a page that has nothing else wrong with it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reports.tests.browser import checks, chromium
from reports.tests.browser.chromium import PAPER, PHONE, STILL, WIDE, View
from reports.tests.browser.keyboard import walk
from reports.tests.browser.watch import Watch

SOUND = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1 id="top">One</h1><p>Text with <a href="#top">a link</a>.</p>{}</main></body></html>"""
FIGURE = '<figure><svg role="img" aria-label="S" width="9" height="9"></svg>{}</figure>'
TABLE = "<table><caption>C</caption><tbody><tr><td>1</td></tr></tbody></table>"

OF_PYTHON: dict[str, Callable[[Page], list[str]]] = {"axe": checks.axe, "walk": lambda page: walk(page).faults}
ARGUMENTS: dict[str, list[object]] = {"references": [["beside.json"]]}


def faults_of(page: Page, check: str) -> list[str]:
    return OF_PYTHON[check](page) if check in OF_PYTHON else checks.ask(page, check, *ARGUMENTS.get(check, []))


CASES = [
    (WIDE, "references", '<a href="#gone">x</a>', "leads nowhere: #gone"),
    (WIDE, "references", '<a href="https://example.org/">x</a>', "leads out of the page: https://"),
    (WIDE, "references", '<a href="other.json">x</a>', "leads out of the page: other.json"),
    (WIDE, "references", '<p id="top">x</p>', 'the id "top" is there 2 times'),
    (WIDE, "references", '<p aria-labelledby="top gone">x</p>', "aria-labelledby leads nowhere: #gone"),
    (WIDE, "references", '<svg><path fill="url(#gone)"/></svg>', "fill leads nowhere: #gone"),
    (WIDE, "references", '<p style="background: url(\'a.png\')">x</p>', "style leads out of the page"),
    (WIDE, "references", "<style>p { background: url(a.png) }</style>", "style sheet leads out of the page"),
    (WIDE, "headings", "<h3>Three</h3>", 'an h3 follows an h1: h3 "Three"'),
    (WIDE, "headings", "<h1>Again</h1>", "there are 2 h1"),
    (WIDE, "figures", FIGURE.format(""), "has no table"),
    (WIDE, "figures", FIGURE.format("<table><tbody></tbody></table>"), "has no table"),
    (WIDE, "figures", f"<figure>{TABLE}</figure>", "shows nothing"),
    (WIDE, "images", '<svg role="img" width="9" height="9"></svg>', "svg has no label"),
    (WIDE, "images", '<svg aria-label="S" width="9" height="9"></svg>', "not the role of an image"),
    (WIDE, "images", '<img src="data:,">', "img has no label"),
    (WIDE, "axe", "<button></button>", "button-name (critical): button: "),
    (WIDE, "axe", '<p style="color: #ccc">faint</p>', "color-contrast (serious): "),
    (PHONE, "sideways", '<div id="wide" style="width: 500px">x</div>', "#wide reaches 508"),
    (PHONE, "sideways", '<table><tr><td id="long">' + "x" * 200 + "</td></tr></table>", "the page is "),
    (WIDE, "walk", '<a href="#top" style="outline: none">x</a>', "does not show that it has"),
    (WIDE, "walk", '<a href="#top" style="position: fixed; left: -999px">x</a>', "outside the screen"),
    (STILL, "moving", '<p style="transition: color 1s">x</p>', "takes time to change"),
    (STILL, "moving", "<style>html { scroll-behavior: smooth }</style>", "the page scrolls smoothly"),
    (WIDE, "unreadable", '<p id="hid" style="display: none">x</p>', "#hid"),
    (WIDE, "unreadable", f'<details>{TABLE}</details>', "caption"),
    (PAPER, "cutOff", '<pre id="wide" style="width: 900px">x</pre>', "#wide reaches 908 of 718"),
]  # fmt: skip


ACTS = [
    ("<script>fetch('data.json').catch(() => {})</script>", "requests file:///"),
    ("<script>fetch('https://example.org/').catch(() => {})</script>", "requests https://example.org/"),
    ('<img alt="I" src="picture.png">', "picture.png"),
    ("<style>@import 'more.css';</style>", "more.css"),
    ("<script>console.error('broken')</script>", "says on the console (error): broken"),
    ("<script>console.warn('doubtful')</script>", "says on the console (warning): doubtful"),
    ("<script>throw new Error('thrown')</script>", "throws: thrown"),
    ("<script>new WebSocket('wss://example.org/')</script>", "opens a web socket: wss://example.org/"),
]


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Callable[[View], Page]]:
    """A window for each view, for one test after the other: opening one takes longer than a check."""
    with ExitStack() as windows:

        @cache
        def window(view: View) -> Page:
            page = windows.enter_context(chromium.seen_as(browser, view)).new_page()
            page.emulate_media(media=view.media)
            return page

        yield window


@pytest.mark.parametrize(("view", "check", "body", "fault"), CASES, ids=[f"{case[1]}-{case[3]}" for case in CASES])
def test_a_check_finds_its_fault(window: Callable[[View], Page], view: View, check: str, body: str, fault: str) -> None:
    page = window(view)
    page.set_content(SOUND.format(body))
    found = faults_of(page, check)
    assert len([line for line in found if fault in line]) == 1, found


@pytest.mark.parametrize("check", sorted({check for _, check, _, _ in CASES}))
def test_a_check_finds_nothing_on_a_sound_page(window: Callable[[View], Page], check: str) -> None:
    page = window(STILL)
    page.set_content(SOUND.format(FIGURE.format(TABLE)))
    assert faults_of(page, check) == []


@pytest.mark.parametrize(("body", "fault"), ACTS, ids=[act[1] for act in ACTS])
def test_what_a_page_must_not_do_is_seen(browser: Browser, tmp_path: Path, body: str, fault: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(SOUND.format(body), encoding="utf-8")
    with chromium.seen_as(browser, WIDE) as context:
        watch = Watch(context.new_page())
        watch.goto(file.as_uri())
        watch.settle()
    assert [line for line in watch.faults if fault in line], watch.faults
