"""ci/k8s/measure.sh around pretended verbs: it measures once, and imports until the store takes the run."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.contracts import ROOT

MAKE = '#!/bin/bash\necho "make $*" >>"$CALLS"\n[[ $1 != "${FAILING-}" ]]\n'
# Refuses the first REFUSALS imports.
PYTHON = """#!/bin/bash
echo "python $* into $THREADMARK_STORE" >>"$CALLS"
(($(grep -c '^python' "$CALLS") > ${REFUSALS-0}))
"""
IMPORT = "python -m ci.history import out/latest into postgresql+psycopg://x"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "ci" / "k8s").mkdir(parents=True)
    shutil.copy(ROOT / "ci" / "k8s" / "measure.sh", tmp_path / "ci" / "k8s")
    for path, text in {"bin/make": MAKE, "build/venv/bin/python": PYTHON}.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
        (tmp_path / path).chmod(0o755)
    return tmp_path


def measure(place: Path, **variables: str) -> tuple[int, list[str], str]:
    calls = place / "calls"
    calls.write_text("")
    known = {"PATH": f"{place}/bin:{os.environ['PATH']}", "CALLS": str(calls), "MEASURE_PAUSES": "0 0 0",
             "THREADMARK_STORE": "postgresql+psycopg://x"}  # fmt: skip
    done = subprocess.run(
        [place / "ci" / "k8s" / "measure.sh"],
        env=known | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, calls.read_text().splitlines(), done.stderr


def test_it_measures_and_imports(place: Path) -> None:
    assert measure(place) == (0, ["make bench PROFILE=full", "make counts", IMPORT], "")
    assert measure(place, PROFILE="quick")[1][0] == "make bench PROFILE=quick"


def test_importing_is_tried_again_and_measuring_is_not(place: Path) -> None:
    code, calls, _ = measure(place, REFUSALS="2")
    assert code == 0
    assert calls == ["make bench PROFILE=full", "make counts", IMPORT, IMPORT, IMPORT]


def test_a_store_that_never_answers_is_a_failure(place: Path) -> None:
    code, calls, complaint = measure(place, REFUSALS="9")
    assert (code, calls.count(IMPORT)) == (1, 3)
    assert complaint == "measure: the store did not take the run, and it ends with this pod\n"


@pytest.mark.parametrize("verb", ["bench", "counts"])
def test_half_a_measurement_is_never_imported(place: Path, verb: str) -> None:
    code, calls, complaint = measure(place, FAILING=verb)
    assert code == 1
    assert IMPORT not in calls
    assert "nothing was taken into the store" in complaint


def test_without_a_store_nothing_is_measured(place: Path) -> None:
    code, calls, complaint = measure(place, THREADMARK_STORE="")
    assert (code, calls) == (1, [])
    assert complaint == "measure: THREADMARK_STORE is not set; it is the URL of the store\n"
