"""Every history, those that a reader should look at first and by themselves, the others by workload; and where a page
would be too large, the way to the page that has them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from ci.dashboard.board import Board, figure_id
from ci.dashboard.chains import Chain
from plots import Drawing
from reports.parts.blocks import Block, Fold, Heading, Picture, Points

Drawings = Mapping[str, Drawing]


def blocks(board: Board, drawings: Drawings, chains: Sequence[Chain], id_: str) -> list[Block]:
    first = [chain for chain in chains if chain.changed and is_here(board, chain)]
    rest = [chain for chain in chains if chain not in first]
    folds: list[Block] = []
    elsewhere: list[Markup] = []
    for workload, its in by_workload(rest).items():
        if is_here(board, its[0]):
            folds.append(Fold(summary(workload, its), pictures(drawings, its)))
        else:
            page = board.places[figure_id(its[0])]
            elsewhere.append(Markup('<a href="{}">{}</a>').format(page, summary(workload, its)))
    return [
        *pictures(drawings, first),
        *([Heading(id_, "By workload")] if first and rest else []),
        *folds,
        *([Points(elsewhere)] if elsewhere else []),
    ]


def is_here(board: Board, chain: Chain) -> bool:
    return not board.places.get(figure_id(chain))


def pictures(drawings: Drawings, chains: Sequence[Chain]) -> list[Block]:
    return [Picture(drawings[figure_id(chain)], with_csv=False) for chain in chains]


def summary(workload: str, chains: Sequence[Chain]) -> str:
    counts = Counter("ended" if chain.newest.ended else chain.status.replace("_", " ") for chain in chains)
    return f"{workload}: {', '.join(f'{count} {word}' for word, count in counts.items())}"


def by_workload(chains: Sequence[Chain]) -> dict[str, list[Chain]]:
    found: dict[str, list[Chain]] = {}
    for chain in chains:
        found.setdefault(chain.subject.key.workload, []).append(chain)
    return found
