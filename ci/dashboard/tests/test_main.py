"""The program: a site from a real store, and one line for whatever is wrong."""

import json
import subprocess
from pathlib import Path

import pytest

from ci.dashboard.__main__ import main
from ci.dashboard.given.order import order_of
from ci.dashboard.tests import made
from ci.dashboard.tests.test_parts import document
from ci.history import importing
from ci.history.database import opened
from ci.history.record import NotTaken
from ci.history.tests.made_up import make_run
from reports.tests.test_page import Page

PROFILE = "smoke"  # of the made-up run


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one_run")
    with opened(str(folder / "store.sqlite"), make=True) as store:
        importing.take(store, make_run(folder / "run"))
    return folder / "store.sqlite"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this repository nor its notes are found by themselves."""
    monkeypatch.chdir(tmp_path)


def dashboard(store: Path, *arguments: str) -> int:
    return main(["--store", str(store), "--out", "site", "--profile", PROFILE, *arguments])


def wrong(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_a_store_with_one_run_has_a_page_that_asks_for_more(one_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dashboard(one_run) == 0
    (printed,) = capsys.readouterr().out.splitlines()
    assert printed == str(Path("site/index.html").resolve())
    found = Page(Path(printed).read_text(encoding="utf-8"))
    assert "Measure more runs: of nothing it can be told yet" in found.text
    assert "All runs are of the same hardware" in found.text
    assert "1 run of 1 commit on 1 machine" in found.text
    assert (Path("site") / "histories.csv").read_text(encoding="utf-8").count("\n") == 5


def test_an_empty_store_has_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(str(tmp_path / "empty.sqlite"), make=True):
        pass
    assert dashboard(tmp_path / "empty.sqlite") == 0
    assert "has no run of the profile smoke" in Path("site/index.html").read_text(encoding="utf-8")


def test_a_profile_that_no_run_has_is_like_an_empty_store(one_run: Path) -> None:
    assert main(["--store", str(one_run), "--out", "site", "--profile", "full"]) == 0
    assert "has no run of the profile full" in Path("site/index.html").read_text(encoding="utf-8")


def test_no_store_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dashboard(tmp_path / "none.sqlite") == 2
    said = "no store there; python -m ci.history import makes one"
    assert wrong(capsys) == f"dashboard: {tmp_path / 'none.sqlite'}: {said}"
    assert not Path("site").exists()


@pytest.mark.parametrize(
    ("option", "content", "said"),
    [
        ("--notes", "[[note]]\n", "'commit' is a required property"),
        ("--notes", None, "No such file or directory"),
        ("--selftest", "{}", "'schema' is a required property"),
        ("--selftest", "{", "Expecting property name"),
        ("--selftest", None, "No such file or directory"),
        ("--repository", None, "given"),
    ],
)
def test_what_cannot_be_read_gets_one_line(
    one_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "given").write_text(content, encoding="utf-8")
    assert dashboard(one_run, option, "given") == 2
    line = wrong(capsys)
    assert line.startswith("dashboard: given")
    assert said in line


def test_where_the_site_cannot_be_written_there_is_one_line(one_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("site").write_text("in the way", encoding="utf-8")
    assert dashboard(one_run) == 2
    assert wrong(capsys).startswith("dashboard: cannot write ")


def test_a_self_test_that_lies_there_is_taken(one_run: Path) -> None:
    Path("out").mkdir()
    Path("out/selftest.json").write_text(json.dumps(document()), encoding="utf-8")
    assert dashboard(one_run) == 0
    assert "simulated histories of 200 commits" in Path("site/index.html").read_text(encoding="utf-8")


def test_pages_of_an_earlier_site_are_removed_and_nothing_else(one_run: Path) -> None:
    Path("site/histories").mkdir(parents=True)
    for name in ("gone.html", "kept.txt"):
        (Path("site/histories") / name).touch()
    assert dashboard(one_run) == 0
    assert [path.name for path in Path("site/histories").iterdir()] == ["kept.txt"]


def git(*arguments: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_runs_stand_in_the_order_of_the_commits(tmp_path: Path) -> None:
    assert order_of([made.run(1)], tmp_path, asked=False).commits is None  # no repository
    with pytest.raises(NotTaken):
        order_of([made.run(1)], tmp_path, asked=True)
    git("init", "-q")
    for number in range(2):
        git("commit", "-q", "--allow-empty", "-m", str(number))
    commits = git("rev-list", "--reverse", "HEAD").split()
    known = [made.run(number, commit=commit) for number, commit in enumerate(commits)]
    assert order_of(known, tmp_path, asked=False).commits == commits
    assert order_of(known, tmp_path, asked=False).warnings == ()
    some = order_of([*known, made.run(3)], tmp_path, asked=False)
    assert some.commits == commits
    assert some.warnings == ["1 run is of a commit that the repository’s HEAD does not come from; left out."]
    none = order_of([made.run(3)], tmp_path, asked=False)
    assert none.commits is None
    assert none.warnings == ["The repository has none of the runs’ commits, so they stand in the order of time."]
