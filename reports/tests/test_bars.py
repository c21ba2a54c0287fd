"""The bars: the rules as they are read, met and missed on planted numbers, and nothing that passes for want of data."""

from pathlib import Path
from typing import Any

import pytest

from analysis.contracts import catalogue, write_json
from analysis.tests.synthetic import empty_summary, kept_summary, summary_of
from reports.bars import BrokenBars, Line, judge_all, load_bars, main, markdown

Entry = dict[str, Any]
PING_PONG = {"workload": "ping_pong", "params": {"capacity": 0}, "metric": "ns_per_round_trip", "model": "mn"}
PARKED = {"workload": "parked", "params": {"n": 10_000}, "metric": "bytes_per_task", "model": "mn"}


def one(summary: dict[str, Any], **bar: Any) -> Line:
    (line,) = judge_all(summary, [bar])
    return line


def entry_of(entries: list[Entry], **wanted: Any) -> Entry:
    (found,) = [e for e in entries if all(e.get(k, e["params"].get(k)) == v for k, v in wanted.items())]
    return found


def test_a_ratio_is_held_against_its_bound_and_stands_beside_both_sides() -> None:
    summary = kept_summary()
    ratio = entry_of(summary["ratios"], **{**PING_PONG, "params": {"capacity": 0, "cores": 1}}, baseline="go")
    for bound, result in ((ratio["ratio"] * 0.999, "met"), (ratio["ratio"] * 1.001, "missed")):
        line = one(summary, **PING_PONG, cores=[1], against="go", at_least=bound)
        assert line.result == result
        assert line.measured == f"{ratio['ratio']:.2f}×"
        assert line.mine.startswith("mn ")
        assert line.theirs.startswith("Go ")
        assert line.interval != "–"


@pytest.mark.parametrize("against", ["boost_fiber", "tbb", "os_threads"])
def test_mn_can_be_held_against_every_model(against: str) -> None:
    assert one(kept_summary(), **PING_PONG, cores=[2], against=against, at_least=1.0).result == "met"


def test_ahead_needs_more_than_the_noise() -> None:
    summary = kept_summary()
    assert one(summary, **PING_PONG, cores=[1], against="go", ahead=True).result == "met"
    ratio = entry_of(summary["ratios"], model="mn", baseline="go", metric="ns_per_round_trip", cores=1)
    ratio["verdict"] = "cannot_tell"
    assert one(summary, **PING_PONG, cores=[1], against="go", ahead=True).result == "open: within the noise"
    ratio["ratio"] = 0.9
    assert one(summary, **PING_PONG, cores=[1], against="go", ahead=True).result == "missed"


def test_a_value_is_held_against_its_bound() -> None:
    summary = kept_summary()
    value = entry_of(summary["cells"], **{**PARKED, "params": {"n": 10_000, "cores": 1}})["median"]
    assert one(summary, **PARKED, cores=[1], at_most=value).result == "met"
    assert one(summary, **PARKED, cores=[1], below=value).result == "missed"
    assert one(summary, **PARKED, cores=[1], at_most=value - 1).result == "missed"
    assert one(summary, **PARKED, cores=[1], at_most=5000).required == "≤ 5,000 B"


def test_a_total_is_that_of_all_tasks() -> None:
    summary = kept_summary()
    line = one(summary, **PARKED, cores=[1], total=True, below=50_000_000)
    assert (line.result, line.measured, line.required) == ("met", "0.04 GB in all", "< 0.05 GB in all")
    assert one(summary, **PARKED, cores=[1], total=True, below=40_000_000).result == "missed"


def test_a_model_is_held_against_itself_on_fewer_cores() -> None:
    summary = kept_summary()
    line = one(summary, **PING_PONG, cores=[2], against_cores=1, at_least=1.1)
    assert line.result == "met"
    assert line.mine.endswith("on 2 cores")
    assert line.theirs.endswith("on 1 core")
    assert one(summary, **PING_PONG, cores=[2], against_cores=1, at_least=1.85).result == "missed"
    assert one(summary, **PING_PONG, cores=[2], against_cores=1, not_worse=True).result == "met"
    entry = entry_of(summary["across_cores"], model="mn", metric="ns_per_round_trip")
    entry.update(ratio=0.97, verdict="cannot_tell")
    assert one(summary, **PING_PONG, cores=[2], against_cores=1, not_worse=True).result == "open: within the noise"
    entry["verdict"] = "worse"
    assert one(summary, **PING_PONG, cores=[2], against_cores=1, not_worse=True).result == "missed"


