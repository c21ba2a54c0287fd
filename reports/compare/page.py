"""Puts the page of two runs together, of the pieces of a run's page. The template only sets."""

from typing import Any

from plots.figures import shift
from plots.frame import Table
from plots.style import in_order, look
from reports import page
from reports.compare import sentences, tables

# Columns of numbers that a run's page does not have.
NUMERIC = {"in A", "in B", "interval in A", "interval in B"}
WIDE = {"because", "parameters", "metrics"}


def render(compared: dict[str, Any]) -> str:
    models = in_order(entry["model"] for key in ("comparisons", "yardsticks", "only") for entry in compared[key])
    by_label = {look(model).label: look(model) for model in models}

    def set_out(table: Table) -> dict[str, Any]:
        laid = page.laid_out(table, by_label)
        for place, name in enumerate(table.columns):
            for cell in (laid["columns"][place], *(row[place] for row in laid["rows"])):
                cell["numeric"] = cell["numeric"] or name in NUMERIC
                cell["wide"] = name in WIDE
        return laid

    everything = compared["comparisons"]
    return page.template().environment.get_template("compare.html.j2").render(
        runs=[(name, compared[key], commit_of(compared[key])) for name, key in (("A", "a"), ("B", "b"))],
        models=[look(model) for model in models],
        warnings=compared["warnings"],
        differing=set_out(tables.environment(compared, differs=True)),
        agreeing=set_out(tables.environment(compared, differs=False)),
        answer=sentences.answer(compared),
        by_model=sentences.by_model(compared),
        trust=sentences.trust(compared),
        changed=set_out(tables.changed(sentences.changed(everything))),
        outcomes=set_out(tables.outcomes(compared)),
        figure=page.figure(shift.draw(compared), by_label) | {"chart": ""},  # the page has no script to explore it with
        comparisons=set_out(tables.comparisons(everything)),
        yardsticks=set_out(tables.yardsticks(compared)),
        only=set_out(tables.only(compared)),
    )  # fmt: skip


def commit_of(side: dict[str, Any]) -> str:
    return (side["commit"] or "unknown") + (", with changes" if side["dirty"] else "")
