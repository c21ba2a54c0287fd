"""Puts the page of two runs together, of the pieces of a run's page. The template only sets."""

from functools import partial
from typing import Any

from plots.figures import shift
from plots.style import in_order
from reports import page, themes
from reports.compare import sentences, tables


def render(compared: dict[str, Any]) -> str:
    models = in_order(entry["model"] for key in ("comparisons", "yardsticks", "only") for entry in compared[key])
    looks, everything, drawing = page.looks_of(models), compared["comparisons"], shift.draw(compared)
    set_out = partial(page.laid_out, looks=looks)
    return page.template("compare.html.j2").render(
        runs=[(name, compared[key], commit_of(compared[key])) for name, key in (("A", "a"), ("B", "b"))],
        models=list(looks.values()),
        warnings=compared["warnings"],
        differing=set_out(tables.environment(compared, differs=True)),
        agreeing=set_out(tables.environment(compared, differs=False)),
        answer=sentences.answer(compared),
        by_model=sentences.by_model(compared),
        trust=sentences.trust(compared),
        changed=set_out(tables.changed(sentences.changed(everything))),
        outcomes=set_out(tables.outcomes(compared)),
        figure=page.figure(drawing, looks),
        comparisons=set_out(tables.comparisons(everything)),
        yardsticks=set_out(tables.yardsticks(compared)),
        only=set_out(tables.only(compared)),
        library=page.chart_library() if page.explorable(drawing) else "",
        **themes.both(models),
    )


def commit_of(side: dict[str, Any]) -> str:
    return (side["commit"] or "unknown") + (", with changes" if side["dirty"] else "")
