"""What is in ci/notes.toml, and what could be put there next."""

import json

from ci.dashboard import answer
from ci.dashboard.board import Board
from plots.frame import Table
from reports.parts.blocks import Block, Code, Text, grid

HOW = (
    "Changes are acknowledged, and commits annotated, in the file ci/notes.toml of the repository. A change that is "
    "acknowledged stays in the list, and the first screen does not count it as regressed."
)


def blocks(board: Board) -> list[Block]:
    return [
        Text(HOW),
        *grid(acknowledged(board), "What has been acknowledged"),
        *grid(noted(board), "Notes on commits"),
        *example(board),
    ]


def acknowledged(board: Board) -> Table:
    columns = ("subject", "machine", "commit", "why", "by", "until")
    return Table(columns, tuple(
        (entry.subject, entry.machine or "every", entry.commit, entry.why, entry.by or "–", entry.until or "–")
        for entry in board.notes.acknowledged
    ))  # fmt: skip


def noted(board: Board) -> Table:
    return Table(("commit", "note"), tuple((note.commit, note.text) for note in board.notes.notes))


def example(board: Board) -> list[Block]:
    """The entry that would acknowledge the worst of the open changes. A text of JSON is one of TOML, too."""
    regressed = board.with_status("regressed")
    if not regressed:
        return []
    change, chain = answer.worst(board, regressed)
    if not change.after.commit:
        return []
    lines = {
        "subject": chain.subject.name, "machine": chain.newest.machine.name, "commit": change.after.commit, "why": "…",
    }  # fmt: skip
    entry = "\n".join(f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in lines.items())
    return [Text("The worst of the open changes would be acknowledged by:"), Code(f"[[acknowledged]]\n{entry}")]
