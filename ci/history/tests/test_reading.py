"""What the gate and the dashboard are told: series a machine, in order, with nothing of another run among them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from analysis.run import read_run
from ci.history.__main__ import main
from ci.history.database import Store, opened
from ci.history.files import write_file
from ci.history.reading import (
    CellKey,
    all_machines,
    all_runs,
    cells_of,
    changes,
    environment_of,
    floors_of,
    run_named,
    runs_of_commit,
    samples_of,
)
from ci.history.record import NotTaken
from ci.history.run_folder import record_of_folder
from ci.history.series import Selection, cell_histories, cell_history, ratio_histories, ratio_history
from ci.history.tests.made_up import make_run, take_all

KEY = CellKey.of("ping_pong", {"cores": 1, "capacity": 0}, "mn", "ns_per_round_trip", "ns", "lower")
# name, started, commit, what else differs; not in the order of time
RUNS = (
    ("late", "2030-03-01T00:00:00Z", "ccc", {}),
    ("early", "2030-01-01T00:30:00+01:00", "aaa", {}),
    ("middle", "2030-02-01T00:00:00Z", "bbb", {"dirty": True}),
    ("again", "2030-02-02T00:00:00Z", "aaa", {"profile": "full"}),
    ("renewed", "2030-04-01T00:00:00Z", "ddd", {"compiler": "GNU 99"}),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    return [
        make_run(folder / name, name, seed=at, **({"started": started, "commit": commit, "dirty": False} | more))
        for at, (name, started, commit, more) in enumerate(RUNS)
    ]


@pytest.fixture(scope="module")
def files(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same runs, which are taken faster from files."""
    folder = tmp_path_factory.mktemp("files")
    return [write_file(record_of_folder(run), folder) for run in runs]


@pytest.fixture
def store(place: str, files: list[Path]) -> Iterator[Store]:
    with opened(place, make=True) as store:
        take_all(store, *files)
        yield store


def names(store: Store, selection: Selection) -> list[list[str]]:
    return [[point.run.name for point in series.points] for series in cell_history(store, KEY, selection)]


def test_a_history_is_a_series_for_each_machine(store: Store) -> None:
    assert names(store, Selection()) == [["early", "middle", "again", "late"], ["renewed"]]
    for series in cell_history(store, KEY):
        for point in series.points:
            assert point.run.machine == series.machine
            assert point.found == cells_of(store, point.run)[KEY]
            assert point.found.median is not None
    medians = [point.found.median for series in cell_history(store, KEY) for point in series.points]
    assert len(set(medians)) == len(RUNS)


def test_commits_order_and_choose(store: Store) -> None:
    assert names(store, Selection(commits=["ccc", "aaa", "ddd"])) == [["late", "early", "again"], ["renewed"]]
    assert names(store, Selection(commits=[])) == []
    assert names(store, Selection(dirty=False)) == [["early", "again", "late"], ["renewed"]]
    assert names(store, Selection(profile="full")) == [["again"]]
    old, new = (series.machine for series in cell_history(store, KEY))
    assert names(store, Selection(machine=new.name)) == [["renewed"]]
    assert names(store, Selection(hardware=old.hardware)) == names(store, Selection())
    assert [vars(change) for change in changes(old, new)] == [{"fact": "compiler", "before": "none", "after": "GNU 99"}]


def test_all_histories_at_once_are_those_of_each(store: Store) -> None:
    everything = cell_histories(store)
    assert everything.keys() == set().union(*(cells_of(store, run).keys() for run in all_runs(store)))
    other = next(key for key in everything if key != KEY)
    assert everything[KEY] == cell_history(store, KEY)
    assert cell_histories(store, keys=[KEY, other]) == {key: everything[key] for key in (KEY, other)}
    assert cell_history(store, CellKey.of("nothing", {}, "mn", "x", "ns", "lower")) == []


