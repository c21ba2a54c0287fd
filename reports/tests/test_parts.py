"""Which model for what, and where mn loses: from planted numbers, and never from what cannot be told."""

from pathlib import Path
from typing import Any

import pytest

from analysis.contracts import catalogue
from analysis.tests.synthetic import empty_summary, kept_summary, summary_of
from plots.frame import is_contest
from reports.parts import choose, losses
from reports.parts.pairs import Field

Summary = dict[str, Any]
TBB_AHEAD = {"mn": 3.0, "tbb": 0.4}  # times of mn and oneTBB, as factors


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """oneTBB is the fastest at spawn_join, and mn is behind it."""
    folder = tmp_path_factory.mktemp("planted")
    return summary_of(folder, blocks=6, noise=0.01, effects=TBB_AHEAD, workloads=("spawn_join", "parked", "ping_pong"))


def one(answers: list[choose.Answer], kind: str, cores: int) -> choose.Answer:
    (found,) = [answer for answer in answers if answer.kind == kind and answer.cores == cores]
    return found


def test_every_kind_of_work_names_a_metric_and_parameters_of_the_catalogue() -> None:
    for kind in choose.KINDS:
        known = catalogue()[kind.workload]
        assert kind.metric in known["metrics"]
        assert kind.params.keys() <= known["params"].keys()
    assert len({kind.words for kind in choose.KINDS}) == len(choose.KINDS)


@pytest.mark.parametrize("profile", ["smoke", "quick"])
def test_every_kind_of_work_is_in_the_profiles_that_people_run(profile: str, tmp_path: Path) -> None:
    """But for servers with a thousand connections, which take longer than smoke may."""
    answers = choose.answers_of(summary_of(tmp_path, profile=profile, blocks=1, as_planned=True))
    absent = {answer.kind for answer in answers if answer.cell is None}
    assert absent == (set() if profile == "quick" else {"Serve many connections", "Hold many idle connections"})


def test_a_server_does_not_compete_with_another_configuration_of_itself(tmp_path: Path) -> None:
    """mn's two ways to serve cannot be told apart; that says nothing of mn and Go."""
    summary = summary_of(tmp_path, blocks=6, noise=0.01, workloads=("echo_server", "idle_connections"))
    for ratio in summary["ratios"]:
        if {ratio["model"], ratio["baseline"]} == {"mn", "mn.stackless"}:
            ratio["verdict"] = "cannot_tell"
    answers = {answer.kind: answer for answer in choose.answers_of(summary) if answer.cell is not None}
    serves = answers["Serve many connections"]
    assert serves.winner == "mn"
    assert serves.because == "better than all 4 others"
    assert serves.left_out == []
    # What an idle connection holds is another matter: there the variant is another way to do it.
    assert answers["Hold many idle connections"].winner is None


def test_the_planted_winner_is_named_with_factor_interval_and_who_comes_nearest(planted: Summary) -> None:
    answer = one(choose.answers_of(planted), "Start many short tasks", 1)
    assert answer.winner == "tbb"
    assert answer.nearest is not None
    assert answer.nearest.other == "mn"  # 450 ns to 64 ns; Go, at 880 ns, is further away
    assert answer.nearest.ratio == pytest.approx(150 * 3.0 / (160 * 0.4), rel=0.1)
    assert answer.nearest.ci95 is not None
    low, high = answer.nearest.ci95
    assert 1.0 < low <= answer.nearest.ratio <= high


def test_a_winner_is_better_than_every_other_that_ended_ok(planted: Summary) -> None:
    field = Field(planted)
    for answer in choose.answers_of(planted):
        if answer.cell is not None and answer.winner is not None:
            others = [model for model in field.finished(answer.cell) if model != answer.winner]
            assert len(others) >= 2
            for other in others:
                standing = field.standing(answer.cell, answer.winner, other)
                assert standing.verdict == "better"
                assert standing.ci95 is not None
                assert standing.ci95[0] > 1.0


def test_there_is_no_winner_where_one_comparison_cannot_be_told() -> None:
    summary = kept_summary()
    before = one(choose.answers_of(summary), "Pass values between two tasks", 1)
    assert before.winner == "mn"
    for entry in summary["ratios"]:
        if (entry["workload"], entry["model"], entry["baseline"]) == ("ping_pong", "mn", "tbb"):
            entry.update(verdict="cannot_tell", ratio=1.2, ci95=[0.9, 1.4])
    after = one(choose.answers_of(summary), "Pass values between two tasks", 1)
    assert after.winner is None
    assert after.because == "mn has the best median, but is not clearly better than oneTBB"
    (line,) = [line for line in choose.in_short([after]) if line["kind"] == after.kind]
    assert line["why"] == "no winner: mn cannot be told from all others (1.20× [0.9× – 1.40×] over oneTBB)"
    assert line["winner"] is None


