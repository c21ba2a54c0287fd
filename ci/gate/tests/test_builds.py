"""Building another commit: from what is committed alone, once, and with a clear word where it cannot be."""

import subprocess
from pathlib import Path

import pytest

from ci.gate import builds
from ci.gate.builds import CannotJudge, build_of, commit_named

CMAKE = """cmake_minimum_required(VERSION 3.25)
project(small CXX)
add_executable(bench_mn main.cpp)
set_target_properties(bench_mn PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
add_executable(nobody_asked_for broken.cpp)
"""
PRESETS = """{"version": 6, "configurePresets": [{"name": "release", "generator": "Ninja",
 "binaryDir": "${sourceDir}/build/${presetName}"}],
 "buildPresets": [{"name": "release", "configurePreset": "release"}]}"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(builds, "ROOT", tmp_path)
    monkeypatch.setattr(builds, "PLACE", tmp_path / "build/gate")
    for variable, value in (("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")):
        monkeypatch.setenv(variable, value)
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "CMakeLists.txt").write_text(CMAKE)
    (tmp_path / "CMakePresets.json").write_text(PRESETS)
    (tmp_path / "broken.cpp").write_text("this does not compile\n")
    (tmp_path / "main.cpp").write_text("int main() { return 1; }\n")
    commit(tmp_path, "The first")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=nobody", "-c", "user.email=none", *words], cwd=folder, check=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def test_a_commit_is_built_as_it_was_committed_and_once(repository: Path) -> None:
    (repository / "main.cpp").write_text("int main() { return 2; }\n")  # in no commit
    build = build_of("HEAD", 1)
    assert (build.subject, build.dirty, build.name) == ("The first", False, commit_named("HEAD")[:10])
    assert subprocess.run([build.program], check=False).returncode == 1
    made = build.program.stat().st_mtime_ns
    assert build_of("HEAD", 1).program.stat().st_mtime_ns == made
    assert (repository / "main.cpp").read_text() == "int main() { return 2; }\n"


def test_a_build_that_was_cut_short_is_made_anew(repository: Path) -> None:
    build = build_of("HEAD", 1)
    (build.bin.parents[2] / builds.WHOLE).unlink()
    build.program.write_text("half a program")
    assert subprocess.run([build_of("HEAD", 1).program], check=False).returncode == 1


def test_what_cannot_be_built_is_said_with_its_log(repository: Path) -> None:
    (repository / "main.cpp").write_text("int main() { return }\n")
    commit(repository, "Broken")
    with pytest.raises(CannotJudge, match=r"cannot be built: cmake --build failed \(log: .*build\.log\)"):
        build_of("HEAD", 1)
    with pytest.raises(CannotJudge, match="cannot be built"):
        build_of("HEAD", 1)  # not taken for whole the second time


def test_a_commit_that_is_not_there_is_one_line(repository: Path) -> None:
    with pytest.raises(CannotJudge, match="no commit 'nosuch' here"):
        build_of("nosuch", 1)
    with pytest.raises(CannotJudge, match="no commit '--help' here"):
        build_of("--help", 1)


def test_only_the_newest_builds_are_kept(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "KEPT", 1)
    first = build_of("HEAD", 1)
    (repository / "main.cpp").write_text("int main() { return 3; }\n")
    commit(repository, "The second")
    second = build_of("HEAD", 1)
    assert second.program.exists()
    assert not first.program.exists()


def test_the_working_tree_must_be_built_first(repository: Path) -> None:
    with pytest.raises(CannotJudge, match="make build makes it"):
        builds.working_tree()
