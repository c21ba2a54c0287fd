"""Puts the page together. All numbers are worked out and worded here or below; the template only sets them."""

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from plots import Drawing
from plots.files import svg_text
from plots.frame import Table
from plots.style import LOOKS, Look, in_order, look
from reports import csv_link, themes, trust
from reports.charts import hatches
from reports.claims import show
from reports.explore import CONFIG, can_be_explored, explore
from reports.parts import choose, missing, parts_of
from reports.parts.blocks import Block, Fold, Grid, Judged, Part, Picture
from reports.sorting import is_numeric, value_of
from reports.svg import inline

COMMIT = 12  # characters that name a commit where there is little room; the environment has all of them
LONG = 40  # characters from which on a cell is broken into lines, and wants to be wide
TEMPLATES = Path(__file__).with_name("templates")
Looks = dict[str, Look]  # by label; its colour is the page's variable, which is fit to be read as text
Links = Mapping[str, str]  # where a cell's text leads
NO_LINKS: Links = {}


@cache
def template(name: str = "page.html.j2", beside: Path = TEMPLATES) -> Template:
    """`beside`: the folder of a page that is not a run's, whose templates build on those here."""
    loader = FileSystemLoader([beside, TEMPLATES])
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(themes.both(list(LOOKS)), patterns=hatches.patterns(), config=Markup(json.dumps(CONFIG)))
    return environment.get_template(name)


@cache
def chart_library() -> Markup:
    """vega, vega-lite and vega-embed in one script. It takes seconds to bundle, and is the same for every page."""
    return Markup(vl_convert.javascript_bundle().replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def render(summary: dict[str, Any], claims: dict[str, Any], drawings: list[Drawing]) -> str:
    env, machine = summary["environment"], summary["environment"]["machine"]
    models = in_order({cell["model"] for cell in summary["cells"]} | env["models"].keys())
    looks, answers = looks_of(models), choose.answers_of(summary)
    parts = parts_of(summary, claims["claims"], drawings, answers)
    return template().render(
        run=summary["run"],
        started=env["started"],
        machine=f"{machine['cpu']}, {machine['allowed_cpus']} of {machine['cores']} cores, {env['kernel']}",
        commit=(env["commit"] or "unknown")[:COMMIT] + (", with changes" if env["dirty"] else ""),
        trust_short=trust.in_short(summary),
        missing=missing.sentences(summary),
        models=list(looks.values()),
        choose_short=[{**line, "winner": looks.get(line["winner"])} for line in choose.in_short(answers)],
        choose_cores=choose.on_how_many(answers),
        chips=show.chips(claims["claims"]),
        counts=show.counts(claims["claims"]),
        parts=[set_part(part, looks=looks, run=summary["run"]) for part in parts],
        library=chart_library() if any(map(explorable, drawings)) else "",
        **themes.both(models),
    )


def looks_of(models: list[str]) -> Looks:
    return {look(model).label: look(model)._replace(colour=f"var(--{themes.variable(model)})") for model in models}


def set_part(part: Part, *, looks: Looks, run: str = "", links: Links = NO_LINKS) -> dict[str, Any]:
    blocks = [set_block(block, looks=looks, run=run, links=links) for block in part.blocks]
    return {"id": part.id, "title": part.title, "blocks": blocks}


def set_block(block: Block, *, looks: Looks, run: str, links: Links = NO_LINKS) -> dict[str, Any]:
    """A block as the template sets it. A table's cell whose text is among the links is one."""
    match block:
        case Fold():
            inner = [set_block(one, looks=looks, run=run, links=links) for one in block.blocks]
            return {"kind": block.kind, "summary": block.summary, "blocks": inner}
        case Grid():
            return {"kind": block.kind, "table": laid_out(block.table, looks, links), "caption": block.caption}
        case Picture():
            return {"kind": block.kind, "figure": figure(block.drawing, looks, run, block.with_csv)}
        case Judged():
            return {"kind": block.kind, "claims": [claim(one, looks) for one in block.claims]}
        case _:
            return {"kind": block.kind, **vars(block)}


def claim(one: dict[str, Any], looks: Looks) -> dict[str, Any]:
    return {
        **one,
        "sign": show.SIGNS[one["verdict"]],
        "words": show.VERDICTS[one["verdict"]],
        "rests_on": show.rests_on(one),
        "evidence": laid_out(show.evidence(one), looks),
    }


def figure(drawing: Drawing, looks: Looks, run: str = "", with_csv: bool = True) -> dict[str, Any]:
    alternative = alternative_of(drawing)
    return {
        "id": drawing.name,
        "title": drawing.title,
        "alternative": alternative,
        "notes": drawing.notes,
        "svg": still(drawing, alternative),
        "chart": packed(explore(drawing.chart)) if explorable(drawing) else "",
        "both": drawing.chart is not None and not drawing.chart.stands_alone,
        "table": laid_out(drawing.table, looks),
        "csv": csv_link.data_uri(drawing) if with_csv and (drawing.table.rows or drawing.chart) else "",
        "file": "-".join(text for text in ("threadmark", run, drawing.name) if text) + ".csv",
    }


def still(drawing: Drawing, alternative: str) -> Markup:
    if isinstance(drawing.figure, str):
        return Markup(drawing.figure)
    return Markup(inline(svg_text(drawing.figure, drawing.name), drawing.name, alternative))


def explorable(drawing: Drawing) -> bool:
    return drawing.chart is not None and can_be_explored(drawing.chart)


def alternative_of(drawing: Drawing) -> str:
    """The finding, and what the axis says of direction."""
    if drawing.chart is None:
        return drawing.title
    measured = drawing.chart.x if drawing.chart.value == "x" else drawing.chart.y
    return f"{drawing.title}. {measured.title[0].upper()}{measured.title[1:]}."


def packed(data: Any) -> str:
    """JSON as zlib and base64: a run of many blocks has ten thousand samples, and says much the same of each."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def laid_out(table: Table, looks: Looks, links: Links = NO_LINKS) -> dict[str, Any]:
    """The table with what the template needs to know of each cell: what it sorts by, and a model's look."""
    numeric = [is_numeric([row[place] for row in table.rows]) for place in range(len(table.columns))]
    columns = [
        {"text": name, "numeric": number, "look": looks.get(name)}
        for name, number in zip(table.columns, numeric, strict=True)
    ]
    rows = [
        [
            {"text": text, "numeric": number, "value": sorted_by(text) if number else "", "look": looks.get(text),
             "long": len(text) > LONG, "link": links.get(text)}
            for text, number in zip(row, numeric, strict=True)
        ]
        for row in table.rows
    ]  # fmt: skip
    return {"columns": columns, "rows": rows}


def sorted_by(text: str) -> str:
    """Empty where a number is not there."""
    value = value_of(text)
    return "" if value is None else f"{value:g}"
