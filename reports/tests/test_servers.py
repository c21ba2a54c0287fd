"""From how many connections on a thread for each is a mistake: from planted numbers, with the answer "at none" among
them, and never from what cannot be told."""

from pathlib import Path
from typing import Any

import pytest

from analysis.tests.synthetic import empty_summary, kept_summary, summary_of
from plots import draw_all
from reports.claims import judge_all
from reports.page import render
from reports.parts import parts_of, servers
from reports.parts.blocks import Code, Fold, Grid, Picture, Text
from reports.parts.thread_each import FACTOR, MEASURES, Place, answer, first_of, places_of
from reports.tests.test_page import Page

Summary = dict[str, Any]
RATE, P99, MEMORY = MEASURES
SERVED = ("echo_server", "idle_connections")
ON = "From how many connections on is a thread for each of them a mistake on this machine? "


def planted(folder: Path, worse: dict[tuple[str, int], float], *, blocks: int = 6, **options: Any) -> Summary:
    """mn and Go are so many times better than OS threads in a metric with so many connections; else they are alike."""
    size_of = {measure.metric: measure.size for measure in MEASURES}

    def change(trial: dict[str, Any]) -> None:
        for metric, size in size_of.items():
            if metric in trial["metrics"] and trial["params"].get("route", 0) == 0:
                times = worse.get((metric, trial["params"][size]), 1.0) if trial["model"] == "os_threads" else 1.0
                noise = 1 + 0.001 * (trial["order"] % 7)
                value = {"requests_per_s": 80_000.0 / times, "at75_p99_us": 900.0 * times}.get(metric, 9_000.0 * times)
                trial["metrics"][metric]["value"] = value * noise

    return summary_of(folder, blocks=blocks, noise=0.01, workloads=SERVED, change=change, **options)


def states(summary: Summary) -> dict[tuple[str, int], str]:
    return {(place.measure.metric, place.size): place.state for place in places_of(summary)}


def test_the_number_from_which_on_they_are_worse_is_found(tmp_path: Path) -> None:
    summary = planted(tmp_path, {("requests_per_s", 1000): 1.8, ("requests_per_s", 10_000): 3.0})
    found = states(summary)
    assert found["requests_per_s", 100] == "not worse"
    assert found["requests_per_s", 1000] == found["requests_per_s", 10_000] == "worse"
    assert answer(places_of(summary)) == (
        f"{ON}From 1,000 on by requests a second: from there on OS threads are worse than both mn and Go, by more than "
        "the noise and by 1.5× or more. By p99 latency at 75 % of capacity at none of those measured (100, 1,000 and "
        "10,000). By memory of an idle connection at none of those measured (1,000 and 10,000)."
    )


def test_nothing_that_is_found_is_said(tmp_path: Path) -> None:
    summary = planted(tmp_path, {})
    assert set(states(summary).values()) == {"not worse"}
    assert answer(places_of(summary)).startswith(
        f"{ON}At none of those measured. For that OS threads would have to be, from there on, worse than both mn and Go"
    )


@pytest.mark.parametrize(("times", "state"), [(1.4, "not worse"), (1.6, "worse")])
def test_a_difference_below_the_factor_is_no_mistake_however_clear(times: float, state: str, tmp_path: Path) -> None:
    assert 1.4 < FACTOR < 1.6
    summary = planted(tmp_path, {("requests_per_s", 10_000): times})
    assert states(summary)["requests_per_s", 10_000] == state
    (place,) = [p for p in places_of(summary) if (p.measure, p.size) == (RATE, 10_000)]
    assert {standing.verdict for standing in place.standings} == {"better"}


def test_a_dip_that_does_not_last_is_no_answer(tmp_path: Path) -> None:
    """Worse with 1,000 and not with 10,000."""
    summary = planted(tmp_path, {("at75_p99_us", 1000): 5.0})
    assert states(summary)["at75_p99_us", 1000] == "worse"
    assert f"{ON}At none of those measured." in answer(places_of(summary))


def test_where_noise_hides_it_that_is_said(tmp_path: Path) -> None:
    summary = planted(tmp_path, {("requests_per_s", 10_000): 3.0})
    for ratio in summary["ratios"]:
        if (ratio["metric"], ratio["params"].get("connections")) == ("requests_per_s", 10_000):
            ratio.update(verdict="cannot_tell", ci95=[0.5, 9.0])
    assert states(summary)["requests_per_s", 10_000] == "cannot be told"
    said = answer(places_of(summary))
    assert said.startswith(f"{ON}Of none of those measured can it be said.")
    assert "(measured: 100, 1,000 and 10,000; of 10,000 it cannot be told)" in said


def test_both_have_to_be_better(tmp_path: Path) -> None:
    def slow_go(trial: dict[str, Any]) -> None:
        if trial["model"] == "os_threads" or trial["model"] == "go":
            trial["metrics"].get("requests_per_s", {})["value"] = 30_000.0 + trial["order"] % 3

    summary = summary_of(tmp_path, blocks=6, noise=0.01, workloads=SERVED, change=slow_go)
    found = states(summary)
    assert {found["requests_per_s", size] for size in (100, 1000, 10_000)} == {"not worse"}


def test_a_lower_bound_of_os_threads_proves_nothing_against_them(tmp_path: Path) -> None:
    """They may serve more than the client asked of them."""

    def idle(trial: dict[str, Any]) -> None:
        if trial["model"] == "os_threads" and trial["workload"] == "echo_server":
            trial["metrics"]["server_cpu_percent"]["value"] = 40.0

    summary = summary_of(tmp_path, blocks=6, noise=0.01, workloads=SERVED, change=idle)
    assert {state for (metric, _), state in states(summary).items() if metric == "requests_per_s"} == {"cannot be told"}
    rows = servers.table(places_of(summary)).rows
    assert {row[2][:2] for row in rows if row[0] == "requests a second"} == {"≥ "}


