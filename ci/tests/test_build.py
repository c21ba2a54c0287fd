"""ci/build.sh: configures when that is due, not otherwise, and shows cmake's words where it fails."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "ci").mkdir()
    shutil.copy(CI / "build.sh", tmp_path / "ci")
    (tmp_path / "CMakePresets.json").write_text("{}")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cmake").write_text(
        '#!/bin/bash\necho "cmake $*" >>calls\n[[ $1 != --build ]] || exit 0\n'
        'touch "build/$2/build.ninja"\n[[ ! -e broken ]] || { echo "CMake Error"; exit 1; }\n'
    )
    (tmp_path / "bin" / "cmake").chmod(0o755)
    return tmp_path


def build(project: Path, *flags: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    (project / "calls").write_text("")
    done = subprocess.run(
        [project / "ci" / "build.sh", "release", "2", *flags],
        env={"PATH": f"{project / 'bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, (project / "calls").read_text().splitlines()


def test_configures_only_when_that_is_due(project: Path) -> None:
    compiles = "cmake --build --preset release -j 2"
    assert build(project)[1] == ["cmake --preset release", compiles]
    assert build(project)[1] == [compiles]
    assert build(project, "-DX=1")[1] == ["cmake --preset release -DX=1", compiles]
    (project / "CMakePresets.json").write_text('{"version": 6}')
    assert build(project, "-DX=1")[1] == ["cmake --preset release -DX=1", compiles]
    (project / "build" / "release" / "build.ninja").unlink()
    assert build(project, "-DX=1")[1] == ["cmake --preset release -DX=1", compiles]


def test_a_configuration_that_failed_is_shown_and_tried_again(project: Path) -> None:
    (project / "broken").touch()
    done, calls = build(project)
    assert done.returncode == 1
    assert "CMake Error" in done.stderr
    assert calls == ["cmake --preset release"]
    (project / "broken").unlink()
    assert build(project)[1][0] == "cmake --preset release"