def test_without_params_and_metric_every_time_of_the_workload_is_a_bar() -> None:
    lines = judge_all(kept_summary(), [{"workload": "parked", "model": "mn", "against_cores": 1, "not_worse": True}])
    assert [(line.cell, line.cores) for line in lines] == [
        (f"parked, n {n}, {what}", "2 cores") for n in ("1,000", "10,000") for what in ("create", "wake")
    ]


def test_what_was_not_measured_is_never_met() -> None:
    summary = kept_summary()
    nowhere = {**PING_PONG, "params": {"capacity": 77}}
    for cores in ([1, 2], [8]):
        lines = judge_all(summary, [{**nowhere, "cores": cores, "against": "go", "at_least": 0.0}])
        assert [line.result for line in lines] == ["not measured: not in this run"] * len(cores)
    for cell in summary["cells"]:  # two blocks of three survived
        if (cell["model"], cell["metric"]) == ("go", "ns_per_round_trip"):
            cell.update(outcome="timeout", reason="no result within 20 s")
    line = one(summary, **PING_PONG, cores=[1], against="go", at_least=0.1)
    assert line.result == "not measured: Go: no result within 20 s"
    for bar in load_bars():
        (result,) = {line.result for line in judge_all(empty_summary(), [bar])}  # of smoke
        only = f"only a run of {bar['profile']} has it" if "profile" in bar else "not in this run"
        assert result == f"not measured: {only}"


def test_the_projects_own_bars_name_what_there_is() -> None:
    for bar in load_bars():
        workload = catalogue()[bar["workload"]]
        assert bar.get("params", {}).keys() <= workload["params"].keys()
        assert bar.get("metric", next(iter(workload["metrics"]))) in workload["metrics"]


@pytest.mark.parametrize("profile", ["quick", "full"])
def test_a_profile_measures_all_bars_but_those_of_another(profile: str, tmp_path: Path) -> None:
    bars = [bar for bar in load_bars() if bar.get("profile", profile) == profile]
    needed = tuple({bar["workload"] for bar in bars})
    lines = judge_all(summary_of(tmp_path, profile=profile, blocks=3, workloads=needed, as_planned=True), bars)
    assert len(lines) > 40
    assert not [line for line in lines if line.result.startswith("not measured")]
    elsewhere = [bar for bar in load_bars() if bar not in bars]
    assert bool(elsewhere) == (profile == "quick"), "full measures everything"


SERVED = {"workload": "echo_server", "params": {"connections": 1000, "route": 0}, "model": "mn", "cores": [1]}
HELD = {
    "workload": "idle_connections",
    "params": {"n": 10_000},
    "metric": "bytes_per_connection.resident",
    "cores": [1],
}


def server(summary: dict[str, Any], model: str, metric: str = "requests_per_s", **params: int) -> Entry:
    where = {"connections": 1000, "route": 0, **params}
    return entry_of(summary["cells"], workload="echo_server", model=model, metric=metric, **where)


def test_a_rate_is_the_better_the_higher_it_is() -> None:
    """mn serves some 1.2 times what Go does, and 2.1 times what OS threads do."""
    summary = kept_summary()
    bar = {**SERVED, "metric": "requests_per_s", "against": "os_threads"}
    assert one(summary, **bar, at_least=1.8).result == "met"
    line = one(summary, **bar, at_least=2.5)
    assert (line.result, line.required) == ("missed", "≥ 2.5× OS threads")
    assert line.mine.startswith("mn 1")
    assert line.mine.endswith("/s")


def test_not_worse_than_another_model() -> None:
    summary = kept_summary()
    bar = {**SERVED, "metric": "at75_p99_us", "against": "go", "not_worse": True}
    line = one(summary, **bar)
    assert (line.result, line.required) == ("met", "not worse than Go")
    ratio = entry_of(summary["ratios"], workload="echo_server", connections=1000, route=0, model="mn", baseline="go",
                     metric="at75_p99_us")  # fmt: skip
    ratio.update(ratio=0.9, verdict="cannot_tell")
    assert one(summary, **bar).result == "open: within the noise"
    ratio["verdict"] = "worse"
    assert one(summary, **bar).result == "missed"


@pytest.mark.parametrize(("model", "result"), [("mn", "missed"), ("mn.stackless", "met")])
def test_a_variant_may_be_held_to_a_share_of_another_model(model: str, result: str) -> None:
    """Of the process's own bytes of an idle connection: 5,630 and 1,390 to Go's 4,760."""
    line = one(kept_summary(), **HELD, model=model, share_of="go", at_most=0.6)
    assert (line.result, line.required) == (result, "≤ 60 % of Go")
    share = 100 * {"mn": 5_630, "mn.stackless": 1_390}[model] / 4_760
    assert float(line.measured.removesuffix(" %")) == pytest.approx(share, abs=0.3)
    bounds = [float(bound.removesuffix(" %")) for bound in line.interval.split(" – ")]
    assert bounds[0] <= float(line.measured.removesuffix(" %")) <= bounds[-1]
    assert line.mine.startswith("mn (stackless) " if "." in model else "mn ")
    assert line.theirs.startswith("Go 4,7")


