"""The Makefile: what is typed wrongly is said in one line before anything is done, and help tells the truth."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Inside `make test` the outer make's flags would be handed down.
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("profile", ["bogus", "", "smoke quick", "smok"])
def test_an_unknown_profile_ends_at_once(profile: str) -> None:
    done = make("bench", f"PROFILE={profile}")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f'unknown PROFILE "{profile}"; known: smoke quick full' in line


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "make gate needs BASE=COMMIT"),
        (["BASE="], "make gate needs BASE=COMMIT"),
        (["BASE=HEAD", "CLOCKS=block"], 'unknown CLOCKS "block"; known: inform gate'),
    ],
)
def test_a_gate_that_cannot_be_ends_at_once(given: list[str], says: str) -> None:
    done = make("gate", *given)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert says in line


def test_the_profiles_are_those_of_the_benchmarks() -> None:
    profiles = json.loads((ROOT / "benchmarks" / "profiles.json").read_text())["profiles"]
    (line,) = re.findall(r"^PROFILES := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert line.split() == [name for name in profiles if name not in ("trust", "gate")]  # verbs of their own


def test_help_lists_every_verb_and_only_what_exists() -> None:
    done = make()
    assert done.returncode == 0
    listed = re.findall(r"^  make (\w+)", done.stdout, re.MULTILINE)
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(verb for line in phony for verb in line.split() if not verb.startswith("setup_"))
    for verb in listed:
        assert make("-n", verb, "BASE=HEAD").returncode == 0, verb


def test_a_step_that_fails_names_itself() -> None:
    done = make("report", "RUN=/nowhere", "PYTHON=false", "SHELL=/bin/bash", "-o", "setup")
    assert done.returncode == 2
    assert 'make report: step "analysis" failed (exit 1)' in done.stderr
