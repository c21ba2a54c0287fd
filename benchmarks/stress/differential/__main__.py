"""The same random programs in Go and in every model: see README.md. Exits with 1 where a difference is found."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from pathlib import Path

from analysis.command_line import Parser
from benchmarks.stress.again import command
from benchmarks.stress.differential.interpreters import Interpreter
from benchmarks.stress.differential.search import Finding, Search, difference

MODELS = ("go", "mn", "os_threads", "boost_fiber", "tbb")
FAULTS = ("drop", "twice", "wrong_sum", "hang")
IN_ONE_GO = 100  # so many programs from one seed; a longer run takes further seeds


def arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m benchmarks.stress.differential", description=__doc__)
    parser.add_argument("--programs", type=int, metavar="N", help="how many programs (100 unless --seconds is given)")
    parser.add_argument("--seconds", type=float, metavar="S", help="how long, instead")
    parser.add_argument("--seed", type=int, help="where to begin; a random one unless given, and always printed")
    parser.add_argument("--models", default=",".join(MODELS), help="which models, comma-separated (%(default)s)")
    parser.add_argument("--cores", default="1,2", help="on how many cores, comma-separated (%(default)s)")
    parser.add_argument("--bin", type=Path, default=Path("build/release/bin"), help="where differential_MODEL lies")
    parser.add_argument("--out", type=Path, default=Path("out/differential"), help="where a finding is written")
    parser.add_argument("--program", type=Path, help="a finding: runs this program --times instead of random ones")
    parser.add_argument("--times", type=int, default=1000, metavar="N", help="how often (%(default)s)")
    parser.add_argument(
        "--plant",
        default="",
        metavar="FAULT",
        help=f"a fault in the C++ models, to see that it is found: {', '.join(FAULTS)}",
    )
    asked = parser.parse_args()
    if asked.programs is not None and asked.seconds is not None:
        parser.error("--programs and --seconds: one of them")
    if asked.plant and asked.plant not in FAULTS:
        parser.error(f"unknown fault '{asked.plant}'; known: {', '.join(FAULTS)}")
    for model in asked.models.split(","):
        if model not in MODELS:
            parser.error(f"unknown model '{model}'; known: {', '.join(MODELS)}")
        if not (asked.bin / f"differential_{model}").is_file():
            parser.error(f"no {asked.bin / f'differential_{model}'}: `make build` makes it")
    if not all(part.isdigit() and int(part) > 0 for part in asked.cores.split(",")):
        parser.error(f"--cores={asked.cores}: whole numbers from 1, comma-separated")
    try:
        asked.program = json.loads(asked.program.read_text()) if asked.program else None
    except (OSError, ValueError) as error:
        parser.error(f"cannot read {asked.program}: {error}")
    return asked


def interpreters(asked: argparse.Namespace) -> list[Interpreter]:
    return [
        Interpreter(model, asked.bin / f"differential_{model}", int(cores),
                    plant="" if model == "go" else asked.plant)
        for model in asked.models.split(",")
        for cores in asked.cores.split(",")
    ]  # fmt: skip


def report(finding: Finding, seed: int | None, asked: argparse.Namespace) -> None:
    asked.out.mkdir(parents=True, exist_ok=True)
    kept = asked.out / (f"seed_{seed}.json" if seed is not None else "again.json")
    kept.write_text(json.dumps(finding.program) + "\n")
    print(f"\ndifferential: {finding.model}: {finding.what}")
    print("the smallest program found that shows it:")
    for part in ("channels", "stages"):
        for i, entry in enumerate(finding.program[part]):
            print(f"  {part[:-1]} {i}: {json.dumps(entry)}")
    print(f"  {json.dumps({k: v for k, v in finding.program.items() if k not in ('channels', 'stages')})}")
    again = command("benchmarks.stress.differential", f"--models={asked.models}", f"--cores={asked.cores}",
                    f"--bin={asked.bin}")  # fmt: skip
    if asked.plant:
        again += f" --plant={asked.plant}"
    if seed is not None:
        print(f"seed {seed}; again: {again} --seed={seed} --programs={IN_ONE_GO}")
    print(f"this program again and again: {again} --program={kept}")


def run_one(asked: argparse.Namespace) -> int:
    running = interpreters(asked)
    for i in range(asked.times):
        if finding := difference(asked.program, running):
            print(f"differential: time {i + 1} of {asked.times}")
            report(finding, None, asked)
            return 1
    print(f"differential: {asked.times} times, no difference")
    return 0


def run_random(asked: argparse.Namespace) -> int:
    first_seed = asked.seed if asked.seed is not None else secrets.randbelow(10**9)
    wanted = asked.programs if asked.programs is not None else (100 if asked.seconds is None else 1 << 60)
    end = time.monotonic() + (asked.seconds if asked.seconds is not None else float("inf"))
    print(f"differential: seed {first_seed}; {asked.models} on {asked.cores} cores", flush=True)
    running = interpreters(asked)
    ran, seed = 0, first_seed

    def progress(n: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{ran + n} programs", end="", file=sys.stderr, flush=True)

    while ran < wanted and time.monotonic() < end:
        search = Search(running)
        finding = search.run(seed, min(IN_ONE_GO, wanted - ran), progress)
        ran += search.ran
        if finding:
            report(finding, seed, asked)
            return 1
        seed += 1
    for interpreter in running:
        interpreter.close()
    print(f"differential: {ran} programs, {len(running)} configurations, no difference")
    return 0


if __name__ == "__main__":
    options = arguments()
    raise SystemExit(run_one(options) if options.program else run_random(options))
