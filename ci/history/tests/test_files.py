"""A run goes into a file and out of it without loss, between stores of either kind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ci.history.__main__ import main
from ci.history.database import opened
from ci.history.pruning import prune
from ci.history.tests.made_up import contents, make_run, take_all


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_stores_and_two_folders_are_equal(tmp_path: Path, new_schema: Callable[[], str]) -> None:
    """SQLite → files → PostgreSQL → files, of two machines and a pruned run: the same bytes."""
    first, second = str(tmp_path / "s.sqlite"), new_schema()
    with opened(first, make=True) as store:
        take_all(store, make_run(tmp_path / "old", "old", started="2029-01-01T00:00:00+02:00"))
        take_all(store, make_run(tmp_path / "new", "new", seed=2, kernel="Linux 9 — “new”", commit="abc", dirty=True))
        assert prune(store, before="2029-06").runs == 1
    assert main(["export", "--store", first, "--all", "--to", str(tmp_path / "a")]) == 0
    assert main(["import", "--store", second, str(tmp_path / "a")]) == 0
    assert main(["export", "--store", second, "--all", "--to", str(tmp_path / "b")]) == 0
    assert sorted(files_in(tmp_path / "a")) == ["new.jsonl.gz", "old.jsonl.gz"]
    assert files_in(tmp_path / "a") == files_in(tmp_path / "b")
    with opened(first) as one, opened(second) as two:
        assert contents(one) == contents(two)
        assert '"kind":"samples"' in contents(two)["new"]
        assert '"kind":"samples"' not in contents(two)["old"]


def test_named_runs_alone_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "s.sqlite")
    with opened(place, make=True) as store:
        take_all(store, make_run(tmp_path / "one", "one"), make_run(tmp_path / "two", "two", seed=2))
    assert main(["export", "--store", place, "two", "--to", str(tmp_path / "files")]) == 0
    assert list(files_in(tmp_path / "files")) == ["two.jsonl.gz"]
    capsys.readouterr()
    for wrong in (["three"], [], ["one", "--all"]):
        assert main(["export", "--store", place, *wrong, "--to", str(tmp_path / "none")]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "none").exists()