def test_ratios_have_histories_and_the_twin_is_among_them(store: Store) -> None:
    ((first, *_), *_) = [series.points for series in ratio_history(store, KEY, "go")]
    assert (first.run.name, first.found.baseline, first.found.key) == ("early", "go", KEY)
    everything = ratio_histories(store)
    assert everything[KEY, "go"] == ratio_history(store, KEY, "go")
    twin = CellKey(**{**{name: getattr(KEY, name) for name in KEY.__dataclass_fields__}, "model": "mn.again"})
    assert [len(series.points) for series in everything[twin, "mn"]] == [4, 1]


def test_samples_are_the_trials_themselves(store: Store, runs: list[Path]) -> None:
    samples = samples_of(store, run_named(store, "late"))
    assert samples is not None
    for trial in read_run(runs[0]).trials:
        for key, its in samples.items():
            if (key.workload, key.parameters, key.model) != (trial["workload"], trial["params"], trial["model"]):
                continue
            (sample,) = [sample for sample in its if sample.order == trial["order"]]
            assert (sample.block, sample.outcome) == (trial["block"], trial["outcome"])
            assert sample.steal_ticks == trial["noise"]["steal_ticks"]
            if key.metric in trial["metrics"]:
                assert sample.value == trial["metrics"][key.metric]["value"]
    crashed = [s for key, its in samples.items() if key.model == "os_threads" for s in its if s.outcome == "crash"]
    assert crashed
    assert {sample.value for sample in crashed} == {None}


def test_a_reading_is_one_moment(new_schema: Callable[[], str], files: list[Path]) -> None:
    """SQLite makes the import wait; in PostgreSQL it goes on, and must not be seen."""
    with opened(new_schema(), make=True) as store, store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM runs")).scalar_one() == 0
        take_all(store, files[0])
        assert connection.execute(text("SELECT count(*) FROM runs")).scalar_one() == 0
        assert len(all_runs(store)) == 1


def test_runs_of_a_commit(store: Store) -> None:
    assert [run.name for run in runs_of_commit(store, "aaa")] == ["early", "again"]
    assert [run.name for run in runs_of_commit(store, "a")] == ["early", "again"]
    assert runs_of_commit(store, "") == runs_of_commit(store, "eee") == []
    with pytest.raises(NotTaken, match="no run nobody"):
        run_named(store, "nobody")


def test_a_run_keeps_its_environment_and_its_floors(store: Store, runs: list[Path]) -> None:
    run = run_named(store, "middle")
    assert environment_of(store, run) == json.loads((runs[2] / "environment.json").read_text(encoding="utf-8"))
    assert (run.dirty, run.commit, run.blocks, run.started) == (True, "bbb", 3, "2030-02-01T00:00:00.000000Z")
    assert run_named(store, "early").started == "2029-12-31T23:30:00.000000Z"
    assert floors_of(store, run)["ns"].factor > 1
    assert run.noise_floor is not None
    assert [machine.facts["compiler"] for machine in all_machines(store)] == ["none", "GNU 99"]
    assert "model.mn" not in run.machine.facts
    assert run.machine.facts["model.go"] == "0.0"


def test_list_shows_the_runs(place: str, files: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    with opened(place, make=True) as store:
        take_all(store, files[0], files[2])
    assert main(["prune", "--store", place, "--keep", "1"]) == 0
    capsys.readouterr()
    assert main(["list", "--store", place]) == 0
    header, middle, late, total = capsys.readouterr().out.splitlines()
    assert header.split() == ["run", "started", "machine", "commit", "profile", "cells", "samples"]
    assert middle.split()[1:2] + middle.split()[3:5] == ["2030-02-01T00:00:00Z", "bbb+", "smoke"]
    assert middle.endswith("pruned")
    assert "kept, " in late
    assert ": 2 runs, " in total
    assert main(["list", "--store", place, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(run["run"], run["samples"], run["commit"]) for run in told["runs"]] == [
        ("middle", "pruned", "bbb"),
        ("late", "kept", "ccc"),
    ]
    assert told["bytes"] > 10_000
    assert told["runs"][1]["cells"] == int(late.split()[5])


@pytest.mark.parametrize("arguments", [["--help"], ["import", "--help"], ["prune", "--help"]])
def test_help_is_there(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "usage: python -m ci.history" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["gather"], ["import"], ["list", "--jsn"]])
def test_a_wrong_command_line_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
