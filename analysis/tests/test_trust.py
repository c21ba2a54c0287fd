"""The experiment whose truth is known: it counts what it should, and it notices an analysis that is broken."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis import ratios, stats
from analysis.contracts import describe, faults
from analysis.run import read_run
from analysis.tests.synthetic import trust_document, write_run
from analysis.trust import __main__ as command
from analysis.trust import simulated
from analysis.trust.bounds import missed, percent
from analysis.trust.counts import coverage, share
from analysis.trust.experiment import floor_for, groups_of, judged
from analysis.trust.findings import Kind, measured, simulation
from analysis.trust.simulated import Speed
from analysis.trust.table import lines
from analysis.verdict import Judgement

Part = dict[str, Any]
TRUE = {f"mn.slow{percent}": 1 + percent / 100 for percent in (2, 5, 10, 20)}
SMALL = Kind(5, (1000, 10_000, 100_000), runs=6)


def run_with(folder: Path, effects: dict[str, float], **options: Any) -> list[dict[str, Any]]:
    """The trials of a run of the profile trust."""
    return read_run(write_run(folder, profile="trust", models=("mn",), effects=effects, **options)).trials


def row(part: Part, model: str) -> dict[str, Any]:
    return next(found for found in part["rows"] if found["model"] == model)


def test_groups_are_disjoint_and_whole() -> None:
    trials = [{"block": block, "order": order} for order, block in enumerate([3, 1, 2, 7, 8, 9, 10, 1])]
    found = [sorted({trial["block"] for trial in group}) for group in groups_of(trials, 3)]
    assert found == [[1, 2, 3], [7, 8, 9]]
    assert list(groups_of(trials, 8)) == []


def test_a_steady_slowdown_is_found_and_nothing_else(tmp_path: Path) -> None:
    five, twenty = measured(run_with(tmp_path, TRUE, blocks=10, noise=0.003), tmp_path)
    assert (five["blocks"], five["groups"], twenty["blocks"], twenty["groups"]) == (5, 2, 20, 0)
    assert [found["model"] for found in five["rows"]] == ["mn.again", "mn.slow2", "mn.slow5", "mn.slow10", "mn.slow20"]
    for found in five["rows"]:
        assert found["comparisons"] == 20  # two groups of ten cells
        assert sum(found[verdict] for verdict in ("worse", "better", "same", "cannot_tell")) == 20
        assert found["false_alarms"]["count"] == 0
        assert found["held"]["share"] >= 0.7
    assert row(five, "mn.slow20")["found"]["share"] == 1.0
    assert row(five, "mn.slow2")["found"]["share"] < 1.0
    assert row(five, "mn.again")["found"] is None
    assert row(twenty, "mn.slow20")["found"] == share(0, 0)


def test_what_is_found_on_the_wrong_side_is_a_false_alarm(tmp_path: Path) -> None:
    part, _ = measured(run_with(tmp_path, {"mn.slow5": 0.7}, blocks=5, noise=0.003), tmp_path)
    assert row(part, "mn.slow5")["false_alarms"]["count"] == row(part, "mn.slow5")["better"] == 10
    assert row(part, "mn.slow5")["found"]["count"] == 0
    assert row(part, "mn.slow5")["held"]["count"] == 0


def test_what_the_twins_differ_by_is_not_believed_of_a_slowed_model(tmp_path: Path) -> None:
    part, _ = measured(run_with(tmp_path, {"mn.slow20": 1.2, "mn.again": 1.3}, blocks=5, noise=0.003), tmp_path)
    assert row(part, "mn.slow20")["cannot_tell"] == 10


def test_a_twin_that_differs_in_one_cell_is_not_acquitted_by_itself(tmp_path: Path) -> None:
    def slower(trial: dict[str, Any]) -> None:
        if trial["model"] == "mn.again" and trial["workload"] == "skynet" and trial["params"]["cores"] == 1:
            trial["metrics"]["ns_per_task"]["value"] *= 1.5

    trials = run_with(tmp_path, {}, blocks=5, noise=0.003, change=slower)
    part, _ = measured(trials, tmp_path)
    assert row(part, "mn.again")["worse"] == 1
    _, comparisons = judged(trials, "mn", {"mn.again": 1.0})
    different = next(c for c in comparisons if c["ratio"] < 0.8)
    assert floor_for(different, comparisons) < 1.05 < floor_for(comparisons[0], comparisons)


def test_a_run_without_slowed_models_is_refused(tmp_path: Path) -> None:
    folder = write_run(tmp_path, blocks=1, workloads=("ping_pong",))
    assert command.main([str(folder), f"--out={tmp_path / 'trust.json'}"]) == 2
    assert command.main([str(tmp_path / "none")]) == 2
    assert not (tmp_path / "trust.json").exists()


def test_shares_have_exact_intervals() -> None:
    assert share(0, 80)["ci95"] == pytest.approx([0.0, 0.0451], abs=1e-4)  # 1 - 0.025 ** (1 / 80)
    assert share(0, 0) == {"count": 0, "of": 0, "share": None, "ci95": None}
    assert coverage([[0.9, 1.1], [1.0, 1.2], [1.01, 1.2], None], 1.0)["count"] == 2
    assert coverage([[0.9, 1.1], None], 1.0)["of"] == 1


# The simulation: what was put in, and whether a broken analysis is noticed.


def test_simulated_times_have_the_truth_that_was_put_in() -> None:
    trials = simulated.times(np.random.default_rng(1), 40, 300, {"mn": Speed(1.0), "mn.slow20": Speed(1.2)})
    values = {model: [t["metrics"]["ns_per_task"]["value"] for t in trials if t["model"] == model]
              for model in ("mn", "mn.slow20")}  # fmt: skip
    assert np.median(values["mn"]) == pytest.approx(simulated.TIME, rel=0.01)
    assert np.median(np.divide(values["mn.slow20"], values["mn"])) == pytest.approx(1.2, rel=0.005)
    assert len({trial["order"] for trial in trials}) == len(trials) == 2 * 300 * 40


def test_a_noisy_model_is_as_fast_but_spreads_further() -> None:
    trials = simulated.times(np.random.default_rng(2), 40, 300, {"mn": Speed(1.0), "peer": Speed(1.0, noise=3.0)})
    logs = {model: np.log([t["metrics"]["ns_per_task"]["value"] for t in trials if t["model"] == model])
            for model in ("mn", "peer")}  # fmt: skip
    assert np.median(logs["peer"]) == pytest.approx(math.log(simulated.TIME), abs=0.01)
    assert np.std(logs["peer"]) > 1.8 * np.std(logs["mn"])


def test_simulated_memory_has_the_slope_that_was_put_in() -> None:
    trials = list(simulated.memory(np.random.default_rng(3), 5, (1000, 100_000), 200, simulated.OTHERS))
    per_task = [t["metrics"]["bytes_per_task"]["value"] for t in trials if t["params"]["n"] == 100_000]
    assert np.median(per_task) == pytest.approx(simulated.BYTES_PER_TASK, rel=0.002)
    assert min(per_task) < simulated.BYTES_PER_TASK - 50  # where others gave memory back
    assert len({trial["model"] for trial in trials}) == 200


@pytest.fixture(scope="module")
def sound() -> list[Part]:
    return simulation([Kind(5, SMALL.sizes, runs=40), Kind(20, SMALL.sizes, runs=30)])


def test_intervals_hold_the_truth_and_nothing_is_found_that_is_not_there(sound: list[Part]) -> None:
    for part in sound:
        for found in part["coverage"]:
            chance = 3 * math.sqrt(0.95 * 0.05 / found["of"])
            assert 0.92 - chance <= found["share"] <= 0.98 + chance, (part["blocks"], found)
        for found in part["rows"]:
            assert found["false_alarms"]["share"] <= 0.05, (part["blocks"], found["model"])


def test_the_larger_a_slowdown_is_the_more_often_it_is_found(sound: list[Part]) -> None:
    for part in sound:
        shares = [row(part, model)["found"]["share"] for model in TRUE]
        assert shares == sorted(shares)
        assert shares[-1] > 0.4
    assert all(row(sound[1], model)["found"]["share"] >= row(sound[0], model)["found"]["share"] for model in TRUE)


def test_the_simulation_repeats_to_the_digit() -> None:
    assert simulation([SMALL]) == simulation([SMALL])


def test_intervals_that_are_too_narrow_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "left_out", lambda _: 1)
    found = missed([], [], simulation([SMALL]))
    for what in ("medians", "ratios", "slopes, the process's memory read", "slopes, the machine's memory read"):
        assert [sentence for sentence in found if f"of {what} hold the truth" in sentence], what


def test_a_rule_that_calls_everything_different_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratios, "judge", lambda *_: Judgement("worse", "because"))
    found = missed([], [], simulation([SMALL]))
    assert [sentence for sentence in found if "false alarms of mn.again" in sentence]
    assert [sentence for sentence in found if "false alarms of peer" in sentence]


# The bounds.


def part_with(coverage_share: float, false_share: float, blocks: int = 5, low: float = 0.0) -> Part:
    made = trust_document()["simulated"][0]
    made = json.loads(json.dumps({**made, "blocks": blocks}))
    made["coverage"][0]["share"] = coverage_share
    made["rows"][0]["false_alarms"].update(share=false_share, ci95=[low, 1.0])
    return made


@pytest.mark.parametrize(
    ("part", "sentences"),
    [
        (part_with(0.92, 0.05), 0),
        (part_with(0.98, 0.0), 0),
        (part_with(0.919, 0.05), 1),
        (part_with(0.981, 0.05), 1),
        (part_with(0.95, 0.051), 1),
        (part_with(0.5, 0.5), 2),
        (part_with(0.75, 0.05, blocks=3), 0),  # the range of three values cannot do better
        (part_with(0.75, 0.06, blocks=3), 1),
    ],
)
def test_what_is_simulated_must_lie_within_the_bounds(part: Part, sentences: int) -> None:
    assert len(missed([], [], [part])) == sentences


def test_what_is_measured_is_missed_only_where_it_cannot_be_chance() -> None:
    assert missed([], [part_with(0.0, 0.2, low=0.049)], []) == []
    (sentence,) = missed([], [part_with(0.0, 0.2, low=0.051)], [])
    assert sentence == "measured, 5 blocks: 20 % false alarms of mn.again, certainly more than 5 %"


def test_trials_that_failed_are_told() -> None:
    trials = [
        {"outcome": "ok"},
        {"outcome": "misconfigured", "model": "mn.slow5", "workload": "skynet", "reason": "why"},
    ]
    assert missed(trials, [], []) == ["1 of 2 trials did not end ok; mn.slow5 skynet: why"]


def test_percentages_are_short() -> None:
    assert [percent(share) for share in (0.0, 0.05, 0.9375, 1.0)] == ["0 %", "5 %", "93.8 %", "100 %"]


# The command.


@pytest.mark.parametrize(
    ("change", "code"), [(lambda _: None, 0), (lambda t: t["rows"][0]["false_alarms"].update(share=1), 1)]
)
def test_the_command_writes_what_it_prints(
    change: Callable[[Part], None], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    made = trust_document()["simulated"]
    change(made[0])
    monkeypatch.setattr(command, "simulation", lambda: made)
    run_with(tmp_path / "run", TRUE, blocks=5, noise=0.003)
    target = tmp_path / "new" / "trust.json"
    assert command.main([str(tmp_path / "run"), f"--out={target}"]) == code
    found = json.loads(target.read_text(encoding="utf-8"))
    assert [describe(fault) for fault in faults("trust", found)] == []
    assert (found["run"], found["blocks"], found["trials"], len(found["missed"])) == ("synthetic", 5, 300, code)
    said = capsys.readouterr()
    assert said.out.endswith(f"{target}\n")
    assert "mn.slow20" in said.out
    assert len(said.err.splitlines()) == code


def test_the_table_has_a_line_for_every_row_and_coverage() -> None:
    document = trust_document()
    text = "\n".join(lines(document))
    assert text.count("mn.slow5") == 2
    assert "  5       mn.slow20  80        90 %" in text
    assert "  20      mn.again   0         –" in text
    assert "  of       5 blocks\n  medians  93.8 % of 1000\n  ratios   94.1 % of 1000\n" in text
