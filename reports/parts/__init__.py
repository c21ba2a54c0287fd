"""The parts of the page, in the order in which a reader asks: reports/DESIGN.md.

A part names the figures that it shows. One that is not among the drawings is left out, and a drawing that no part names
stands with the evidence, so that none is lost.
"""

from typing import Any

from plots import Drawing
from reports.parts import broke, choose, counted, evidence, losses, servers
from reports.parts.blocks import Block, Judged, Part, Picture, Text

# What is first on the page, the answers, is no part of this list: the page's header is made of it.
TITLES = {
    "claims": "The claims",
    "choose": "Which model should I use?",
    "speed": "Speed at a glance",
    "growth": "How cost grows",
    "memory": "Memory, taken apart",
    "latency": "Latency",
    "servers": "Servers",
    "cost": "What it costs the machine",
    "broke": "What broke",
    "trade": "Speed against memory",
    "losses": "Where mn loses",
    "evidence": "The evidence",
}
FIGURES = {
    "speed": ("ratio_os_threads", "ratio_go", "time_per_workload"),
    "growth": ("scaling", "cores"),
    "memory": ("parked_memory", "spawned_memory", "reserved_resident", "memory_over_time"),
    "latency": ("latency",),
    "servers": ("servers", "server_routes", "server_latency", "server_memory"),
    "cost": ("machine_cost",),
    "broke": ("survival",),
    "trade": ("pareto",),
    "evidence": ("samples", "aa", "noise"),
}
QUOTIENTS = (
    "How many times one thing is another is the median of what the blocks say, which is not the quotient of the two "
    "medians beside it: within a block the two ran seconds apart."
)
NO_FIGURE = "This run has no figure of it."


def parts_of(
    summary: dict[str, Any], claims: list[dict[str, Any]], drawings: list[Drawing], answers: list[choose.Answer]
) -> list[Part]:
    words: dict[str, list[Block]] = {
        "claims": [Text(QUOTIENTS), Judged(claims)],
        "choose": choose.blocks(answers),
        "cost": counted.blocks(summary),
        "broke": broke.blocks(summary),
        "losses": losses.blocks(summary),
        "evidence": evidence.blocks(summary),
    }
    before: dict[str, list[Block]] = {"servers": servers.opening(summary)}
    pictures = {name: pictures_of(name, drawings) for name in TITLES}
    if not servers.was_run(summary):
        pictures["servers"] = []  # each would say the same that stands there anyway
    return [
        Part(name, title, [*before.get(name, []), *pictures[name], *words.get(name, [])] or [Text(NO_FIGURE)])
        for name, title in TITLES.items()
    ]


def pictures_of(part: str, drawings: list[Drawing]) -> list[Block]:
    """In the part's order; with the evidence, those that no part has named."""
    by_name = {drawing.name: drawing for drawing in drawings}
    shown = [by_name[name] for name in FIGURES.get(part, ()) if name in by_name]
    if part == "evidence":
        named = {name for names in FIGURES.values() for name in names}
        shown += [drawing for drawing in drawings if drawing.name not in named]
    return [Picture(drawing) for drawing in shown]
