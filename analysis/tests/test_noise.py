"""The noise log: every trial in the order in which it ran, replaced ones included."""

import json
from pathlib import Path
from typing import Any

from analysis.summary import summarise
from analysis.tests.synthetic import write_run

Trial = dict[str, Any]
COLUMNS = ("order", "block", "steal_ticks", "load1")


def run_of(tmp_path: Path) -> tuple[Path, list[Trial]]:
    folder = write_run(tmp_path, blocks=2, workloads=("ping_pong",), models=("mn", "go"))
    return folder, [json.loads(line) for line in (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()]


def log_of(folder: Path, trials: list[Trial]) -> dict[str, Any]:
    (folder / "trials.jsonl").write_text("".join(json.dumps(trial) + "\n" for trial in trials), encoding="utf-8")
    return summarise(folder)["noise"]


def test_each_trial_has_its_place_and_what_was_read(tmp_path: Path) -> None:
    folder, trials = run_of(tmp_path)
    for at, trial in enumerate(trials):
        trial["noise"] = {"steal_ticks": at % 3, "load1": at / 10}
    log = log_of(folder, trials)
    assert log["order"] == [trial["order"] for trial in trials]
    assert log["block"] == [trial["block"] for trial in trials]
    assert log["steal_ticks"] == [at % 3 for at in range(len(trials))]
    assert log["load1"] == [at / 10 for at in range(len(trials))]
    assert (log["marks"], log["replaced"]) == ({}, [])


def test_a_replaced_trial_stays_before_its_replacement(tmp_path: Path) -> None:
    folder, trials = run_of(tmp_path)
    trials[3].update(marks=["stolen_time"], noise={"steal_ticks": 9, "load1": 1.0})
    again = {**trials[3], "order": len(trials) + 1, "marks": ["stolen_time"], "noise": {"steal_ticks": 4, "load1": 1.1}}
    log = log_of(folder, [*trials[:4], again, *trials[4:]])
    assert len({len(log[column]) for column in COLUMNS}) == 1
    assert len(log["order"]) == len(trials) + 1
    assert log["order"][2:6] == [trials[2]["order"], trials[3]["order"], len(trials) + 1, trials[4]["order"]]
    assert log["steal_ticks"][3:5] == [9, 4]
    assert log["marks"] == {"stolen_time": [3, 4]}
    assert log["replaced"] == [3]


def test_what_could_not_be_read_is_null(tmp_path: Path) -> None:
    folder, trials = run_of(tmp_path)
    trials[0]["noise"] = None
    trials[1]["noise"] = {"steal_ticks": 2, "load1": -1}
    trials[2]["noise"] = {"load1": None}
    log = log_of(folder, trials)
    assert log["steal_ticks"][:3] == [None, 2, None]
    assert log["load1"][:3] == [None, None, None]
