"""Nothing is lost and nothing counted twice, whatever happens to an import; and each refusal is one line."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.__main__ import main as analyse
from analysis.summary import summarise
from ci.counts.tests.made import write_counts
from ci.history import importing
from ci.history.__main__ import main
from ci.history.database import opened
from ci.history.files import write_file
from ci.history.machine import installed_gib
from ci.history.reading import all_machines, all_runs, cells_of, ratios_of, samples_of
from ci.history.record import NotTaken, Record, digest
from ci.history.run_folder import record_of_folder
from ci.history.schema import canonical
from ci.history.tests.made_up import contents, make_run, start, take_all


def test_what_is_stored_is_what_the_summary_says(place: str, run_folder: Path) -> None:
    with opened(place, make=True) as store:
        take_all(store, run_folder)
        (run,) = all_runs(store)
        cells, ratios = cells_of(store, run), ratios_of(store, run)
    summary = summarise(run_folder)
    told = [*summary["cells"], *summary["costs"]]
    stored = {(c.key.workload, str(c.key.parameters), c.key.model, c.key.metric): c for c in cells.values()}
    for cell in told:
        its = stored.pop((cell["workload"], str(dict(sorted(cell["params"].items()))), cell["model"], cell["metric"]))
        assert (its.n, its.median, its.mad, its.outcome) == (cell["n"], cell["median"], cell["mad"], cell["outcome"])
        assert list(its.ci95 or []) == (cell["ci95"] or [])
        assert (its.reason, its.outcomes) == (cell["reason"], cell["outcomes"])
    assert {key[2] for key in stored} == {"mn.again"}
    assert len(ratios) == len(summary["ratios"]) + len(summary["aa"]["comparisons"])
    for ratio in summary["ratios"]:
        its = [r for (key, baseline), r in ratios.items() if baseline == ratio["baseline"]
               and (key.workload, key.model, key.metric) == (ratio["workload"], ratio["model"], ratio["metric"])
               and key.parameters == ratio["params"]]  # fmt: skip
        assert [(r.ratio, r.p, r.mde, r.verdict) for r in its] == [
            tuple(ratio[n] for n in ("ratio", "p", "mde", "verdict"))
        ]


def test_counts_are_stored_as_cells_and_have_no_raw_samples(place: str, run_folder: Path, tmp_path: Path) -> None:
    counted = shutil.copytree(run_folder, tmp_path / "counted")
    write_counts(counted)
    with opened(place, make=True) as store:
        take_all(store, counted)
        (run,) = all_runs(store)
        cells, samples = cells_of(store, run), samples_of(store, run)
        (mine,) = [cell for key, cell in cells.items() if key.metric == "instructions_per_task"]
        assert (mine.key.model, mine.key.unit, mine.key.better) == ("mn", "instructions", "lower")
        assert (mine.median, mine.ci95, mine.n, mine.outcome) == (601.0, (600.0, 602.0), 2, "ok")
        assert samples is not None
        assert mine.key not in samples


def test_a_run_is_counted_once_with_a_summary_and_without(
    place: str, run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    assert analyse([str(copy)]) == 0
    capsys.readouterr()
    assert main(["import", "--store", place, str(run_folder)]) == 0
    assert "a new machine, " in capsys.readouterr().out
    assert main(["import", "--store", place, str(copy)]) == 0
    assert capsys.readouterr().out == "synthetic: already in the store, counted once\n"
    with opened(place) as store:
        assert [run.name for run in all_runs(store)] == ["synthetic"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"seed": 2}, "with other trials"), ({"compiler": "GNU 99"}, "summarised in another way or its environment")],
)
def test_one_name_for_two_runs_is_refused(
    place: str, run_folder: Path, tmp_path: Path, changes: dict[str, object], word: str
) -> None:
    other = make_run(tmp_path / "other", **changes)
    with opened(place, make=True) as store:
        take_all(store, run_folder)
        before = contents(store)
        with pytest.raises(NotTaken, match=word):
            importing.take(store, other)
        assert contents(store) == before


def test_a_machine_is_new_once_and_any_fact_makes_another(tmp_path: Path) -> None:
    with opened(str(tmp_path / "s.sqlite"), make=True) as store:
        said = [
            importing.take(store, make_run(tmp_path / name, name, **changes)).said
            for name, changes in (
                ("a", {}),
                ("b", {"seed": 5}),
                ("c", {"kernel": "Linux 1"}),
                ("d", {"libc": "glibc 1"}),
            )
        ]
        assert ["a new machine" in line for line in said] == [True, False, True, True]
        assert len(all_machines(store)) == 3
        assert len({machine.hardware for machine in all_machines(store)}) == 1


@pytest.mark.parametrize(
    ("usable", "installed"),
    [
        (25_276_063_744, 24),
        (25_000_000_000, 24),
        (67_400_000_000, 64),
        (8_200_000_000, 8),
        (2_000_000_000, 2),
        (2**34, 16),
    ],
)
def test_memory_is_what_the_machine_has(usable: int, installed: int) -> None:
    assert installed_gib(usable) == installed


def test_a_run_with_a_line_cut_short_is_not_taken(place: str, run_folder: Path, tmp_path: Path) -> None:
    cut = shutil.copytree(run_folder, tmp_path / "cut")
    content = (cut / "trials.jsonl").read_bytes()
    (cut / "trials.jsonl").write_bytes(content[:-100])
    lines = content.count(b"\n")
    with opened(place, make=True) as store:
        with pytest.raises(NotTaken, match=rf"{lines - 1} of {lines} trials .* line {lines}: not JSON"):
            importing.take(store, cut)
        assert contents(store) == {}
        (cut / "trials.jsonl").write_bytes(content)
        assert importing.take(store, cut).new


def test_a_summary_of_other_trials_is_not_believed(run_folder: Path, tmp_path: Path) -> None:
    stale = shutil.copytree(run_folder, tmp_path / "stale")
    assert analyse([str(stale)]) == 0
    path = stale / "trials.jsonl"
    path.write_bytes(path.read_bytes() + b"{}\n")
    with pytest.raises(NotTaken, match="not of these trials"):
        record_of_folder(stale)


def test_a_summary_of_an_older_analysis_is_refused(run_folder: Path, tmp_path: Path) -> None:
    old = shutil.copytree(run_folder, tmp_path / "old")
    assert analyse([str(old)]) == 0
    summary = json.loads((old / "summary.json").read_text(encoding="utf-8"))
    del summary["costs"]
    (old / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    with pytest.raises(NotTaken, match=r"'costs' is a required property; python -m analysis .* writes it anew"):
        record_of_folder(old)


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden"])
def test_a_name_that_cannot_be_a_file_s_is_refused(run_folder: Path, tmp_path: Path, name: str) -> None:
    with opened(str(tmp_path / "s.sqlite"), make=True) as store:
        with pytest.raises(NotTaken, match=r"a run's name is|environment\.json: run: "):
            importing.take(store, make_run(tmp_path / "run", name))
        record = record_of_folder(run_folder)
        with pytest.raises(NotTaken, match="a run's name is"):
            importing.take(store, forged(record, name, tmp_path / "files"))


def forged(record: Record, name: str, folder: Path) -> Path:
    """A whole file that `export` would never write."""
    path = write_file(record, folder)
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()[:-1]]
    lines[1]["name"] = name
    lines.append({"kind": "end", "lines": len(lines), "digest": digest(lines)})
    path.write_bytes(gzip.compress("\n".join(map(canonical, lines)).encode()))
    return path


def test_a_file_cut_short_is_not_taken(run_folder: Path, tmp_path: Path) -> None:
    whole = write_file(record_of_folder(run_folder), tmp_path / "files").read_bytes()
    lines = gzip.decompress(whole).split(b"\n")
    middle = b"\n".join(lines[:20])
    cuts = [b"", whole[:10], whole[: len(whole) // 2], whole[:-4], gzip.compress(middle[:-30]), gzip.compress(middle),
            gzip.compress(b"\n".join([*lines[:20], *lines[21:]])), gzip.compress(b""),
            gzip.compress(b"[]\n1\n"), lines[0]]  # fmt: skip
    file = tmp_path / "cut.jsonl.gz"
    with opened(str(tmp_path / "s.sqlite"), make=True) as store:
        for cut in cuts:
            file.write_bytes(cut)
            with pytest.raises(NotTaken) as refused:
                importing.take(store, file)
            assert str(file) in str(refused.value)
            assert "\n" not in str(refused.value)
        assert contents(store) == {}
        file.write_bytes(whole)
        assert importing.take(store, file).new


KILLED = """
import os
from sqlalchemy import Engine, event
@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, *rest):
    if statement.startswith("INSERT INTO samples"):
        os.kill(os.getpid(), 9)
