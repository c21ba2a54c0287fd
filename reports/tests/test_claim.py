"""`threadmark claim`: what it asks the conductor to run, and what it says."""

import json
from pathlib import Path

import pytest

from analysis.contracts import catalogue, write_json
from reports import claim as verb
from reports.claims.load import load_claims
from reports.tests.made import empty

CLAIMS = {one["id"]: one for one in load_claims()}


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_the_profile_has_the_needs_of_the_claim_and_nothing_else(claim_id: str, tmp_path: Path) -> None:
    claim = CLAIMS[claim_id]
    if not claim["needs"]:
        pytest.skip("nothing is run for it")
    verb.write_profile(claim, tmp_path, blocks=7)
    (profile,) = json.loads((tmp_path / "profiles.json").read_text(encoding="utf-8"))["profiles"].values()
    assert profile["blocks"] == 7
    assert profile["cells"] == {}
    asked = {(model, need["workload"]) for need in claim["needs"] for model in need["models"]}
    assert {(own["model"], workload) for own in profile["own"] for workload in own["cells"]} == asked
    assert (tmp_path / "workloads/catalog.json").is_file()
    assert all(workload in catalogue() for _, workload in asked)


def test_an_unknown_claim_is_named_with_those_that_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.main(["c99"]) == 2
    said = capsys.readouterr().err
    assert "no claim 'C99'; known: C01, " in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["C03", "--blocks=x"], ["C03", "--bogus"]])
def test_a_wrong_command_line_gets_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        verb.main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_not_built_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.main(["C03", f"--out={tmp_path}", f"--bin={tmp_path / 'nowhere'}"]) == 2
    assert "make build makes it" in capsys.readouterr().err


def test_a_claim_about_programs_needs_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.main(["C20", f"--out={tmp_path}"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("C20: ")
    assert "What would flip it: " in said
    kept = json.loads((tmp_path / "claims/C20/claim.json").read_text(encoding="utf-8"))
    assert kept["id"] == "C20"
    assert kept["counted"]


def test_a_claim_about_rules_reads_what_the_suite_has_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"suite": "channel_rules", "rule": "a_rule", "model": "go", "variant": None, "cores": 1,
            "outcome": "passed", "reason": None}  # fmt: skip
    asked = []

    def suite(command: list[str], allowed: tuple[int, ...] = (0,)) -> None:
        asked.append(Path(command[0]).name)
        assert allowed == (0, 1)
        write_json(Path(command[1]), {"schema": 1, "results": [kept], "missing": []})

    monkeypatch.setattr(verb, "call", suite)
    summary = verb.run(CLAIMS["C08"], tmp_path, tmp_path, 1)
    assert asked == ["conformance.sh"]
    assert [rule["rule"] for rule in summary["conformance"]["rules"]] == ["a_rule"]
    assert summary.keys() <= empty().keys()
