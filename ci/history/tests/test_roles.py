"""roles.sql on a real server: a machine adds runs and harms none, a reader reads, the owner keeps house."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from analysis.contracts import ROOT
from ci.history.__main__ import main
from ci.history.tests.made_up import make_run

OWNER, IMPORTER, READER = (f"threadmark_{role}" for role in ("owner", "importer", "reader"))
SQL = ROOT / "ci" / "history" / "roles.sql"
DATABASE = "fleet"


@pytest.fixture(scope="module")
def fleet(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Gives the URL of the store for each role. It was made as the guide says, and has one run."""
    socket = str(make_url(server).query["host"])

    def execute(database: str, user: str, *statements: str) -> None:
        with psycopg.connect(host=socket, dbname=database, user=user, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def url(role: str) -> str:
        return f"postgresql+psycopg://{role}@/{DATABASE}?host={socket}"

    execute("postgres", "threadmark", *(f"CREATE ROLE {role} LOGIN" for role in (OWNER, IMPORTER, READER)))
    execute("postgres", "threadmark", f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    first = make_run(tmp_path_factory.mktemp("fleet") / "first", name="first")
    assert main(["import", str(first), "--store", url(OWNER)]) == 0
    execute(DATABASE, OWNER, SQL.read_text(encoding="utf-8"))
    yield url
    execute("postgres", "threadmark", f"DROP DATABASE {DATABASE} (FORCE)",
            *(f"DROP ROLE {role}" for role in (OWNER, IMPORTER, READER)))  # fmt: skip


def statement(url: str, text: str) -> None:
    parts = make_url(url)
    with psycopg.connect(host=str(parts.query["host"]), dbname=DATABASE, user=parts.username) as connection:
        connection.execute(text)


def test_a_machine_adds_its_runs(
    fleet: Callable[[str], str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "second", name="second", seed=2, kernel="Linux 9.9.9-other")
    for expected in ("second: ", "second: already in the store, counted once"):
        assert main(["import", str(run), "--store", fleet(IMPORTER)]) == 0
        assert expected in capfd.readouterr().out


@pytest.mark.parametrize("role", [IMPORTER, READER])
def test_whoever_imports_or_reads_sees_every_run(
    fleet: Callable[[str], str], role: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list", "--store", fleet(role)]) == 0
    assert "first" in capsys.readouterr().out


@pytest.mark.parametrize("role", [IMPORTER, READER])
@pytest.mark.parametrize(
    "text",
    [
        "UPDATE runs SET commit = 'another'",
        "UPDATE cells SET median = 1",
        "DELETE FROM runs",
        "DELETE FROM samples",
        "TRUNCATE samples",
        "DROP TABLE samples",
        "UPDATE threadmark_store SET version = 99",
        "INSERT INTO threadmark_store VALUES (99)",
        "CREATE TABLE mine (x integer)",
    ],
)
def test_neither_changes_what_is_there(fleet: Callable[[str], str], role: str, text: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        statement(fleet(role), text)


def test_a_reader_adds_nothing(fleet: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "third", name="third", seed=3)
    assert main(["import", str(run), "--store", fleet(READER)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "permission denied" in line


def test_only_the_owner_prunes(fleet: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune", "--keep", "0", "--store", fleet(IMPORTER)]) == 2
    assert "permission denied" in capsys.readouterr().err
    assert main(["prune", "--keep", "0", "--store", fleet(OWNER)]) == 0