"""


def test_an_import_killed_in_the_middle_leaves_nothing(place: str, run_folder: Path, tmp_path: Path) -> None:
    other = make_run(tmp_path / "other", "other", seed=2)
    with opened(place, make=True) as store:
        take_all(store, other)
        before = contents(store)
        killed = start("import", "--store", place, run_folder, before=KILLED)
        assert (killed.communicate(timeout=100)[0], killed.returncode) == ("", -9)
        assert contents(store) == before
        assert len(all_machines(store)) == 1
        take_all(store, run_folder)
        after = contents(store)
    with opened(str(tmp_path / "never_killed.sqlite"), make=True) as store:
        take_all(store, other, run_folder)
        assert contents(store) == after


def test_many_processes_import_at_once(place: str, tmp_path: Path) -> None:
    """Into a store that none of them has made yet: every run is there once, and one process says that it is new."""
    folders = [make_run(tmp_path / "runs" / name, name, seed=at) for at, name in enumerate("abcd")]
    files = tmp_path / "files"
    for folder in folders:
        write_file(record_of_folder(folder), files)
    running = [start("import", "--store", place, files) for _ in range(3)]
    ends = [(*process.communicate(timeout=100), process.returncode) for process in running]
    assert [(said, code) for _, said, code in ends] == [("", 0)] * 3
    lines = [line for out, _, _ in ends for line in out.splitlines()]
    assert sorted("counted once" in line for line in lines) == [False] * 4 + [True] * 8
    assert sum("a new machine" in line for line in lines) == 1
    with opened(place) as store, opened(str(tmp_path / "one.sqlite"), make=True) as alone:
        take_all(alone, *folders)
        assert contents(store) == contents(alone)


def test_a_folder_of_runs_is_all_of_them_and_a_bad_one_keeps_no_other_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    make_run(out / "1", "one")
    make_run(out / "2", "two", seed=2)
    make_run(out / "3", "three", seed=3)
    (out / "2" / "trials.jsonl").write_text("")
    (out / "latest").symlink_to("1")
    place = str(tmp_path / "s.sqlite")
    assert main(["import", "--store", place, str(out)]) == 2
    said = capsys.readouterr()
    assert [line.split(":")[0] for line in said.out.splitlines()] == ["[1/3] one", "[3/3] three"]
    (line,) = said.err.splitlines()
    assert line.startswith("history: [2/3] ")
    with opened(place) as store:
        assert sorted(contents(store)) == ["one", "three"]


@pytest.mark.parametrize("what", ["nothing", "empty"])
def test_a_path_without_a_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["import", "--store", str(tmp_path / "s.sqlite"), str(tmp_path / what)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_same_run_into_two_places_is_the_same(
    run_folder: Path, tmp_path: Path, new_schema: Callable[[], str]
) -> None:
    with opened(str(tmp_path / "s.sqlite"), make=True) as one, opened(new_schema(), make=True) as two:
        take_all(one, run_folder)
        take_all(two, run_folder)
        assert contents(one) == contents(two)
