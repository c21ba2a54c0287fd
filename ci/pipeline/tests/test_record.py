"""ci/pipeline/record.sh on real repositories: no run is lost, changed or there twice, whoever pushes at once."""

import os
import subprocess
from pathlib import Path

import pytest

from analysis.contracts import ROOT

SCRIPT = ROOT / "ci" / "pipeline" / "record.sh"
# Nothing of this machine's settings, and nothing that an outer git hands down.
ALONE = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}


class Place:
    """A remote, and clones that record into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.remote = folder / "remote.git"
        self.git(folder, "init", "-q", "--bare", "-b", "main", str(self.remote))

    def git(self, where: Path, *arguments: str) -> str:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *arguments]
        return subprocess.run(command, cwd=where, env=ALONE, check=True, capture_output=True, text=True).stdout

    def clone(self, name: str, **files: str) -> Path:
        """A clone with these exported runs in its folder `new`."""
        where = self.folder / name
        self.git(self.folder, "clone", "-q", str(self.remote), name)
        (where / "new").mkdir()
        for run, content in files.items():
            (where / "new" / f"{run}.jsonl.gz").write_text(content)
        return where

    def start(self, where: Path, remote: str = "origin", **variables: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = ["bash", str(SCRIPT), "new", "history", remote]
        return subprocess.Popen(command, cwd=where, env=ALONE | variables, stdout=pipe, stderr=pipe, text=True)

    def record(self, where: Path, remote: str = "origin", **variables: str) -> tuple[int, str, str]:
        started = self.start(where, remote, **variables)
        said, complained = started.communicate(timeout=60)
        return started.returncode, said, complained

    @property
    def kept(self) -> dict[str, str]:
        names = self.git(self.remote, "ls-tree", "-r", "--name-only", "history").split()
        return {name: self.git(self.remote, "show", f"history:{name}") for name in names}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_first_makes_the_branch_and_the_next_goes_on(place: Place) -> None:
    assert place.record(place.clone("a", one="1", two="2")) == (0, "record: 2 added to history\n", "")
    assert place.record(place.clone("b", three="3"))[0] == 0
    assert place.kept == {"runs/one.jsonl.gz": "1", "runs/two.jsonl.gz": "2", "runs/three.jsonl.gz": "3"}
    assert place.git(place.remote, "rev-list", "--count", "history") == "2\n"


def test_a_run_is_recorded_once(place: Place) -> None:
    clone = place.clone("a", one="1")
    assert place.record(clone)[0] == 0
    assert place.record(clone) == (0, "record: history had all 1 already\n", "")
    assert place.git(place.remote, "rev-list", "--count", "history") == "1\n"


def test_a_run_is_never_changed(place: Place) -> None:
    assert place.record(place.clone("a", one="1"))[0] == 0
    code, said, complained = place.record(place.clone("b", one="another", two="2"))
    assert (code, said) == (1, "")
    assert "runs/one.jsonl.gz: history has a run of this name with another content" in complained
    assert place.kept == {"runs/one.jsonl.gz": "1"}


def test_those_who_push_at_once_lose_nothing(place: Place) -> None:
    clones = [place.clone(f"c{n}", **{f"run{n}": str(n)}) for n in range(4)]
    started = [place.start(clone) for clone in clones]
    for job in started:
        _, complained = job.communicate(timeout=120)
        assert job.returncode == 0, complained
    assert place.kept == {f"runs/run{n}.jsonl.gz": str(n) for n in range(4)}


def test_a_push_that_was_overtaken_is_made_again(place: Place) -> None:
    """Deterministically: a git of the test's own lets another job in, whole, between the fetch and the push."""
    first, other = place.clone("first", one="1"), place.clone("other", two="2")
    fake = place.folder / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(
        f"""#!/bin/bash
        export PATH={ALONE["PATH"]}
        if [[ $1 == commit-tree && ! -e '{place.folder}/let_in' ]]; then
          touch '{place.folder}/let_in'
          (unset GIT_INDEX_FILE && cd '{other}' && bash '{SCRIPT}' new history >/dev/null) || exit 1
        fi
        exec git "$@"
        """
    )
    fake.chmod(0o755)
    code, said, complained = place.record(first, PATH=f"{fake.parent}:{ALONE['PATH']}")
    assert (code, said) == (0, "record: 1 added to history\n")
    assert "somebody else pushed to history, or it cannot be reached (try 1)" in complained
    assert place.kept == {"runs/one.jsonl.gz": "1", "runs/two.jsonl.gz": "2"}


def test_work_tree_index_and_history_stay_as_they_are(place: Place) -> None:
    assert place.record(place.clone("before", zero="0"))[0] == 0
    clone = place.clone("a", one="1")
    (clone / "staged").write_text("x")
    place.git(clone, "add", "staged")
    before = place.git(clone, "status", "--porcelain")
    assert place.record(clone)[0] == 0
    assert place.git(clone, "status", "--porcelain") == before
    assert place.git(clone, "rev-parse", "--is-shallow-repository") == "false\n"


def test_nothing_to_record_is_a_failure(place: Place) -> None:
    code, _, complained = place.record(place.clone("a"))
    assert (code, complained) == (1, "record: new: no *.jsonl.gz there; nothing was recorded\n")


def test_a_remote_that_is_not_there_is_no_empty_history(place: Place) -> None:
    code, _, complained = place.record(place.clone("a", one="1"), str(place.folder / "nowhere"))
    assert code == 1
    assert f"record: cannot read {place.folder}/nowhere" in complained


def test_a_wrong_call_gets_one_line() -> None:
    done = subprocess.run(["bash", str(SCRIPT)], env=ALONE, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "record: give a folder, a branch and perhaps a remote\n")
