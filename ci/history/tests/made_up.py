"""Made-up runs for the tests of the store, and stores of them. Measured nowhere."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from analysis.contracts import ROOT
from analysis.tests.synthetic import write_run
from ci.history import importing, rows
from ci.history.database import Store
from ci.history.reading import all_runs
from ci.history.schema import canonical

MODELS = ("mn", "os_threads", "go")
WORKLOADS = ("ping_pong", "skynet")


def make_run(folder: Path, name: str = "synthetic", seed: int = 1, blocks: int = 3, **environment: Any) -> Path:
    """A small run with costs, an A/A twin and failures; the keywords change its environment.json."""

    def change(trial: dict[str, Any]) -> None:
        trial["run"] = name
        trial["noise"]["steal_ticks"] = trial["order"] % 3
        if trial["workload"] == "skynet" and trial["model"] == "os_threads" and trial["block"] == 2:
            trial |= {"outcome": "crash", "reason": 'it fell over — "hard"\n', "metrics": {}}

    write_run(folder, blocks=blocks, seed=seed, models=MODELS, workloads=WORKLOADS, raw=True, change=change)
    path = folder / "environment.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | {"run": name} | environment), encoding="utf-8")
    return folder


def contents(store: Store) -> dict[str, str]:
    """All that a store holds, but for its own numbers: two stores are equal exactly if these are."""
    found = {}
    for run in all_runs(store):
        with store.reading() as connection:
            record = rows.read(connection, run.name)
            known = rows.digests_of(connection, run.name)
        lines = [*record.aggregates(), *record.raw(), dict(known or {})]
        found[run.name] = "\n".join(map(canonical, lines))
    return found


def take_all(store: Store, *sources: Path) -> None:
    for source in sources:
        importing.take(store, source)


def start(*arguments: str | Path, before: str = "") -> subprocess.Popen[str]:
    """The program in a process of its own, after the Python text `before`."""
    code = f"import sys\n{before}\nfrom ci.history.__main__ import main\nsys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
