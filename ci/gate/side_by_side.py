"""Times and memory: both builds in one run of the conductor, in ABBA blocks, judged as the analysis judges models.

What is compared and how often is the profile `gate`. A time counts as changed beyond the larger of 5 % and the noise
that the A/A pairs of this very run show; memory beyond the larger of 1 % and its own noise. Times of what runs once,
cold, have a floor of their own: they are many times noisier, and would hide what the others show.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.cells import Cell, cells_of
from analysis.contracts import ROOT, cells_of_choice, cores_of, profiles, write_json
from analysis.costs import operation_of
from analysis.names import BASE, TWIN, cell_name
from analysis.ratios import (
    ASSUMED_FLOOR,
    SUBJECT,
    Comparison,
    conclude_each,
    factors_of,
    noise_floors,
    noise_group,
    paired,
)
from analysis.run import read_run
from ci.gate.builds import Build, CannotJudge
from ci.gate.finding import Finding, Kind, cell_on

PROFILE = "gate"
ONCE = "ns, once"
PRACTICAL = {"time": 1.05, "memory": 1.01}


@dataclass(frozen=True)
class Place:
    """A cell of the plan."""

    workload: str
    params: Mapping[str, int]  # with cores

    @property
    def cell(self) -> str:
        return cell_on(self.workload, self.params)


def planned(workloads: Sequence[str] = ()) -> list[Place]:
    """Every cell of the profile, or of these workloads, that this machine has the cores for."""
    profile, found = profiles()[PROFILE], []
    allowed = len(os.sched_getaffinity(0))
    cores = cores_of(profile, allowed)
    for workload, grids in profile["cells"].items():
        if workloads and workload not in workloads:
            continue
        for grid in grids:
            found += [Place(workload, cell) for cell in cells_of_choice(workload, grid, cores, allowed)]
    return list({place.cell: place for place in found}.values())


def known_to(build: Build, places: Iterable[Place]) -> tuple[list[Place], list[Place]]:
    """(known, unknown): a cell that another commit has not is new, and can be compared with nothing."""
    known, unknown = [], []
    for place in places:
        command = [build.program, "--benchmark_list_tests", f"--cell={cell_name(place.workload, place.params)}"]
        ended = subprocess.run(command, capture_output=True, check=False)
        (known if ended.returncode == 0 else unknown).append(place)
    return known, unknown


def run(head: Build, base: Build, places: Iterable[Place], out: Path, blocks: int | None) -> Path:
    """The folder of a run of just these cells."""
    data = out / "data"
    write_profile(places, data)
    command = [
        str(ROOT / "build/release/bin/threadmark"), "run", f"--profile={PROFILE}", f"--data={data}", f"--out={out}",
        f"--bin={head.bin}", f"--base-bin={base.bin}", *([f"--blocks={blocks}"] if blocks else []),
    ]  # fmt: skip
    try:
        code = subprocess.run(command, check=False, stdout=sys.stderr).returncode
    except OSError as error:
        raise CannotJudge(f"{command[0]}: {error.strerror}; make build makes it") from error
    if code != 0:
        raise CannotJudge(f"threadmark run ended with {code}")
    return (out / "latest").resolve()


def write_profile(places: Iterable[Place], data: Path) -> None:
    cells: dict[str, list[dict[str, list[int]]]] = {}
    for place in places:
        cells.setdefault(place.workload, []).append({name: [value] for name, value in place.params.items()})
    profile = {**profiles()[PROFILE], "cells": cells}
    (data / "workloads").mkdir(parents=True, exist_ok=True)
    write_json(data / "profiles.json", {"schema": 1, "profiles": {PROFILE: profile}})
    shutil.copy(ROOT / "benchmarks/workloads/catalog.json", data / "workloads/catalog.json")


def judge(
    folder: Path, floors: Mapping[str, float] | None = None, wanted: Collection[tuple[Any, ...]] | None = None
) -> tuple[list[Finding], dict[str, float]]:
    """(findings, floors). A second run is of few cells and has too few A/A pairs, so it is held to the floors of the
    first, and judges what is `wanted` (by its place) alone: its p values are adjusted over those."""
    found = read_run(folder)
    cells = cells_of(found.trials)
    blocks = {trial["order"]: trial["block"] for trial in found.trials}
    comparisons = paired(cells, blocks, [(SUBJECT, SUBJECT + BASE)])
    if wanted is not None:
        comparisons = [c for c in comparisons if place_of(c) in wanted]
    if floors is None:
        floors = floors_of(paired(cells, blocks, [(SUBJECT + TWIN, SUBJECT)]))
    limits = [max(PRACTICAL[kind_of(c)], floors.get(group_of(c), ASSUMED_FLOOR)) for c in comparisons]
    conclude_each(comparisons, limits)
    index = {(c["model"], c["workload"], tuple(c["params"].items()), c["metric"]): c for c in cells}
    findings = (finding(comparison, *sides(comparison, index)) for comparison in comparisons)
    return [one for one in findings if one is not None], dict(floors)


def floors_of(twins: Sequence[Comparison]) -> dict[str, float]:
    once = [pair for pair in twins if group_of(pair) == ONCE]
    others = factors_of(noise_floors([pair for pair in twins if group_of(pair) != ONCE]))
    return others | ({ONCE: factors_of(noise_floors(once))["ns"]} if once else {})


def group_of(comparison: Comparison) -> str:
    group = noise_group(comparison)
    return ONCE if group == "ns" and operation_of(comparison["workload"]) is None else group


def sides(comparison: Comparison, index: Mapping[tuple[Any, ...], Cell]) -> tuple[Cell, Cell]:
    place = (comparison["workload"], tuple(comparison["params"].items()), comparison["metric"])
    return index[(SUBJECT, *place)], index[(SUBJECT + BASE, *place)]


def finding(comparison: Comparison, head: Cell, base: Cell) -> Finding | None:
    """None for a part of the memory that this machine shows of neither build."""
    kind = kind_of(comparison)
    verdict, reason = comparison["verdict"], comparison["reason"]
    lacking = [side for side, cell in (("head", head), ("base", base)) if cell["outcome"] != "ok" or cell["n"] == 0]
    if lacking:
        if len(lacking) == 2 and "." in comparison["metric"] and head["outcome"] == base["outcome"] == "ok":
            return None
        cell = head if "head" in lacking else base
        verdict, reason = "missing", f"{' and '.join(lacking)}: {cell['reason']}"
    interval = comparison["ci95"]
    return Finding(
        kind=kind, workload=comparison["workload"], params=comparison["params"], metric=comparison["metric"],
        unit=comparison["unit"], verdict=verdict, reason=reason, base=base["median"], head=head["median"],
        factor=comparison["ratio"], limit=comparison["noise_floor"],
        ci95=(interval[0], interval[1]) if interval else None,
    )  # fmt: skip


def place_of(comparison: Comparison) -> tuple[Any, ...]:
    """As a finding has it."""
    return kind_of(comparison), cell_on(comparison["workload"], comparison["params"]), comparison["metric"]


def kind_of(comparison: Comparison) -> Kind:
    return "time" if comparison["unit"] == "ns" else "memory"
