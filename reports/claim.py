"""python -m reports.claim C03: runs what one claim needs and nothing else, and prints its verdict.

`threadmark claim C03` is the same. The run is an ordinary one, under out/claims/C03, of a profile made of the claim's
`needs`; `make report RUN=out/claims/C03/latest` makes a page of it. Exit code 2 where there is no such claim or the run
cannot be made; a verdict of any kind is 0.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from analysis.adoption import count_all
from analysis.command_line import Parser
from analysis.contracts import write_json
from analysis.run import UnreadableRun
from analysis.summary import conformance_of, summarise
from reports.claims.evidence import Claim
from reports.claims.judge import judge
from reports.claims.load import load_claims
from reports.claims.show import VERDICTS, evidence

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"
PROFILE = "claim"


class CannotRun(Exception):
    """The text is one line that says what went wrong."""


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="threadmark claim", description="Runs what one claim needs, and judges it.")
    parser.add_argument("id", help="the claim, as C03")
    parser.add_argument("--blocks", type=int, default=5, help="how often every cell is run; default: 5, as in quick")
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="the run is written to DIR/claims/ID; default: out"
    )
    parser.add_argument(
        "--bin", type=Path, default=ROOT / "build/release/bin", help="folder with threadmark and bench_*"
    )
    asked = parser.parse_args(arguments)
    asked.id = asked.id.upper()
    claims = {claim["id"]: claim for claim in load_claims()}
    try:
        if asked.id not in claims:
            raise CannotRun(f"no claim '{asked.id}'; known: {', '.join(claims)}")
        if asked.blocks < 1:
            raise CannotRun(f"--blocks takes a number above 0, not {asked.blocks}")
        claim, folder = claims[asked.id], asked.out / "claims" / asked.id
        judged = judge(claim, run(claim, folder, asked.bin, asked.blocks))
        write_json(folder / "claim.json", judged)
    except (CannotRun, UnreadableRun) as error:
        print(f"threadmark claim: {error}", file=sys.stderr)
        return 2
    print("\n".join(lines_of(judged)))
    return 0


def run(claim: Claim, folder: Path, programs: Path, blocks: int) -> dict[str, Any]:
    """The summary of what the claim needs."""
    folder.mkdir(parents=True, exist_ok=True)
    latest = folder / "latest"
    if claim["needs"]:
        write_profile(claim, folder / "data", blocks)
        call([str(programs / "threadmark"), "run", f"--profile={PROFILE}", f"--data={folder / 'data'}",
              f"--bin={programs}", f"--out={folder}"])  # fmt: skip
    if claim.get("conformance"):
        target = (latest if claim["needs"] else folder) / "conformance.json"
        # A rule that a model breaks is a result (exit 1).
        call([str(ROOT / "ci/conformance.sh"), str(target.absolute())], allowed=(0, 1))
    if claim["needs"]:
        return summarise(latest)
    return {"run": None, "cells": [], "slopes": [], "conformance": conformance_of(folder), "adoption": count_all(),
            "input": {"blocks": 0}}  # fmt: skip


def write_profile(claim: Claim, data: Path, blocks: int) -> None:
    """A data folder for `threadmark run` with one profile: each model with its cells, in blocks like any other run."""
    quick = json.loads((BENCHMARKS / "profiles.json").read_text(encoding="utf-8"))["profiles"]["quick"]
    models = list(dict.fromkeys(model for need in claim["needs"] for model in need["models"]))
    own: list[dict[str, Any]] = []
    for model in models:
        cells: dict[str, list[dict[str, Any]]] = {}
        for need in claim["needs"]:
            if model in need["models"]:
                cells.setdefault(need["workload"], []).append({**need.get("params", {}), "cores": need["cores"]})
        own.append({"model": model, "cells": cells})
    settings = {key: quick[key] for key in ("min_time_s", "time_limit_s")}
    profile = {"blocks": blocks, "cores": [1], **settings, "models": models, "own": own, "cells": {}}
    (data / "workloads").mkdir(parents=True, exist_ok=True)
    write_json(data / "profiles.json", {"schema": 1, "profiles": {PROFILE: profile}})
    shutil.copy(BENCHMARKS / "workloads/catalog.json", data / "workloads/catalog.json")


def call(command: list[str], allowed: tuple[int, ...] = (0,)) -> None:
    try:
        code = subprocess.run(command, check=False, stdout=sys.stderr).returncode
    except OSError as error:
        raise CannotRun(f"{command[0]}: {error.strerror}; make build makes it") from error
    if code not in allowed:
        raise CannotRun(f"{Path(command[0]).name} ended with {code}")


def lines_of(judged: dict[str, Any]) -> list[str]:
    lines = [f"{judged['id']}: {judged['claim']}", f"{VERDICTS[judged['verdict']]}. {judged['because']}"]
    table = evidence(judged)
    widths = [max(len(row[i]) for row in (table.columns, *table.rows)) for i in range(len(table.columns) - 1)]
    for row in (table.columns, *table.rows) if table.rows else ():
        lines.append("  " + "  ".join([*(text.ljust(w) for text, w in zip(row, widths, strict=False)), row[-1]]))
    return [*lines, f"What would flip it: {judged['flips']}"]


if __name__ == "__main__":
    sys.exit(main())
