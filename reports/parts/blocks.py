"""What a part of the page consists of. A part says what stands there and in what order; page.py lays it out and the
template sets it. Texts are plain, and the template escapes them, but for those that are Markup."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from plots import Drawing
from plots.frame import Table


@dataclass(frozen=True)
class Heading:
    """Of a section within a part, which can be linked to."""

    id: str
    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Text:
    text: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Points:
    texts: list[str]
    kind: ClassVar[str] = "points"


@dataclass(frozen=True)
class Terms:
    """Words, each with what it means."""

    pairs: list[tuple[str, str]]
    kind: ClassVar[str] = "terms"


@dataclass(frozen=True)
class Grid:
    table: Table
    caption: str
    kind: ClassVar[str] = "grid"


@dataclass(frozen=True)
class Picture:
    drawing: Drawing
    with_csv: bool = True  # whether its data is there to be taken away by itself
    kind: ClassVar[str] = "picture"


@dataclass(frozen=True)
class Code:
    """What a reader can copy."""

    text: str
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Judged:
    """The claims with their evidence."""

    claims: list[dict[str, Any]]
    kind: ClassVar[str] = "judged"


@dataclass(frozen=True)
class Fold:
    """Shut until it is asked for."""

    summary: str
    blocks: "list[Block]" = field(default_factory=list)
    kind: ClassVar[str] = "fold"


Block = Heading | Text | Points | Terms | Grid | Picture | Code | Judged | Fold


@dataclass(frozen=True)
class Part:
    id: str
    title: str
    blocks: list[Block]


def grid(table: Table, caption: str) -> list[Block]:
    """A table without rows is left out."""
    return [Grid(table, caption)] if table.rows else []


def folded(summary: str, blocks: list[Block]) -> list[Block]:
    return [Fold(summary, blocks)] if blocks else []
