"""python -m ci.gate.selftest: tries the gate on commits whose truth is known, for real.

One makes mn's channel slower, by work that is done in every send; ten change nothing: five a comment, five where
functions lie in the program, which is what false alarms are often made of. Each is judged as `make gate CLOCKS=gate`
would, which fails on more than the default does. The commits are made of BASE without touching a branch or the working
tree.

Writes gate_selftest.json, after every commit, so what was stopped goes on where it was. Takes some five minutes a
commit. Exit code 1 where the slow commit passes, or an idle one does not; 2 where there is no verdict on one.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.command_line import Parser
from analysis.contracts import ROOT, write_json
from ci.gate.builds import CannotJudge, commit_named, git
from ci.gate.decide import EXIT

CHANNEL = "runtimes/mn/include/mn/detail/channel_core.hpp"
SEND = "  void send(T& value) {\n    lock.lock();\n"
# What a step takes is three cycles; the steps are dependent, and the compiler cannot leave them out.
SLOW = """  void send(T& value) {{
    unsigned long made_slow = sizeof(T);
    for (int step = 0; step < {steps}; ++step) {{
      made_slow *= 6364136223846793005UL;
      asm volatile("" : "+r"(made_slow));
    }}
    lock.lock();
"""
COMMENTED = ("select.cpp", "mutex.cpp", "search.cpp", "worker.cpp", "timers.cpp")
MOVED = ("park.cpp", "runtime.cpp", "scheduler.cpp", "task_pool.cpp", "stack_pool.cpp")


@dataclass(frozen=True)
class Change:
    name: str
    slow: bool
    path: str
    edit: Callable[[str], str]


def changes(steps: int) -> Iterator[Change]:
    def slower(text: str) -> str:
        if text.count(SEND) != 1:
            raise CannotJudge(f"{CHANNEL}: not the send that the self-test knows how to slow")
        return text.replace(SEND, SLOW.format(steps=steps))

    yield Change(f"a send that takes {steps} steps more", True, CHANNEL, slower)
    for file in COMMENTED:
        yield Change(
            f"a comment in {file}", False, f"runtimes/mn/src/{file}", lambda text: text + "// Nothing changed.\n"
        )
    for place, file in enumerate(MOVED, start=1):
        body = "  x = x * 7 + 1;\n" * 5 * place
        unused = f"namespace {{\n[[gnu::used]] unsigned unused_{place}(unsigned x) {{\n{body}  return x;\n}}\n}}\n"
        yield Change(f"an unused function before {file}", False, f"runtimes/mn/src/{file}", unused.__add__)


def commit_of(base: str, change: Change) -> str:
    """The same base and change give the same commit."""
    text = change.edit(git("show", f"{base}:{change.path}") + "\n")
    date = git("log", "-1", "--format=%cI", base)
    identity = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                for what, value in (("NAME", "self-test"), ("EMAIL", "self-test"), ("DATE", date))}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **identity, "GIT_INDEX_FILE": str(Path(folder) / "index")}

        def run(*words: str, given: str | None = None) -> str:
            ended = subprocess.run(["git", *words], cwd=ROOT, env=environment, input=given, check=True,
                                   capture_output=True, text=True)  # fmt: skip
            return ended.stdout.strip()

        run("read-tree", base)
        blob = run("hash-object", "-w", "--stdin", given=text)
        run("update-index", "--cacheinfo", f"100644,{blob},{change.path}")
        return run("commit-tree", run("write-tree"), "-p", base, "-m", f"Self-test: {change.name}")


def judged(base: str, commit: str, out: Path) -> dict[str, Any]:
    """What the gate says of the commit."""
    command = [sys.executable, "-m", "ci.gate", base, f"--head={commit}", "--clocks=gate", f"--out={out}"]
    code = subprocess.run(command, cwd=ROOT, check=False, stdout=sys.stderr).returncode
    if code not in EXIT.values():
        raise CannotJudge(f"the gate ended with {code}")
    document = json.loads((out / "latest/gate.json").read_text(encoding="utf-8"))
    if document["head"]["commit"] != commit:
        raise CannotJudge(f"the gate said nothing of {commit}")
    failing = [one for one in document["findings"] if one["verdict"] == "worse" and one["confirmed"]]
    once = [one for one in document["findings"] if one["verdict"] == "worse" and not one["confirmed"]]
    return {
        "outcome": document["outcome"],
        "run": document["run"],
        "compared": len(document["findings"]),
        "worse": [
            f"{one['cell']} {one['metric']} {one['head'] / one['base'] - 1:+.1%}" for one in failing if one["base"]
        ],
        "by_counts": any(one["kind"] == "count" for one in failing),
        "by_times": any(one["kind"] == "time" for one in failing),
        "seen_once": len(once),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m ci.gate.selftest", description="Tries the gate on commits whose truth is known.")
    parser.add_argument("--base", default="HEAD", metavar="COMMIT", help="what the commits are made of (%(default)s)")
    parser.add_argument("--steps", type=int, default=8, help="of work in a slowed send (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("out/gate_selftest"), help="for runs and result (%(default)s)")
    asked = parser.parse_args(arguments)
    path = asked.out / "gate_selftest.json"
    try:
        base = commit_named(asked.base)
        results = earlier(path, base)
        for change in changes(asked.steps):
            commit = commit_of(base, change)
            if commit not in results:
                print(f"self-test: {change.name}", file=sys.stderr, flush=True)
                results[commit] = {"name": change.name, "slow": change.slow, **judged(base, commit, asked.out)}
                asked.out.mkdir(parents=True, exist_ok=True)
                write_json(path, {"schema": 1, "base": base, "judge": judge(), "commits": results})
    except CannotJudge as error:
        print(f"self-test: {error}", file=sys.stderr)
        return 2
    print("\n".join(lines(list(results.values()))))
    return verdict(list(results.values()))


def judge() -> list[str]:
    """What the verdicts rest on: with another one, earlier results are of another gate."""
    return [git("rev-parse", f"HEAD:{path}") for path in ("ci/gate", "ci/counts", "analysis", "benchmarks")]


def earlier(path: Path, base: str) -> dict[str, Any]:
    """What was judged of the same base, by the same gate, before."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return found["commits"] if (found["base"], found.get("judge")) == (base, judge()) else {}


def lines(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    for one in results:
        yield f"{one['outcome']:14} {one['name']:45} {'; '.join(one['worse'])}"
    slow = [one for one in results if one["slow"]]
    idle = [one for one in results if not one["slow"]]
    caught = sum(one["outcome"] == "failed" for one in slow)
    passed = sum(one["outcome"] == "passed" for one in idle)
    compared = sum(one["compared"] for one in idle)
    once = sum(one["seen_once"] for one in idle)
    yield f"caught {caught} of {len(slow)} slow commits; passed {passed} of {len(idle)} idle ones"
    yield f"of the {compared} comparisons of idle commits {once} seemed worse once"


def verdict(results: Sequence[dict[str, Any]]) -> int:
    if any(one["outcome"] == "cannot_judge" for one in results):
        return 2
    return int(any((one["outcome"] == "failed") != one["slow"] for one in results))


if __name__ == "__main__":
    sys.exit(main())
