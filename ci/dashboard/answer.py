"""The first screen: how things stand, what is to be done, and how far to trust it, in sentences made of the data."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from ci.changes.report import STATUSES, Change, Status
from ci.dashboard import names
from ci.dashboard.board import Board, link_to
from ci.dashboard.chains import Chain
from ci.dashboard.figures import false_alarms
from ci.dashboard.given import selftest
from ci.dashboard.parts.changes import commands
from plots import units

BAD: Sequence[Status] = ("missing", "regressed")
MEANINGS = {
    "missing": "no value where the newest run should have one",
    "regressed": "the latest change was for the worse",
    "cannot_tell": "a change that matters would not have been seen",
    "improved": "the latest change was for the better",
    "unchanged": "a change that matters would have been seen",
}


class Standing(NamedTuple):
    """One of the five statuses."""

    name: str
    sign: str
    count: int
    words: str
    meaning: str
    link: str  # to the first figure of such a history; "" where there is none


def standings(board: Board) -> list[Standing]:
    return [
        Standing(status, names.SIGNS[status], board.counts[status], status.replace("_", " "), MEANINGS[status],
                 first_link(board, board.with_status(status)))
        for status in STATUSES
    ]  # fmt: skip


def first_link(board: Board, chains: Sequence[Chain]) -> str:
    return link_to(board, chains[0]) if chains else ""


def settled(board: Board) -> str:
    if not board.settled:
        return ""
    return f"{names.histories(len(board.settled))} besides became worse by a change that is acknowledged."


def to_do(board: Board) -> list[str]:
    """What somebody who has a minute should do, the most pressing first."""
    if not board.runs:
        return [Markup(
            "The store {} has no run of the profile {}. <code>make bench</code> makes one, and "
            "<code>python -m ci.history import out/</code> takes in what is there."
        ).format(board.store, board.profile)]  # fmt: skip
    if not board.current:
        return ["The runs of the store have nothing to watch: no value of mn that another model could be held against."]
    said = [*about_missing(board), *about_regressed(board), *about_few_runs(board)]
    if not said:
        said.append("Nothing: no value is missing, and none has become worse that nobody has acknowledged.")
    return said


def about_missing(board: Board) -> Iterator[str]:
    missing = board.with_status("missing")
    if missing:
        first = missing[0]
        yield (
            f"Find out why {names.counted(len(missing), 'value is', 'values are')} missing; the first is "
            f"{board.title(first)}. {first.newest.reason}"
        )


def about_regressed(board: Board) -> Iterator[str]:
    regressed = board.with_status("regressed")
    if regressed:
        change, chain = worst(board, regressed)
        count = names.counted(len(regressed), "history that has", "histories that have")
        yield Markup(
            "Look at the {} become worse, the most {}: {} since {}. <code>{}</code> repeats it. Then mend it, or "
            "acknowledge it in ci/notes.toml."
        ).format(count, board.title(chain), names.effect(change), names.commit(change.after),
                 commands(change.before, change.after, chain.subject.yardstick is not None)[0])  # fmt: skip


def worst(board: Board, regressed: Sequence[Chain]) -> tuple[Change, Chain]:
    """The open change that made the most worse."""
    return min(
        ((change, chain) for chain in regressed for change in board.open_changes(chain)),
        key=lambda found: found[0].factor,
    )


def about_few_runs(board: Board) -> Iterator[str]:
    """Where nothing can be known yet, that is what is to be said."""
    if board.counts["cannot_tell"] == len(board.current):
        reasons = list(dict.fromkeys(chain.newest.reason for chain in board.current))
        yield f"Measure more runs: of nothing it can be told yet whether it has changed. The first: {reasons[0]}"


def trust(board: Board) -> list[str]:
    return [noise(board), blind(board), *selftest.sentences(board.selftest)]


def noise(board: Board) -> str:
    counted = [one for one in board.watched.false_alarms if one.pairs]
    if not counted:
        return "No run compares a model with itself, so the rate of false alarms is not known."
    latest = counted[-1]
    return f"{false_alarms.title_of(counted)}. In the newest it was {latest.alarms} of {latest.pairs}."


def blind(board: Board) -> str:
    """What would have been seen, by half of the histories."""
    seen = sorted(chain.newest.visible for chain in board.current if chain.newest.visible is not None)
    if not seen:
        return "Of no history it is known how small a change would be found."
    return (
        f"In half of the {names.histories(len(seen))} a change by {units.factor(seen[len(seen) // 2])} would be found, "
        f"in the quietest tenth one by {units.factor(seen[len(seen) // 10])}."
    )


def facts(board: Board) -> list[tuple[str, str]]:
    newest = board.newest
    if newest is None:
        return [("Store", board.store), ("Profile", board.profile)]
    machines = names.counted(len({run.machine.fingerprint for run in board.runs}), "machine", "machines")
    commits = names.counted(len({run.commit for run in board.runs}), "commit", "commits")
    runs = names.counted(len(board.runs), "run", "runs")
    return [
        ("Newest run", f"{newest.name}, {names.moment(newest)}"),
        ("Commit", names.commit(newest)),
        ("Machine", names.machine(newest.machine)),
        ("Profile", newest.profile),
        ("Watched", f"{names.histories(len(board.current))} over {runs} of {commits} on {machines}"),
    ]


def title(board: Board) -> str:
    """For the browser's tab: what there is to know without looking."""
    said = [f"{board.counts[status]} {status}" for status in BAD if board.counts[status]]
    return f"Threadmark: {', '.join(said) or 'nothing missing or regressed'}"
