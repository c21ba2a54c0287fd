"""The page's tables that belong to no figure: what broke, who can do what, the environment, every cell."""

from typing import Any

from plots import units
from plots.frame import Table, cores_label, metric_label, models_of, params_label
from plots.style import in_order, look

Summary = dict[str, Any]
MOST_TRIALS = 40  # numbers in a row of the table; more would be a wall


def survival(summary: Summary) -> Table:
    """Workload × model: how many cells ended ok, and how the others ended."""
    models = models_of(summary["cells"])
    rows = [
        (entry["name"], *(fate(runs_of(summary, model, entry["name"])) for model in models))
        for entry in summary["workloads"]
    ]
    return Table(("workload", *(look(model).label for model in models)), tuple(rows))


def runs_of(summary: Summary, model: str, workload: str) -> list[dict[str, Any]]:
    """One cell for each set of parameters: the outcome is that of the trials, so any metric will do."""
    cells = [cell for cell in summary["cells"] if cell["model"] == model and cell["workload"] == workload]
    return list({tuple(cell["params"].items()): cell for cell in reversed(cells)}.values())[::-1]


def fate(runs: list[dict[str, Any]]) -> str:
    if not runs:
        return "not run"
    failed = [run["outcome"] for run in runs if run["outcome"] != "ok"]
    if not failed:
        return f"all {len(runs)} ok"
    kinds = ", ".join(f"{failed.count(kind)} {kind.replace('_', ' ')}" for kind in dict.fromkeys(failed))
    return f"{len(runs) - len(failed)} of {len(runs)} ok, {kinds}"


def failures(summary: Summary) -> Table:
    columns = ("model", "workload", "parameters", "cores", "outcome", "reason", "trials")
    rows = []
    for model in models_of(summary["cells"]):
        for workload in summary["workloads"]:
            for run in runs_of(summary, model, workload["name"]):
                if run["outcome"] != "ok":
                    counts = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in run["outcomes"].items())
                    rows.append((
                        look(model).label, run["workload"], params_label(run["params"]),
                        cores_label(run["params"]["cores"]), counts, run["reason"] or "–", orders(run["trials"]),
                    ))  # fmt: skip
    return Table(columns, tuple(rows))


def capabilities(summary: Summary) -> Table:
    """Each capability's label by model, with what stands behind it."""
    models = summary["environment"]["models"]
    names = list(dict.fromkeys(name for model in models.values() for name in model["capabilities"]))
    ordered = in_order(models)
    rows = []
    for name in names:
        found = [models[model]["capabilities"].get(name) for model in ordered]
        rows.append((name, *("–" if entry is None else f"{entry['label']}: {entry['by']}" for entry in found)))
    return Table(("capability", *(look(model).label for model in ordered)), tuple(rows))


def conformance(summary: Summary) -> Table:
    """Suite × model: how many of its rules the model keeps."""
    rules = (summary["conformance"] or {"rules": []})["rules"]
    models = in_order({model for rule in rules for model in rule["models"]})
    suites = [s for s in dict.fromkeys(rule["suite"] for rule in rules) if s not in models]
    rows = []
    for suite in suites:
        of_suite = [rule["models"] for rule in rules if rule["suite"] == suite]
        rows.append((suite.removesuffix("_rules"), *(kept([r[m] for r in of_suite if m in r]) for m in models)))
    return Table(("rules on", *(look(model).label for model in models)), tuple(rows))


def kept(entries: list[dict[str, Any]]) -> str:
    """One entry a rule. A rule that was skipped in some configurations only is kept."""
    broken = sum(1 for e in entries if e["failed"])
    skipped = sum(1 for e in entries if not e["failed"] and not e["passed"])
    text = f"{len(entries) - broken - skipped} kept"
    if skipped:
        text += f", {skipped} skipped"
    return f"{text}, {broken} broken" if broken else text


def broken_rules(summary: Summary) -> list[str]:
    found = summary["conformance"] or {"rules": [], "missing": []}
    return [
        f"{look(model).label} breaks {rule['suite']}.{rule['rule']}"
        for rule in found["rules"]
        for model, entry in rule["models"].items()
        if entry["failed"]
    ] + found["missing"]


