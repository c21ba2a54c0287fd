"""The programs of benchmarks/adoption are counted right, and the Go ones print what is expected (CTest runs others)."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from analysis.adoption import PROGRAMS, code_of, count_all

API = tomllib.loads((PROGRAMS / "api.toml").read_text(encoding="utf-8"))
NAMESPACES = {"mn": "mn", "boost_fiber": "boost::fibers", "tbb": "tbb"}


def test_lines_with_code_are_counted_and_words_in_comments_and_strings_are_not(tmp_path: Path) -> None:
    cpp = tmp_path / "a.cpp"
    cpp.write_text('// a comment\n#include <mutex>\n\nint main() {  /* two\n lines */ int lock;\n  f("text");\n}\n')
    lines, words = code_of(cpp)
    assert lines == 5
    assert {"int", "main", "lock", "f"} <= words
    assert not words & {"comment", "text", "two"}
    go = tmp_path / "a.go"
    go.write_text("package main\n\n// go away\nfunc main() {\n\tc <- 1\n}\n")
    lines, words = code_of(go)
    assert lines == 4
    assert "<-" in words
    assert "go" not in words


def test_every_program_is_counted() -> None:
    programs = {(p["workload"], p["model"]): p for p in count_all()["programs"]}
    assert {model for _, model in programs} == set(API)
    for workload in ("pool", "cancel"):
        assert {model for of, model in programs if of == workload} == set(API)
    assert all(5 < p["lines"] < 100 and 2 < p["api_names"] < 20 for p in programs.values())


@pytest.mark.parametrize("model", API)
def test_the_list_of_names_is_what_the_programs_use(model: str) -> None:
    paths = [path for path in PROGRAMS.glob(f"*/{model}.*") if path.suffix in (".cpp", ".go")]
    used = set().union(*(code_of(path)[1] for path in paths))
    assert set(API[model]) <= used, "names that no program uses"
    if model in NAMESPACES:
        text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
        qualified = set(re.findall(rf"\b{NAMESPACES[model]}::(\w+)", text))
        assert qualified <= set(API[model]), "names of the library that are not counted"


@pytest.mark.parametrize("workload", ["pool", "timeout", "cancel"])
def test_the_go_program_prints_what_is_expected(workload: str) -> None:
    folder = PROGRAMS / workload
    ran = subprocess.run(["go", "run", "go.go"], cwd=folder, capture_output=True, text=True, check=True, timeout=120)
    assert ran.stdout == (folder / "expected").read_text(encoding="utf-8")