def test_threads_that_fail_where_another_does_not_are_worse_and_the_reason_is_told(tmp_path: Path) -> None:
    def fail(trial: dict[str, Any]) -> None:
        if trial["model"] == "os_threads" and trial["params"].get("connections") == 10_000:
            trial.update(outcome="limit", reason="EAGAIN at 9000 threads", metrics={})

    summary = summary_of(tmp_path, blocks=3, workloads=("echo_server",), change=fail)
    assert states(summary)["requests_per_s", 10_000] == "worse"
    said = answer(places_of(summary))
    assert said.endswith("With 10,000 they did not end ok (limit: EAGAIN at 9000 threads), while another did.")
    assert "limit: EAGAIN at 9000 threads" in {row[2] for row in servers.table(places_of(summary)).rows}


@pytest.mark.parametrize(("outcome", "blocks"), [("limit", (1,)), ("misconfigured", (1, 2, 3))])
def test_of_threads_that_failed_once_or_by_no_fault_of_theirs_it_cannot_be_told(
    tmp_path: Path, outcome: str, blocks: tuple[int, ...]
) -> None:
    def fail(trial: dict[str, Any]) -> None:
        if trial["model"] == "os_threads" and trial["params"].get("connections") == 1000 and trial["block"] in blocks:
            trial.update(outcome=outcome, reason="966 of 1000 connections were accepted", metrics={})

    summary = summary_of(tmp_path, blocks=3, workloads=("echo_server",), change=fail)
    assert states(summary)["requests_per_s", 1000] == "cannot be told"
    assert "966 of 1000" in answer(places_of(summary))


def test_who_fails_alike_is_compared_with_nothing(tmp_path: Path) -> None:
    def fail(trial: dict[str, Any]) -> None:
        if trial["params"].get("n") == 10_000:
            trial.update(outcome="limit", reason="RLIMIT_NOFILE is 1024", metrics={})
            trial.pop("ledger", None)

    summary = summary_of(tmp_path, blocks=3, workloads=SERVED, change=fail)
    assert ("bytes_per_connection", 10_000) not in states(summary)
    assert ("bytes_per_connection", 1000) in states(summary)


def test_one_of_the_two_is_enough_where_the_other_was_not_run(tmp_path: Path) -> None:
    summary = planted(tmp_path, {("at75_p99_us", 10_000): 4.0}, models=("mn", "os_threads"))
    said = answer(places_of(summary))
    assert said.startswith(f"{ON}From 10,000 on by p99 latency at 75 % of capacity: from there on OS threads are worse "
                           "than mn, by")  # fmt: skip


def test_what_holds_from_a_number_on_holds_for_all_larger_ones() -> None:
    def place(size: int, state: Any) -> Place:
        return Place(RATE, size, state, [], None, {})

    assert first_of([place(100, "worse"), place(1000, "not worse"), place(10_000, "worse")]) == 10_000
    assert first_of([place(100, "worse"), place(1000, "worse")]) == 100
    assert first_of([place(100, "worse"), place(1000, "cannot be told")]) is None
    assert first_of([]) is None


def test_without_os_threads_nothing_is_claimed(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=3, workloads=SERVED, models=("mn", "go"))
    assert places_of(summary) == []
    assert "That cannot be said of this run" in answer([])


def test_the_table_has_every_place_with_both_sides() -> None:
    table = servers.table(places_of(kept_summary()))
    assert len(table.rows) == 3 + 3 + 2
    assert all(len(row) == len(table.columns) for row in table.rows)
    for row in table.rows:
        assert row[4].endswith("×")
        assert row[7].endswith("×")
        assert row[-1] in ("worse", "not worse", "cannot be told")


def blocks_of(summary: Summary) -> list[Any]:
    parts = parts_of(summary, [], draw_all(summary), [])
    return next(part.blocks for part in parts if part.id == "servers")


def test_the_answer_stands_before_the_figures() -> None:
    blocks = blocks_of(kept_summary())
    kinds = [type(block) for block in blocks]
    assert kinds == [Text, Text, Fold, *[Picture] * 4]
    assert isinstance(blocks[2].blocks[0], Grid)
    assert blocks[1].text.startswith(ON)
    names = [block.drawing.name for block in blocks if isinstance(block, Picture)]
    assert names == ["servers", "server_routes", "server_latency", "server_memory"]


@pytest.mark.parametrize("old", [True, False])
def test_a_run_without_servers_says_how_they_are_run_and_draws_none(old: bool, tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=2, workloads=("ping_pong", "parked")) if old else empty_summary()
    text, code = blocks_of(summary)
    assert isinstance(code, Code)
    assert "--workload echo_server,idle_connections" in code.text
    assert text.text.startswith("No server was run here.")
    page = Page(render(summary, judge_all(summary), draw_all(summary)))
    assert code.text in page.text
    assert "figure-servers" not in page.ids


def test_smoke_as_it_is_planned_says_that_it_cannot_be_told(tmp_path: Path) -> None:
    """One block has no verdict."""
    summary = summary_of(tmp_path, as_planned=True, workloads=SERVED)
    if places_of(summary):
        assert set(states(summary).values()) == {"cannot be told"}
        assert "Of none of those measured can it be said." in answer(places_of(summary))
