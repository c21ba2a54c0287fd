"""One browser for a package of tests, one page of a made-up run for the whole session; for each test, windows of its
own. Another package with pages to look at takes `browser` and `visit` from here, and has a `page_file` of its own.

Whatever a test looks at, by its end each page that `visit` opened must have asked for nothing, said nothing on the
console and thrown nothing.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from analysis.__main__ import main as analyse
from analysis.tests.synthetic import trust_document, write_run
from reports.__main__ import main as report
from reports.tests.browser import chromium, validator
from reports.tests.browser.chromium import WIDE, View
from reports.tests.browser.watch import Watch

Visit = Callable[..., Page]


@pytest.fixture(scope="package")  # two at a time, of two packages, Playwright refuses
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        cannot_test(chromium.WHY_NONE)
    with chromium.started(path) as browser:
        yield browser


def cannot_test(why: str) -> None:
    """Skips, but for CI: there, nothing may go untested."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for all that cannot be tested, where pytest's own would be one for each test."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", []))
    for why in (chromium.WHY_NONE, validator.WHY_NONE):
        if count := reasons[f"Skipped: {why}"]:
            terminalreporter.write_line(f"skipped {count} tests of the page: {why}")


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as `make report` writes it, with everything on it that a run can have beside itself."""
    folder = tmp_path_factory.mktemp("browser") / "run"
    write_run(folder, blocks=3, raw=True)
    for name, document in (("trust", trust_document()), ("stress", STRESS)):
        (folder.parent / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "conformance.json").write_text(json.dumps(CONFORMANCE), encoding="utf-8")
    assert analyse([str(folder)]) == 0
    assert report([str(folder)]) == 0
    return folder / "index.html"


@pytest.fixture
def visit(browser: Browser, page_file: Path) -> Iterator[Visit]:
    """visit(VIEW, part="claims"): opens the page, or `file`, and gives it when it has loaded."""
    watches: list[Watch] = []
    with ExitStack() as windows:

        def visit(view: View = WIDE, part: str = "", file: Path | None = None) -> Page:
            page = windows.enter_context(chromium.seen_as(browser, view)).new_page()
            watches.append(Watch(page))
            page.emulate_media(media=view.media)
            watches[-1].goto((file or page_file).as_uri() + (f"#{part}" if part else ""))
            return page

        yield visit
        for watch in watches:
            watch.settle()
    assert [fault for watch in watches for fault in watch.faults] == []


def rule(model: str, name: str, outcome: str, reason: str | None = None) -> dict[str, object]:
    return {"suite": "select_rules", "rule": name, "model": model, "variant": None, "cores": 1, "outcome": outcome,
            "reason": reason}  # fmt: skip


CONFORMANCE = {
    "schema": 1,
    "results": [rule("mn", "a_rule", "passed"), rule("tbb", "a_rule", "failed"), rule("mn", "b_rule", "passed"),
                rule("tbb", "b_rule", "skipped", "it has none")],
    "missing": ["go on 1: select_rules.a_rule was not run"],
}  # fmt: skip
STRESS = {
    "schema": 1,
    "started": "2030-01-01T00:00:00Z",
    "commit": "abc",
    "results": [
        {"scenario": "close_races", "sentence": "S.", "seed": 1, "seconds": 2.0, "rounds": 1234, "end": "ok",
         "outcomes": [{"what": "sent and received", "grade": "acceptable", "count": 5678}], "resident_bytes": None,
         "detail": None},
    ],
}  # fmt: skip
