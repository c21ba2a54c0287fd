"""Puts the pages together. One page, where that is not too large; else one with the answers and, beside it, a page for
each workload. The templates set, and compute nothing."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ci.dashboard import answer, names
from ci.dashboard.board import Board, figure_id, link_to
from ci.dashboard.chains import Chain
from ci.dashboard.figures import false_alarms, history
from ci.dashboard.given import selftest
from ci.dashboard.parts import changes, counts, download, histories, machines, notes
from plots.style import in_order
from reports import page as pages
from reports import themes
from reports.parts.blocks import Block, Part, Picture, Text

LIMIT_BYTES = 8_000_000  # of one page
FIRST = 12  # histories that stand on the first page in any case, where they are what a reader should look at
FOLDER = "histories"
TEMPLATES = Path(__file__).with_name("templates")
NO_HISTORIES = "There is no history yet."


def site(board: Board) -> dict[str, str]:
    """By file, the first page first."""
    drawings = {figure_id(chain): history.draw(board, chain) for chain in board.chains}
    data = {download.FILE: download.text_of(board)}
    whole = first_page(board, drawings)
    if len(whole.encode()) <= LIMIT_BYTES:
        return {"index.html": whole, **data}
    spread = replace(board, places=places_of(board))
    others = [chain for chain in board.chains if not histories.is_here(spread, chain)]
    return {
        "index.html": first_page(spread, drawings),
        **{
            page_of(workload): workload_page(board, drawings, workload, its)
            for workload, its in histories.by_workload(others).items()
        },
        **data,
    }


def places_of(board: Board) -> dict[str, str]:
    first = [chain for chain in board.chains if chain.changed][:FIRST]
    return {figure_id(chain): "" if chain in first else page_of(chain.subject.key.workload) for chain in board.chains}


def page_of(workload: str) -> str:
    return f"{FOLDER}/{names.slug(workload)}.html"


def first_page(board: Board, drawings: histories.Drawings) -> str:
    return render(
        "dashboard.html.j2", board, parts_of(board, drawings),
        title=answer.title(board), facts=answer.facts(board), warnings=list(board.warnings),
        standings=answer.standings(board), settled=answer.settled(board), to_do=answer.to_do(board),
        trust=answer.trust(board),
    )  # fmt: skip


def workload_page(board: Board, drawings: histories.Drawings, workload: str, chains: list[Chain]) -> str:
    shown = [Part("histories", f"Histories of {workload}", histories.pictures(drawings, chains))]
    return render("histories.html.j2", board, shown, title=f"Threadmark: histories of {workload}", workload=workload)


def parts_of(board: Board, drawings: histories.Drawings) -> list[Part]:
    times = [chain for chain in board.chains if chain.subject.yardstick is not None]
    shown: list[Block] = histories.blocks(board, drawings, times, "times_by_workload") or [Text(NO_HISTORIES)]
    return [
        Part("changes", "Changes", changes.blocks(board)),
        Part("histories", "Histories", [*shown, *download.offer(board)]),
        Part("counts", "Deterministic counts", counts.blocks(board, drawings)),
        Part("alarms", "False alarms", [Picture(false_alarms.draw(board)), *selftest.blocks(board.selftest)]),
        Part("machines", "Machines side by side", machines.blocks(board)),
        Part("notes", "Acknowledged and noted", notes.blocks(board)),
    ]


def render(template: str, board: Board, parts: list[Part], **words: object) -> str:
    subjects = [chain.subject for chain in board.chains]
    models = in_order({model for subject in subjects for model in (subject.key.model, subject.yardstick) if model})
    looks = pages.looks_of(models)
    set_out = [pages.set_part(part, looks=looks, links=links_of(board)) for part in parts]
    return pages.template(template, TEMPLATES).render(
        parts=set_out, library=pages.chart_library() if any(map(has_chart, set_out)) else "", **words,
        **themes.both(models),
    )  # fmt: skip


def links_of(board: Board) -> Mapping[str, str]:
    return {board.title(chain): link_to(board, chain) for chain in board.chains}


def has_chart(block: Mapping[str, object]) -> bool:
    """Whether there is one in it, however deep."""
    inner = block.get("blocks", [])
    return bool(block.get("figure", {}).get("chart")) or any(map(has_chart, inner))