def skipped_rules(summary: Summary) -> Table:
    rows = []
    for rule in (summary["conformance"] or {"rules": []})["rules"]:
        for model, entry in rule["models"].items():
            if entry["skipped"]:
                tried = entry["passed"] + entry["failed"] + entry["skipped"]
                rows.append((
                    look(model).label, rule["suite"].removesuffix("_rules"), rule["rule"].replace("_", " "),
                    f"{entry['skipped']} of {tried}", "; ".join(entry["reasons"]),
                ))  # fmt: skip
    return Table(("model", "rules on", "rule", "configurations", "reason"), tuple(sorted(rows)))


def stress(summary: Summary) -> Table:
    """Scenario × outcome, those that did not happen included."""
    rows = []
    for result in (summary["stress"] or {"results": []})["results"]:
        name = f"{result['scenario']}, {result['rounds']:,} rounds in {units.quantity(result['seconds'], 's')}"
        if result["end"] != "ok":
            rows.append((name, f"{result['end']}: {result['detail']}", "forbidden", "1"))
        rows += [(name, o["what"], o["grade"], f"{o['count']:,}") for o in result["outcomes"]]
    return Table(("scenario", "outcome", "grade", "count"), tuple(rows))


def stress_in_short(summary: Summary) -> str:
    found = summary["stress"]
    if found is None:
        return "There is no stress test beside this run; make stress makes one."
    bad = [r["scenario"] for r in found["results"]
           if r["end"] != "ok" or any(o["count"] for o in r["outcomes"] if o["grade"] == "forbidden")]  # fmt: skip
    what = f"forbidden things happened in {', '.join(bad)}" if bad else "nothing forbidden happened"
    count = len(found["results"])
    scenarios = f"{count} scenario{'s' if count > 1 else ''}"
    return f"In {scenarios} at {found['started']}, commit {found['commit'] or 'unknown'}: {what}."


def environment(summary: Summary) -> Table:
    env = summary["environment"]
    machine = env["machine"]
    commit = env["commit"] or "unknown"
    facts = {
        "run": env["run"],
        "started": env["started"],
        "profile": f"{env['profile']}, {units.counted(env['blocks'], 'blocks')}, seed {env['seed']}",
        "command": " ".join(env["command"]),
        "commit": f"{commit}, with changes that are not in it" if env["dirty"] else commit,
        "processor": f"{machine['cpu']}; {machine['cores']} cores, {machine['allowed_cpus']} of them allowed",
        "architecture": machine["arch"],
        "virtualization": machine["virtualization"] or "none seen",
        "memory": units.quantity(machine["memory_bytes"] / 2**30, "GiB"),
        "kernel": env["kernel"],
        "C library": env["libc"],
        "compiler": f"{env['compiler']} {env['flags']}".strip(),
        "work loop": f"{env['spin_steps_per_us']:,} steps a microsecond",
        "versions": "; ".join(
            f"{look(name).label} {env['models'][name]['version']}" for name in in_order(env["models"])
        ),
    }
    limits = {
        f"limit {name}": f"{value:,}" if isinstance(value, int) else "none, or not visible" if value is None else value
        for name, value in env["limits"].items()
    }
    return Table(("fact", "value"), tuple({**facts, **limits}.items()))


def cells(summary: Summary) -> Table:
    columns = ("workload", "parameters", "cores", "metric", "model", "expressed", "median", "95 % interval", "MAD", "n",
               "outcome", "trials")  # fmt: skip
    rows = tuple(
        (
            cell["workload"], params_label(cell["params"]), cores_label(cell["params"]["cores"]),
            metric_label(cell["metric"]), look(cell["model"]).label, cell["expressed"] or "–",
            units.quantity(cell["median"], cell["unit"]), units.interval(cell["ci95"], cell["unit"]),
            units.quantity(cell["mad"], cell["unit"]), str(cell["n"]), cell["outcome"].replace("_", " "),
            orders(cell["trials"]),
        )
        for cell in summary["cells"]
    )  # fmt: skip
    return Table(columns, rows)


def orders(trials: list[int]) -> str:
    shown = ", ".join(map(str, trials[:MOST_TRIALS]))
    return shown if len(trials) <= MOST_TRIALS else f"{shown} and {len(trials) - MOST_TRIALS} more in summary.json"