def test_who_failed_is_left_out_and_named() -> None:
    summary = kept_summary()
    for cell in summary["cells"]:
        if (cell["workload"], cell["model"]) == ("ping_pong", "mn"):
            cell.update(outcome="crash", outcomes={"crash": 3}, reason="SIGSEGV")
    answer = one(choose.answers_of(summary), "Pass values between two tasks", 1)
    assert answer.winner != "mn"
    assert answer.left_out == ["mn: crash"]


def test_the_first_screen_says_where_fewer_cores_differ() -> None:
    summary = kept_summary()
    for entry in summary["ratios"]:
        if (entry["workload"], entry["params"]["cores"]) == ("ping_pong", 1):
            entry["verdict"] = "cannot_tell"
    (line,) = [line for line in choose.in_short(choose.answers_of(summary)) if line["kind"].startswith("Pass")]
    assert line["winner"] == "mn"
    assert line["cores"] == ""  # the most there are, as the note under the panel says
    assert line["differing"] == "1 core: no winner"


def test_a_run_that_lacks_a_kind_of_work_says_so() -> None:
    lines = choose.in_short(choose.answers_of(empty_summary()))
    assert [line["why"] for line in lines] == ["not in this run"] * len(choose.KINDS)
    assert choose.on_how_many(choose.answers_of(empty_summary())) == ""


def test_a_comparison_can_be_asked_either_way_round(planted: Summary) -> None:
    field = Field(planted)
    for cell in field.cells:
        if {"tbb", "boost_fiber"} <= set(field.finished(cell)):
            there, back = field.standing(cell, "tbb", "boost_fiber"), field.standing(cell, "boost_fiber", "tbb")
            assert there.ratio == pytest.approx(1 / back.ratio)
            assert there.ci95 == pytest.approx([1 / bound for bound in reversed(back.ci95)])
            assert {there.verdict, back.verdict} in ({"better", "worse"}, {"cannot_tell"}, {"same"})
            break
    else:
        pytest.fail("no cell has both")


def test_every_cell_of_the_contest_is_counted_once(planted: Summary) -> None:
    found = losses.losses_of(planted)
    contest = {
        (c["workload"], tuple(c["params"].items()), c["metric"])
        for c in planted["cells"] if c["model"] == "mn" and is_contest(c)
    }  # fmt: skip
    lost, open_ = ({cell for cell, _ in of} for of in (found.lost, found.open))
    piles = [set(found.best), lost, {cell for cell, _, _ in found.failed}, open_, set(found.alone)]
    assert sum(map(len, piles)) == len(set().union(*piles)) == len(contest) == found.count


def test_the_planted_losses_are_said_the_widest_first(planted: Summary) -> None:
    found = losses.losses_of(planted)
    spawn = [(s.other, s.ratio) for cell, s in found.lost if cell.workload == "spawn_join"]
    assert {other for other, _ in spawn} == {"tbb"}
    assert len(spawn) == 4  # two sizes on one core and on two
    table = losses.lost_table(found)
    factors = [float(row[5].rstrip("×").replace(",", "")) for row in table.rows]
    assert factors == sorted(factors, reverse=True)
    assert all(factor > 1 for factor in factors)
    assert ("spawn_join", "n 1,000", "1 core", "ns per task", "oneTBB") in {row[:5] for row in table.rows}
    assert "Go" in {row[4] for row in table.rows if row[0] == "parked"}


def test_a_failure_of_mn_is_a_loss(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=3, workloads=("ping_pong",))
    for cell in summary["cells"]:
        if cell["model"] == "mn":
            cell.update(outcome="crash", outcomes={"crash": 3}, reason="SIGSEGV")
    found = losses.losses_of(summary)
    assert len(found.failed) == found.count == 2
    assert "it failed where another did not in 2" in losses.sentence(found)
    assert losses.failed_table(found).rows[0][4] == "crash: SIGSEGV"


def test_a_run_without_mn_claims_nothing(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=1, workloads=("ping_pong",), models=("go", "tbb"))
    assert losses.sentence(losses.losses_of(summary)) == "mn is in no cell of this run that compares models."
