"""The README's figures are those that `make gallery` makes of the recorded run, to the byte."""

import re
from pathlib import Path

import pytest

from analysis.contracts import ROOT, faults
from reports.gallery.__main__ import HERE, RECORDED, main, recorded


def test_the_figures_in_the_repository_are_what_the_verb_makes(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in HERE.glob("*.svg")}
    assert made.keys() == kept.keys()
    changed = [name for name in made if made[name] != kept[name]]
    assert not changed, f"{', '.join(changed)}: no longer what is drawn; make gallery draws them anew"


def test_the_recorded_run_is_whole_and_small() -> None:
    summary = recorded()
    assert summary["input"]["rejected"] == []
    assert summary["conformance"]
    assert summary["stress"] is None
    assert list(faults("environment", summary["environment"])) == []
    assert summary["environment"]["plan"]["trials"] <= summary["input"]["lines"]  # none was cut off
    assert sum(path.stat().st_size for path in RECORDED.iterdir()) < 1_000_000


def test_the_readme_shows_every_figure_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]{20,})\]\(reports/gallery/([^)]+)\)", text)
    assert sorted(name for _, name in shown) == sorted(path.name for path in HERE.glob("*.svg"))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main([str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
