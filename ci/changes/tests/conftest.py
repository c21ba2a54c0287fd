"""A store for the tests of the change points: a SQLite file, because ci/history tests both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ci.history.database import Store, opened


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "history.sqlite")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with opened(place, make=True) as store:
        yield store
