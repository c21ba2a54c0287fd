""".ci/run around pretended verbs: it goes on after a failure, never checks an old run, and counts everything."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAKE = """#!/bin/bash
case $1 in
  test) echo '40 passed, 0 failed'; exit "${TEST_CODE-0}" ;;
  portability) echo '4 passed, 0 failed'; exit "${PORTABILITY_CODE-0}" ;;
  bench) [[ ${BENCH_CODE-0} == 0 ]] || exit "$BENCH_CODE"; ln -sfn "${RUN-new}" out/latest ;;
  setup) echo "${SETUP_SAYS-setup: nothing to do}" ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "ci").mkdir()
    for name in ("step.sh", "tally.py"):
        shutil.copy(ROOT / "ci" / name, tmp_path / "ci")
    programs = {"bin/make": MAKE, "build/venv/bin/python": '#!/bin/bash\necho "${CHECK_SAYS-7 passed, 0 failed}"\n'}
    for path, body in programs.items():
        program = tmp_path / path
        program.parent.mkdir(parents=True)
        program.write_text(body)
        program.chmod(0o755)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "latest").symlink_to("old")
    return tmp_path


def ci(project: Path, **settings: str) -> tuple[int, str]:
    done = subprocess.run(
        [project / ".ci" / "run"],
        cwd="/",
        env={"PATH": f"{project / 'bin'}:/usr/bin:/bin", **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("settings", "code", "closing"),
    [
        ({}, 0, "53 passed, 0 failed"),
        ({"TEST_CODE": "2"}, 1, "53 passed, 1 failed"),
        ({"PORTABILITY_CODE": "2"}, 1, "53 passed, 1 failed"),
        # No new run: neither the benchmark nor the check of the old run counts for anything.
        ({"BENCH_CODE": "2"}, 1, "45 passed, 2 failed"),
        ({"RUN": "old"}, 1, "46 passed, 1 failed"),
        ({"CHECK_SAYS": "5 passed, 2 failed"}, 1, "51 passed, 2 failed"),
        ({"CHECK_SAYS": "Traceback"}, 1, "46 passed, 1 failed"),
        ({"SETUP_SAYS": "setup: installing with apt-get: x"}, 1, "52 passed, 1 failed"),
    ],
)
def test_counts_every_step(project: Path, settings: dict[str, str], code: int, closing: str) -> None:
    assert ci(project, **settings) == (code, closing)
