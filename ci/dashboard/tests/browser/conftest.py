"""The site of the made-up watch, in one page and in several, for the fixtures of the report's browser tests."""

from pathlib import Path

import pytest

from ci.dashboard import page
from ci.dashboard.__main__ import write
from ci.dashboard.tests import made
from ci.dashboard.tests.test_parts import document
from reports.tests.browser.conftest import browser, visit

__all__ = ["browser", "visit"]


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    board = made.board(selftest=document(), warnings=["Something does not fit."])
    return write(page.site(board), tmp_path_factory.mktemp("dashboard"))


@pytest.fixture(scope="session")
def workload_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one workload, of a site that is spread over several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "LIMIT_BYTES", 1_000_000)
        first = write(page.site(made.board()), tmp_path_factory.mktemp("spread"))
    return first.parent / page.FOLDER / "ping_pong.html"


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(page.site(made.empty_board()), tmp_path_factory.mktemp("empty"))
