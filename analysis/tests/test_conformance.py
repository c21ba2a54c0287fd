"""Which rules each model keeps, from ctest's and Go's own files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.conformance import by_rule, main
from analysis.contracts import faults

RULE = "channel_rules.receive_blocks_while_empty"


def case(name: str, status: str = "run", inner: str = "") -> str:
    return f'<testcase name="{name}" classname="{name}" time="0" status="{status}">{inner}</testcase>'


def skipped(why: str) -> str:
    output = f"[ RUN      ] x\n/some/rules.hpp:16: Skipped\n{why}\n[  SKIPPED ] x (0 ms)\n"
    return f'<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/><system-out>{output}</system-out>'


def ctest(*cases: str) -> str:
    return f'<?xml version="1.0"?><testsuite name="x">{"".join(cases)}</testsuite>'


def go(*events: tuple[str, str, str]) -> str:
    package = "threadmark/bench_go/conformance"
    lines = ["# built"]
    for action, test, output in events:
        lines.append(json.dumps({"Action": action, "Package": package, "Test": test, "Output": output}))
    return "\n".join(lines)


def collected(tmp_path: Path, xml: str, log: str) -> int:
    (tmp_path / "ctest.xml").write_text(xml)
    (tmp_path / "go.log").write_text(log)
    return main([str(tmp_path), str(tmp_path / "out" / "conformance.json")])


GO_PASS = ("pass", "TestChannelRules/cores_1/receive_blocks_while_empty", "")


def test_results_of_both_are_joined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    xml = ctest(
        case(f"conformance.mn.cores_1.{RULE}&lt;threadmark::mn_model&gt;"),
        case(f"conformance.boost_fiber.guarded.cores_1.{RULE}&lt;m&gt;", "notrun", skipped("held_start: cannot")),
        case("conformance.boost_fiber.guarded.cores_1.boost_fiber.of_its_own"),
        case("mn.channel.something_else", "fail"),
    )
    assert collected(tmp_path, xml, go(("output", GO_PASS[1], "=== RUN\n"), GO_PASS)) == 0
    found = json.loads((tmp_path / "out" / "conformance.json").read_text())
    assert list(faults("conformance", found)) == []
    assert [(r["model"], r["variant"], r["outcome"], r["reason"]) for r in found["results"]] == [
        ("mn", None, "passed", None),
        ("boost_fiber", "guarded", "skipped", "held_start: cannot"),
        ("boost_fiber", "guarded", "passed", None),
        ("go", None, "passed", None),
    ]
    first = by_rule(found)["rules"][0]
    assert (first["suite"], first["models"]["boost_fiber"]["reasons"]) == ("channel_rules", ["held_start: cannot"])
    assert "mn           1 rules, tried 1 times: 1 passed, 0 failed, 0 skipped" in capsys.readouterr().out


def test_a_skip_in_go_has_its_reason(tmp_path: Path) -> None:
    skip = ("skip", GO_PASS[1], "")
    said = ("output", GO_PASS[1], "    suite_test.go:72: Go has no destructors\n")
    assert collected(tmp_path, ctest(case(f"conformance.mn.cores_1.{RULE}")), go(said, skip)) == 0
    found = json.loads((tmp_path / "out" / "conformance.json").read_text())["results"][-1]
    assert (found["outcome"], found["reason"]) == ("skipped", "Go has no destructors")


@pytest.mark.parametrize(
    ("status", "events", "said"),
    [
        ("fail", [GO_PASS], f"mn on 1: {RULE} failed"),
        ("notrun", [GO_PASS], f"mn on 1: {RULE} failed"),
        ("run", [("fail", *GO_PASS[1:])], f"go on 1: {RULE} failed"),
        ("run", [("pass", "TestCloseRules/cores_1/other", "")], f"go on 1: {RULE} was not run"),
        ("run", [("pass", "TestCloseRules/cores_1/other", "")], "mn on 1: close_rules.other was not run"),
    ],
)
def test_what_is_broken_or_not_run_is_a_failure(
    status: str, events: list[tuple[str, str, str]], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collected(tmp_path, ctest(case(f"conformance.mn.cores_1.{RULE}", status)), go(*events)) == 1
    assert f"analysis.conformance: {said}\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("xml", "log"), [("<no", ""), (ctest(), ""), (ctest(case(f"conformance.mn.cores_1.{RULE}")), "")]
)
def test_files_without_results_are_an_error(
    xml: str, log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collected(tmp_path, xml, log) == 2
    assert capsys.readouterr().err.count("\n") == 1
