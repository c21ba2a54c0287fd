"""summary.md: a run for a pull request or a chat, in GitHub-flavoured Markdown of fewer than 60 lines."""

import shlex
from typing import Any

from plots import units
from plots.frame import Summary, cores_label, metric_label, params_label
from plots.style import look
from reports import trust
from reports.claims import show
from reports.headline import Line, glance, models_in, origin

SIGNS = {"better": "▲", "worse": "▼", "same": "=", "cannot_tell": "?"}
PROGRAM = "build/release/bin/threadmark"


def render(summary: Summary, claims: dict[str, Any]) -> str:
    seen = glance(summary, claims)
    environment = summary["environment"]
    lines = [
        f"## {plain(seen.title)}", "",
        f"{plain(' · '.join(origin(environment)))} · run `{summary['run']}`, profile `{environment['profile']}`", "",
        *(f"- {plain(line)}" for line in show.in_short(claims["claims"])), "",
    ]  # fmt: skip
    if seen.baseline:
        against, same = look(seen.baseline).label, summary["method"]["effect_of_interest"] - 1
        lines += [
            *table(seen.lines), "",
            f"How many times better than {against}, with its 95 % interval, whatever the metric: ▲ better, ▼ worse, = "
            f"the same within {same:.0%}, ? cannot be told. Each workload by its first metric, at the largest "
            "parameters that the most models were run at; the page has all of them.", "",
        ]  # fmt: skip
    lines += [f"**How far to trust it.** {plain(trust.in_short(summary))}", "", *repeat(environment)]
    return "\n".join(lines) + "\n"


def table(lines: list[Line]) -> list[str]:
    models = models_in(lines)
    rows = [[where(line), *(ratio(line, model) for model in models)] for line in lines]
    head = ["workload", *(look(model).label for model in models)]
    return [line_of(head), line_of(["---", *(["---:"] * len(models))]), *map(line_of, rows)]


def where(line: Line) -> str:
    row = line.row
    return f"`{row.workload}` {metric_label(row.metric)}, {params_label(row.params)}, {cores_label(line.cores)}"


def line_of(cells: list[str]) -> str:
    return f"| {' | '.join(plain(cell) for cell in cells)} |"


def ratio(line: Line, model: str) -> str:
    entry = line.ratios.get(model)
    if entry is None:
        return line.failed.get(model, "–").replace("_", " ")
    return f"{SIGNS[entry['verdict']]} {units.factor(entry['ratio'])} ({units.factors(entry['ci95'])})"


def plain(text: str) -> str:
    """As text in Markdown, also within a table: one line, no markup of its own."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|").replace("*", "\\*")


def repeat(environment: dict[str, Any]) -> list[str]:
    commit = environment["commit"]
    checkout = [f"git checkout {commit}"] if commit else []
    changes = " The code had changes that are in no commit." if environment["dirty"] else ""
    return [f"**How to repeat it.**{changes}", "", "```sh", *checkout, "make build",
            shlex.join([PROGRAM, *environment["command"][1:]]), "make report", "```"]  # fmt: skip
