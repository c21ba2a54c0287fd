"""Stores to test on: a SQLite file, and a PostgreSQL server for the whole session with a schema for each test."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from ci.history.tests import postgresql
from ci.history.tests.made_up import make_run
from reports.tests.browser.conftest import cannot_test


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgresql.started(server_programs()) as url:
        yield url


def server_programs() -> Path:
    programs = postgresql.find()
    if programs is None:
        cannot_test(postgresql.WHY_NONE)
    return programs


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for all that cannot be tested, where pytest's own would be one for each test."""
    skipped = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", []))
    if many := skipped[f"Skipped: {postgresql.WHY_NONE}"]:
        terminalreporter.write_line(f"skipped {many} tests of the store: {postgresql.WHY_NONE}")


NUMBERS = count()


@pytest.fixture
def new_schema(server: str) -> Callable[[], str]:
    def new_schema() -> str:
        name = f"test{next(NUMBERS)}"
        url = make_url(server)
        with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{server}&options=-csearch_path%3D{name}"

    return new_schema


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made; each test that asks for it is run on both."""
    if request.param == "sqlite":
        return str(tmp_path / "history.sqlite")
    return request.getfixturevalue("new_schema")()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run for all tests that do not change it."""
    return make_run(tmp_path_factory.mktemp("history") / "run")
