"""Counts of a run's build come into the summary as they are, and what is no counts.json is refused."""

import json
from pathlib import Path

import pytest

from analysis.run import UnreadableRun
from analysis.summary import summarise
from analysis.tests.synthetic import write_run
from ci.counts.tests.made import write_counts


def test_counts_are_in_the_summary_unchanged(tmp_path: Path) -> None:
    assert summarise(write_run(tmp_path))["counts"] == []
    path = write_counts(tmp_path)
    found = summarise(tmp_path)["counts"]
    assert found == json.loads(path.read_text())["counts"]
    assert [(one["metric"], one["value"]) for one in found] == [
        ("instructions_per_task", 601.0), ("allocations_per_task", 1.0), ("system_calls_per_task", 0.0),
    ]  # fmt: skip


def test_what_is_no_count_is_refused(tmp_path: Path) -> None:
    path = write_counts(write_run(tmp_path))
    document = json.loads(path.read_text())
    document["counts"][0]["metric"] = "seconds_per_task"
    path.write_text(json.dumps(document))
    with pytest.raises(UnreadableRun, match=r"counts\.json: counts\[0\]\.metric: 'seconds_per_task' does not match"):
        summarise(tmp_path)
