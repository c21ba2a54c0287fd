"""The tests' own PostgreSQL is found where a distribution puts it, and its absence is told; in CI it is a failure."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from ci.history.tests import postgresql
from ci.history.tests.conftest import server_programs


def test_without_a_server_tests_are_skipped_but_fail_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "find", lambda: None)
    monkeypatch.delenv("CI", raising=False)
    # A skip where a failure is expected would skip this test, so both are caught and told apart.
    either = (pytest.skip.Exception, pytest.fail.Exception)
    with pytest.raises(either, match="no PostgreSQL: neither in PATH nor as /usr/lib/postgresql") as told:
        server_programs()
    assert told.type is pytest.skip.Exception
    monkeypatch.setenv("CI", "true")
    with pytest.raises(either, match="no PostgreSQL") as told:
        server_programs()
    assert told.type is pytest.fail.Exception


def test_the_newest_is_taken_and_one_in_path_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgresql, "PLACES", f"{tmp_path}/*/bin/postgres")
    assert postgresql.find() is None
    for version in ("9", "15", "16"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch(mode=0o755)
    assert postgresql.find() == tmp_path / "16" / "bin"
    (tmp_path / "postgres").symlink_to(tmp_path / "9" / "bin" / "postgres")
    assert postgresql.find() == tmp_path / "9" / "bin"


def test_the_server_listens_on_no_port(server: str) -> None:
    url = make_url(server)
    with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
