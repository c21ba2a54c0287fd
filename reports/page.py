"""Puts the page together. All numbers are worked out and worded here or below; the template only sets them."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from plots import Drawing
from plots.files import svg_text
from plots.frame import Table
from plots.style import in_order, look
from reports import bars, tables, tested, trust
from reports.claims import show
from reports.svg import inline

TEMPLATES = Path(__file__).with_name("templates")
NUMERIC = {
    "median", "95 % interval", "MAD", "n", "times better", "adjusted p", "could have seen", "all in", "resident",
    "reserved", "reserved / resident", "page tables", "kernel stack", "kernel slab", "stack, touched", "control block",
    "heap and the rest", "stack and heap, not told apart", "not accounted",
    "measured", "count", "comparisons", "worse", "better", "same", "cannot tell", "interval holds it",
}  # fmt: skip


@cache
def template() -> Template:
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")


def render(summary: dict[str, Any], claims: dict[str, Any], drawings: list[Drawing]) -> str:
    env, machine = summary["environment"], summary["environment"]["machine"]
    models = in_order({cell["model"] for cell in summary["cells"]} | env["models"].keys())
    by_label = {look(model).label: look(model) for model in models}
    lines = bars.judge_all(summary)
    return template().render(
        run=summary["run"],
        started=env["started"],
        machine=f"{machine['cpu']}, {machine['allowed_cpus']} of {machine['cores']} cores, {env['kernel']}",
        commit=(env["commit"] or "unknown") + (", with changes" if env["dirty"] else ""),
        trust_short=trust.in_short(summary),
        trust=trust.sentences(summary),
        tested_short=tested.in_short(summary),
        tested_measured=laid_out(tested.measured(summary), by_label),
        tested_simulated=laid_out(tested.simulated(summary), by_label),
        tested_coverages=laid_out(tested.coverages(summary), by_label),
        answers=answers(claims, drawings),
        models=[look(model) for model in models],
        claims=[
            {**claim, "rests_on": show.rests_on(claim), "evidence": laid_out(show.evidence(claim), by_label)}
            for claim in claims["claims"]
        ],
        bars_short=bars.in_short(lines),
        bars=laid_out(bars.table(bars.measured(lines)), by_label),
        figures=[figure(drawing, by_label) for drawing in drawings],
        workloads=summary["workloads"],
        survival=laid_out(tables.survival(summary), by_label),
        failures=laid_out(tables.failures(summary), by_label),
        capabilities=laid_out(tables.capabilities(summary), by_label),
        conformance=laid_out(tables.conformance(summary), by_label),
        broken_rules=tables.broken_rules(summary),
        skipped_rules=laid_out(tables.skipped_rules(summary), by_label),
        stress_short=tables.stress_in_short(summary),
        stress=laid_out(tables.stress(summary), by_label),
        environment=laid_out(tables.environment(summary), by_label),
        cells=laid_out(tables.cells(summary), by_label),
        rejected=summary["input"]["rejected"],
        warnings=env["warnings"],
    )


def answers(claims: dict[str, Any], drawings: list[Drawing]) -> list[str]:
    """Are the claims true: a line a verdict. Which model: what each figure shows."""
    return show.in_short(claims["claims"]) + [f"{drawing.title}." for drawing in drawings]


def figure(drawing: Drawing, by_label: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": drawing.name,
        "title": drawing.title,
        "notes": drawing.notes,
        "svg": inline(svg_text(drawing.figure, drawing.name), drawing.name, drawing.title),
        "table": laid_out(drawing.table, by_label),
    }


def laid_out(table: Table, by_label: dict[str, Any]) -> dict[str, Any]:
    """The table with what the template needs to know of each cell: whether it is a number, and a model's look."""
    columns = [{"text": name, "numeric": name in NUMERIC, "look": by_label.get(name)} for name in table.columns]
    rows = [
        [
            {"text": text, "numeric": name in NUMERIC, "look": by_label.get(text) if name == "model" else None}
            for name, text in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]
    return {"columns": columns, "rows": rows}
