"""What is no store of this schema is refused in one line and left as it was; `migrate` brings an older one up."""

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from ci.history import importing, migrations, schema
from ci.history.__main__ import main
from ci.history.database import connect, opened, shown
from ci.history.files import read_file
from ci.history.reading import all_machines, all_runs
from ci.history.record import NotTaken
from ci.history.tests.made_up import contents, make_run, take_all

OLD = Path(__file__).parent / "schema_1.sqlite.gz"  # written by the program of schema 1, of a made-up run
COMMANDS = (["import", "RUN"], ["list"], ["export", "--all"], ["prune", "--keep", "1"], ["migrate"])


def refusals(place: str, run: Path, capsys: pytest.CaptureFixture[str], *commands: list[str]) -> list[str]:
    """The one line of each command."""
    said = []
    for name, *rest in commands or COMMANDS:
        assert main([name, "--store", place, *(str(run) if word == "RUN" else word for word in rest)]) == 2
        out, error = capsys.readouterr()
        assert out == ""
        (line,) = error.splitlines()
        said.append(line)
    return said


def test_a_newer_store_is_left_untouched(place: str, run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(place, make=True) as store:
        take_all(store, run_folder)
        before = contents(store)
        with store.writing() as connection:
            connection.execute(text("UPDATE threadmark_store SET version = 99"))
    known = f"this program knows {schema.VERSION}; left untouched"
    assert all(f"a store of schema 99; {known}" in line for line in refusals(place, run_folder, capsys))
    engine = connect(place, make=False)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version FROM threadmark_store")).scalar_one() == 99
        connection.execute(text("UPDATE threadmark_store SET version = :version"), {"version": schema.VERSION})
    engine.dispose()
    with opened(place) as store:
        assert contents(store) == before


@pytest.fixture
def old_store(tmp_path: Path) -> Path:
    path = tmp_path / "old.sqlite"
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    return path


def test_an_older_store_waits_for_migrate(
    old_store: Path, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = old_store.read_bytes()
    lines = refusals(str(old_store), run_folder, capsys, *COMMANDS[:-1])
    assert all("a store of schema 1; python -m ci.history migrate brings it to" in line for line in lines)
    assert old_store.read_bytes() == before


def test_migrate_brings_an_older_store_to_that_of_today(
    old_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "--store", str(old_store)]) == 0
    assert capsys.readouterr().out == f"schema 1 → {schema.VERSION}\n"
    assert main(["migrate", "--store", str(old_store)]) == 0
    assert capsys.readouterr().out == f"schema {schema.VERSION}: nothing to do\n"
    fresh = str(tmp_path / "fresh.sqlite")
    assert main(["export", "--store", str(old_store), "--all", "--to", str(tmp_path / "files")]) == 0
    assert main(["import", "--store", fresh, str(tmp_path / "files")]) == 0
    with opened(str(old_store)) as old, opened(fresh) as new:
        assert contents(old) == contents(new) != {}
        assert (all_machines(old), all_runs(old)) == (all_machines(new), all_runs(new))
        assert columns(old.engine) == columns(new.engine)
        # and it goes on from there
        assert importing.take(old, make_run(tmp_path / "next", "next")).new


def columns(engine: object) -> dict[str, list[tuple[str, str, bool]]]:
    its = inspect(engine)
    return {
        table: sorted((column["name"], str(column["type"]), column["nullable"]) for column in its.get_columns(table))
        for table in its.get_table_names()
    }


def test_migrate_is_done_whole_or_not_at_all(
    old_store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(connection: object) -> None:
        step(connection)
        raise NotTaken("in the middle")

    step = migrations.STEPS[1]
    before = sqlite3.connect(old_store).execute("SELECT sql FROM sqlite_schema").fetchall()
    monkeypatch.setitem(migrations.STEPS, 1, half)
    assert main(["migrate", "--store", str(old_store)]) == 2
    assert sqlite3.connect(old_store).execute("SELECT sql FROM sqlite_schema").fetchall() == before
    monkeypatch.setitem(migrations.STEPS, 1, step)
    assert main(["migrate", "--store", str(old_store)]) == 0


def test_postgresql_migrates_too(new_schema: Callable[[], str], old_store: Path, tmp_path: Path) -> None:
    """No PostgreSQL store of schema 1 can be kept as a file: today's is made, and what a step did undone by hand."""
    place = new_schema()
    assert main(["migrate", "--store", str(old_store)]) == 0
    assert main(["export", "--store", str(old_store), "--all", "--to", str(tmp_path / "files")]) == 0
    with opened(place, make=True) as store:
        take_all(store, *(tmp_path / "files").iterdir())
        before, its_runs, its_columns = contents(store), all_runs(store), columns(store.engine)
        with store.writing() as connection:
            for column in (
                "machines DROP COLUMN hardware",
                "runs DROP COLUMN raw_bytes",
                "runs DROP COLUMN cell_count",
            ):
                connection.execute(text(f"ALTER TABLE {column}"))
            connection.execute(text("UPDATE threadmark_store SET version = 1"))
    with pytest.raises(NotTaken, match="a store of schema 1; "), opened(place):
        pass
    assert migrations.migrate(place) == (1, schema.VERSION)
    with opened(place) as store:
        assert (contents(store), all_runs(store), columns(store.engine)) == (before, its_runs, its_columns)


def test_another_program_s_database_is_no_store(
    place: str, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "://" not in place:
        sqlite3.connect(place).close()
        Path(place).touch()
    engine = connect(place, make=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipes (name VARCHAR)"))
    assert all("holds other tables (recipes), and is no store" in line for line in refusals(place, run_folder, capsys))
    assert inspect(engine).get_table_names() == ["recipes"]
    engine.dispose()


def test_a_store_that_is_not_there_is_made_by_import_alone(
    place: str, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = refusals(place, run_folder, capsys, *COMMANDS[1:])
    assert all("no store there; python -m ci.history import makes one" in line for line in lines)
    assert "://" in place or not Path(place).exists()
    assert main(["import", "--store", place, str(run_folder)]) == 0


def test_a_file_that_is_no_database_is_left_alone(
    tmp_path: Path, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader,\n" * 100)
    assert all("file is not a database" in line for line in refusals(str(path), run_folder, capsys))
    assert path.read_text() == "Dear reader,\n" * 100


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ("mysql://somewhere/x", "a store is a SQLite file or postgresql"),
        ("://", "neither a file nor a database's URL"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/x", "connection"),
        ("/proc/nowhere/history.sqlite", "/proc/nowhere"),
    ],
)
def test_a_place_where_no_store_can_be_is_one_line(
    place: str, word: str, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = refusals(place, run_folder, capsys, ["import", "RUN"])
    assert word in line
    assert "secret" not in line


def test_a_password_is_never_shown() -> None:
    assert shown("postgresql+psycopg://me:secret@host/x") == "postgresql+psycopg://me:***@host/x"


def test_the_place_comes_from_the_command_line_before_the_environment(
    tmp_path: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADMARK_STORE", str(tmp_path / "environment.sqlite"))
    assert main(["import", "--store", str(tmp_path / "line.sqlite"), str(run_folder)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["line.sqlite"]
    assert main(["import", str(run_folder)]) == 0
    assert (tmp_path / "environment.sqlite").exists()


def test_a_file_s_name_has_no_meaning_within_a_url(tmp_path: Path, run_folder: Path) -> None:
    place = tmp_path / "100% odd?name#1.sqlite"
    assert main(["import", "--store", str(place), str(run_folder)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [place.name]
    with opened(str(place)) as store:
        assert list(contents(store)) == ["synthetic"]


def test_an_exported_run_knows_its_machine(old_store: Path, tmp_path: Path) -> None:
    migrations.migrate(str(old_store))
    assert main(["export", "--store", str(old_store), "synthetic", "--to", str(tmp_path)]) == 0
    with opened(str(old_store)) as store:
        assert [machine.facts for machine in all_machines(store)] == [
            read_file(tmp_path / "synthetic.jsonl.gz").machine
        ]
