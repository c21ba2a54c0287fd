"""The gate as a whole, with real programs, as small as it can be."""

import json
import shutil
from pathlib import Path

import pytest

from analysis.contracts import ROOT, faults
from ci.gate import __main__ as program
from ci.gate.builds import working_tree

PROGRAMS = ROOT / "build/release/bin"

pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "threadmark").exists() or shutil.which("valgrind") is None,
    reason="needs the programs (make build) and valgrind",
)


def test_a_build_is_not_worse_than_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "build_of", lambda name, jobs: working_tree())
    code = program.main(["HEAD", "--blocks=2", "--workload=ping_pong", f"--out={tmp_path}"])
    said = capfd.readouterr()
    assert code == 0, said
    assert "same program, to the byte" in said.err
    folder = (tmp_path / "latest").resolve()
    assert said.out.startswith("### Gate passed")
    assert said.out.rstrip().endswith(str(folder / "gate.md"))
    document = json.loads((folder / "gate.json").read_text())
    assert not list(faults("gate", document))
    kinds = {finding["kind"] for finding in document["findings"]}
    assert kinds == {"time", "count"}
    counts = [finding for finding in document["findings"] if finding["kind"] == "count"]
    assert {one["verdict"] for one in counts} == {"same"}
    assert all(one["head"] > 0 for one in counts if one["unit"] == "instructions")


def test_bad_input_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert program.main(["nosuch", f"--out={tmp_path}"]) == 2
    assert capfd.readouterr().err == (
        "gate: no commit 'nosuch' here; in a shallow clone, git fetch --unshallow brings all\n"
    )
    for arguments, says in (
        (["HEAD", "--workload=nosuch"], "has no workload 'nosuch'; known: spawn_join, parked"),
        (["HEAD", "--blocks=0"], "--blocks takes a number above 0, not 0"),
        ([], "BASE"),
    ):
        with pytest.raises(SystemExit) as ended:
            program.main(arguments)
        assert ended.value.code == 2
        assert says in capfd.readouterr().err
