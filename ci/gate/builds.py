"""The two programs that are compared: what is built here, and another commit, built beside it by the same tools.

A commit is built from `git archive`, never in the working tree, so nothing that is not committed gets into it and
nothing here is touched. It is kept under build/gate/ by its name, and not built twice.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from analysis.contracts import ROOT
from analysis.ratios import SUBJECT

PROGRAM = f"bench_{SUBJECT}"
PLACE = ROOT / "build/gate"
KEPT = 8  # builds; each takes some 13 MB
WHOLE = ".built"


class CannotJudge(Exception):
    """There is no verdict to be had; the message is one line."""


@dataclass(frozen=True)
class Build:
    commit: str
    dirty: bool  # with changes that are in no commit
    subject: str  # the first line of the commit's message
    bin: Path

    @property
    def program(self) -> Path:
        return self.bin / PROGRAM

    @property
    def name(self) -> str:
        return self.commit[:10] + ("-dirty" if self.dirty else "")


def working_tree() -> Build:
    """What `make build` has made of what is here."""
    folder = ROOT / "build/release/bin"
    if not (folder / PROGRAM).exists():
        raise CannotJudge(f"{folder / PROGRAM} is not there; make build makes it")
    commit = commit_named("HEAD")
    return Build(commit, bool(git("status", "--porcelain", "--untracked-files=no")), subject_of(commit), folder)


def build_of(name: str, jobs: int) -> Build:
    commit = commit_named(name)
    place = PLACE / commit
    if not (place / WHOLE).exists():
        shutil.rmtree(place, ignore_errors=True)
        unpack(commit, place)
        compile_there(place, commit, jobs)
        (place / WHOLE).touch()
    os.utime(place)
    forget_the_oldest()
    return Build(commit, False, subject_of(commit), place / "build/release/bin")


def unpack(commit: str, place: Path) -> None:
    place.mkdir(parents=True)
    with (
        subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE) as archive,
        tarfile.open(fileobj=archive.stdout, mode="r|") as files,
    ):
        files.extractall(place, filter="data")
    if archive.returncode != 0:
        raise CannotJudge(f"git archive {commit} ended with {archive.returncode}")


def compile_there(place: Path, commit: str, jobs: int) -> None:
    log = place / "build.log"
    print(f"gate: building {commit[:10]} (log: {log})", file=sys.stderr, flush=True)
    # Paths below the folder count as relative ones, so that the next commit finds this one's objects.
    environment = {**os.environ, "CCACHE_BASEDIR": str(place)}
    with log.open("w", encoding="utf-8") as out:
        for command in (
            ["cmake", "--preset", "release"],
            ["cmake", "--build", "--preset", "release", "-j", str(jobs), "--target", PROGRAM],
        ):
            ended = subprocess.run(command, cwd=place, env=environment, stdout=out, stderr=out, check=False)
            if ended.returncode != 0:
                raise CannotJudge(f"{commit[:10]} cannot be built: {' '.join(command[:2])} failed (log: {log})")


def forget_the_oldest() -> None:
    builds = sorted((path for path in PLACE.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in builds[:-KEPT]:
        shutil.rmtree(path)


def commit_named(name: str) -> str:
    try:
        return git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    except CannotJudge as error:
        raise CannotJudge(f"no commit '{name}' here; in a shallow clone, git fetch --unshallow brings all") from error


def subject_of(commit: str) -> str:
    return git("log", "-1", "--format=%s", commit)


def git(*words: str) -> str:
    ended = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        said = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        raise CannotJudge(f"git {words[0]}: {said}")
    return ended.stdout.strip()
