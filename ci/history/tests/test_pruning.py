"""Raw samples go, all that was made of them stays, and the bytes come back."""

from pathlib import Path

import pytest

from ci.history.__main__ import main
from ci.history.database import Store, opened
from ci.history.pruning import prune, size_of
from ci.history.reading import all_runs, cells_of, floors_of, ratios_of, samples_of
from ci.history.tests.made_up import contents, make_run, take_all


def kept(store: Store) -> list[str]:
    return [run.name for run in all_runs(store) if run.raw_bytes is not None]


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Three of one machine and one, the oldest, of another."""
    made = [("x", "2029", "Linux 1"), ("a", "2030", "Linux 0"), ("b", "2031", "Linux 0"), ("c", "2032", "Linux 0")]
    return [
        make_run(tmp_path / name, name, seed=at, blocks=8, started=f"{year}-01-01T00:00:00Z", kernel=kernel)
        for at, (name, year, kernel) in enumerate(made)
    ]


def test_raw_samples_go_and_the_rest_stays(place: str, runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    with opened(place, make=True) as store:
        take_all(store, *runs)
        found = {r.name: (cells_of(store, r), ratios_of(store, r), floors_of(store, r)) for r in all_runs(store)}
        before, newest = size_of(store), contents(store)["c"]
    assert main(["prune", "--store", place, "--keep", "1"]) == 0
    said = capsys.readouterr().out
    with opened(place) as store:
        assert kept(store) == ["x", "c"]  # of each machine the newest
        back = before - size_of(store)
        assert said == f"raw samples of 2 runs dropped: {back:,} bytes came back\n"
        assert back > 0
        assert found == {
            r.name: (cells_of(store, r), ratios_of(store, r), floors_of(store, r)) for r in all_runs(store)
        }
        assert contents(store)["c"] == newest
        assert [samples_of(store, run) is None for run in all_runs(store)] == [False, True, True, False]
        # Once more finds nothing, and the same run again brings nothing back.
        assert prune(store, keep=1).runs == 0
    assert main(["import", "--store", place, str(runs[1])]) == 0
    assert capsys.readouterr().out == "a: already in the store, counted once; its raw samples were pruned and stay so\n"
    with opened(place) as store:
        assert kept(store) == ["x", "c"]


def test_before_a_date(tmp_path: Path, runs: list[Path]) -> None:
    place = str(tmp_path / "s.sqlite")
    with opened(place, make=True) as store:
        take_all(store, *runs)
    assert main(["prune", "--store", place, "--before", "2031-01-01T01:00:00+01:00"]) == 0
    with opened(place) as store:
        assert kept(store) == ["b", "c"]
    assert main(["prune", "--store", place, "--before", "2031-01-02"]) == 0
    with opened(place) as store:
        assert kept(store) == ["c"]


@pytest.mark.parametrize(
    "wrong", [[], ["--keep", "-1"], ["--keep", "x"], ["--before", "soon"], ["--keep", "1", "--before", "2030-01-01"]]
)
def test_what_to_drop_must_be_said(tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["prune", "--store", str(tmp_path / "s.sqlite"), *wrong])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
