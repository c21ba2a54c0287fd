"""python -m ci.gate BASE: builds BASE, sets what is built here beside it, and says whether anything has become worse.

Exit code 0: passed. 1: something is worse, statistically sound, large enough to matter, and seen again. 2: no verdict,
because something is missing or could not be run. Writes gate.md and gate.json beside the run, and prints their place.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from analysis.command_line import Parser
from analysis.contracts import describe, faults, write_json, write_text
from analysis.run import UnreadableRun
from ci.counts.cells import CELLS
from ci.gate import counted, show, side_by_side
from ci.gate.builds import Build, CannotJudge, build_of, working_tree
from ci.gate.decide import EXIT, Clocks, Outcome, decide
from ci.gate.finding import Finding
from ci.gate.side_by_side import Place


@dataclass(frozen=True)
class Asked:
    base: str
    head: str | None
    clocks: Clocks
    blocks: int | None
    workloads: Sequence[str]
    out: Path
    jobs: int

    @property
    def again(self) -> str:
        head = f" HEAD={self.head}" if self.head else ""
        return f"make gate BASE={self.base}{head}" + (" CLOCKS=gate" if self.clocks == "gate" else "")


def main(arguments: list[str] | None = None) -> int:
    asked = read(arguments)
    try:
        head = build_of(asked.head, asked.jobs) if asked.head else working_tree()
        return EXIT[gate(asked, head, build_of(asked.base, asked.jobs))]
    except (CannotJudge, UnreadableRun) as error:
        print(f"gate: {error}", file=sys.stderr)
        return EXIT["cannot_judge"]


def read(arguments: list[str] | None) -> Asked:
    parser = Parser(prog="python -m ci.gate", description="Says whether a commit has made mn worse than another one.")
    parser.add_argument("base", metavar="BASE", help="the commit to compare with")
    parser.add_argument("--head", metavar="COMMIT", help="the commit to judge; else what is built here")
    parser.add_argument("--clocks", choices=get_args(Clocks), default="inform",
                        help="whether a worse time fails the gate or informs (%(default)s)")  # fmt: skip
    parser.add_argument("--blocks", type=int, help="how often each cell is run; else as the profile gate has it")
    parser.add_argument(
        "--workload", action="append", default=[], metavar="NAME", help="only this one; may be repeated"
    )
    parser.add_argument("--out", type=Path, default=Path("out/gate"), help="where the run is written (%(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="of building and counting (%(default)s)")
    given = parser.parse_args(arguments)
    if given.blocks is not None and given.blocks < 1:
        parser.error(f"--blocks takes a number above 0, not {given.blocks}")
    if unknown := set(given.workload) - {place.workload for place in side_by_side.planned()}:
        known = ", ".join(dict.fromkeys(place.workload for place in side_by_side.planned()))
        parser.error(f"the profile gate has no workload '{unknown.pop()}'; known: {known}")
    return Asked(given.base, given.head, given.clocks, given.blocks, given.workload, given.out, max(1, given.jobs))


def gate(asked: Asked, head: Build, base: Build) -> Outcome:
    if head.program.read_bytes() == base.program.read_bytes():
        print("gate: both commits give the same program, to the byte; measuring it all the same", file=sys.stderr)
    places, new = side_by_side.known_to(base, side_by_side.planned(asked.workloads))
    if not places:
        raise CannotJudge(f"{base.name} has none of the cells, so there is nothing to compare")
    folder = side_by_side.run(head, base, places, asked.out, asked.blocks)
    measured, floors = side_by_side.judge(folder)
    cells = [cell for cell in CELLS if not asked.workloads or cell.workload in asked.workloads]
    findings = [*measured, *counted.compare(head, base, asked.jobs, cells)]
    findings = confirm(asked, head, base, places, findings, floors)
    decision = decide(findings, asked.clocks)
    text = show.markdown(decision, findings, head, base, [place.cell for place in new], floors.get("ns"), asked.again)
    write(folder, asked, head, base, decision.outcome, findings, new, floors, text)
    print(text, end="")
    print((folder / "gate.md").absolute())
    return decision.outcome


def confirm(
    asked: Asked,
    head: Build,
    base: Build,
    places: Sequence[Place],
    findings: Sequence[Finding],
    floors: dict[str, float],
) -> list[Finding]:
    """Looks again, in fresh processes, at whatever is worse; at nothing else."""
    worse = [one for one in findings if one.verdict == "worse"]
    suspects = {one.cell for one in worse if one.kind != "count"}
    second: list[Finding] = []
    if chosen := [place for place in places if place.cell in suspects]:
        print(f"gate: looking again at {len(chosen)} cells", file=sys.stderr, flush=True)
        run = side_by_side.run(head, base, chosen, asked.out / "confirmation", asked.blocks)
        wanted = {one.place for one in worse}
        second += side_by_side.judge(run, floors, wanted)[0]
    if cells := [cell for cell in CELLS if cell.name in {one.cell for one in worse if one.kind == "count"}]:
        second += counted.compare(head, base, asked.jobs, cells)
    seen = {one.place: one for one in second}
    return [one.again(seen.get(one.place)) if one.verdict == "worse" else one for one in findings]


def write(
    folder: Path, asked: Asked, head: Build, base: Build, outcome: str, findings: Sequence[Finding],
    new: Sequence[Place], floors: dict[str, float], text: str,
) -> None:  # fmt: skip
    document = {
        "schema": 1,
        "run": folder.name,
        "outcome": outcome,
        "clocks": asked.clocks,
        **{side: {"commit": build.commit, "dirty": build.dirty, "subject": build.subject}
           for side, build in (("head", head), ("base", base))},
        "floors": floors,
        "new": [place.cell for place in new],
        "findings": [one.as_json() for one in findings],
    }  # fmt: skip
    for fault in faults("gate", document):
        raise AssertionError(describe(fault))
    write_json(folder / "gate.json", document)
    write_text(folder / "gate.md", text)


if __name__ == "__main__":
    sys.exit(main())