def test_a_share_of_what_is_better_when_higher_is_no_reciprocal() -> None:
    line = one(kept_summary(), **SERVED, metric="requests_per_s", share_of="os_threads", below=3.0)
    assert line.result == "met"
    assert 150 < float(line.measured.removesuffix(" %")) < 300


def test_exactly_none_is_none_in_every_block() -> None:
    summary = kept_summary()
    bar = {**SERVED, "metric": "errors", "exactly": 0}
    line = one(summary, **bar)
    assert (line.result, line.required, line.measured) == ("met", "= 0 requests", "0 requests")
    server(summary, "mn", "errors")["values"] = [0.0, 1.0, 0.0]  # whose median is none
    line = one(summary, **bar)
    assert (line.result, line.measured) == ("missed", "1 request")


@pytest.mark.parametrize(
    ("bound", "at_least", "result"),
    [
        ("mn", 1.5, "met"),
        ("mn", 9.0, "open: mn may serve more, it was not the server that set the limit"),
        ("os_threads", 1.5, "open: OS threads may serve more, it was not the server that set the limit"),
        ("os_threads", 9.0, "missed"),
    ],
)
def test_a_lower_bound_decides_only_what_a_higher_rate_would_not_turn_round(
    bound: str, at_least: float, result: str
) -> None:
    summary = kept_summary()
    server(summary, bound)["at_least"] = True
    bar = {**SERVED, "metric": "requests_per_s", "against": "os_threads"}
    assert one(summary, **bar, at_least=at_least).result == result


def test_a_bar_of_another_profile_is_no_want_of_data(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, profile="quick", blocks=3, workloads=("ping_pong",))
    nowhere = {**SERVED, "metric": "requests_per_s", "against": "go", "at_least": 1.0, "profile": "full"}
    assert one(summary, **nowhere).result == "not measured: only a run of full has it"
    summary["environment"]["profile"] = "full"
    assert one(summary, **nowhere).result == "not measured: not in this run"


@pytest.mark.parametrize(
    "change",
    [
        {"at_least": 1.0, "total": True},
        {"against": "go", "at_most": 3},
        {"against": "go", "against_cores": 1, "at_least": 3.0},
        {"against": "go", "at_least": 3.0, "ahead": True},
        {"against": "go"},
        {"against": "go", "at_leats": 3.0},
        {"at_most": 3, "metric": None},
        {"at_most": 3, "workload": None},
        {"at_most": 3, "profile": "fulll"},
        {"share_of": "go", "at_least": 0.5},
        {"share_of": "go", "against": "go", "at_most": 0.5},
        {"against": "go", "exactly": 3},
    ],
)
def test_a_bar_that_makes_no_sense_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    bar = {key: value for key, value in {**PARKED, **change}.items() if value is not None and key != "params"}
    values = {True: "true"}
    text = "".join(f"{k} = {values.get(v) or (repr(v) if isinstance(v, str) else v)}\n" for k, v in bar.items())
    (tmp_path / "bars.toml").write_text("[[bar]]\n" + text, encoding="utf-8")
    with pytest.raises(BrokenBars, match="bar on"):
        load_bars(tmp_path / "bars.toml")


def test_the_table_is_markdown() -> None:
    lines = judge_all(kept_summary())
    rows = markdown(lines).splitlines()
    assert len(rows) == len(lines) + 2
    assert all(row.startswith("| ") and row.count(" | ") == 7 for row in rows)


def test_the_command_informs_and_fails_only_for_want_of_data_or_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    write_json(tmp_path / "summary.json", kept_summary())  # of smoke, which measures few of them
    assert main([str(tmp_path)]) == 1
    (tmp_path / "quick").mkdir()
    quick = summary_of(tmp_path / "quick", profile="quick", blocks=3, as_planned=True)
    write_json(tmp_path / "summary.json", quick)
    capsys.readouterr()
    assert main([str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "| missed" in said
    elsewhere = sum("profile" in bar for bar in load_bars())
    assert said.endswith(f"and {elsewhere} not measured.\n")
    assert said.count("only a run of full has it") == elsewhere
    assert main([str(tmp_path), "--strict"]) == 1
