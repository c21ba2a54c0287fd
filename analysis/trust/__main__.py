"""python -m analysis.trust RUN_DIR: counts what the analysis finds of known slowdowns, and tries it on simulated runs.

Writes out/trust.json (trust.schema.json) and prints it as a table. Exit code 1 where a bound is missed, 2 where there
is no run to read, or none with slowed models.
"""

import sys
from pathlib import Path
from typing import Any

from analysis.command_line import Parser
from analysis.contracts import write_json
from analysis.run import UnreadableRun, read_run
from analysis.trust.bounds import bounds, missed
from analysis.trust.findings import measured, simulation
from analysis.trust.table import lines


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(prog="python -m analysis.trust", description=__doc__)
    parser.add_argument("run_dir", type=Path, help="a run of the profile trust, such as out/trust/latest")
    parser.add_argument("--out", type=Path, default=Path("out/trust.json"), help="the file to write (%(default)s)")
    asked = parser.parse_args(arguments)
    try:
        run = read_run(asked.run_dir)
        found = measured(run.trials, asked.run_dir)
    except UnreadableRun as error:
        print(f"analysis.trust: {error}", file=sys.stderr)
        return 2
    print("analysis.trust: the run is counted; simulating takes a minute", flush=True)
    tried = simulation()
    environment = run.environment
    document = {
        "schema": 1,
        "run": environment["run"],
        "started": environment["started"],
        "commit": commit_of(environment),
        "blocks": len({trial["block"] for trial in run.trials}),
        "trials": len(run.trials),
        "bounds": bounds(),
        "measured": found,
        "simulated": tried,
        "missed": missed(run.trials, found, tried),
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    write_json(asked.out, document)
    print("\n".join(lines(document)))
    for sentence in document["missed"]:
        print(f"analysis.trust: {sentence}", file=sys.stderr)
    print(asked.out)
    return 1 if document["missed"] else 0


def commit_of(environment: dict[str, Any]) -> str | None:
    commit: str | None = environment["commit"]
    return f"{commit}-dirty" if commit and environment["dirty"] else commit


if __name__ == "__main__":
    sys.exit(main())
