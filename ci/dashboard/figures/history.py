"""One history, or several that follow each other on one hardware: the value of every run with its interval, a cross
where one is missing, and what happened in between."""

from dataclasses import replace

from ci.changes.report import Change, History
from ci.dashboard import names
from ci.dashboard.board import Board, figure_id
from ci.dashboard.chains import Chain, Placed
from ci.dashboard.figures import sparkline, still
from plots import units
from plots.chart import Axis, Chart, Event, Mark
from plots.drawing import Drawing
from plots.files import svg_text
from plots.frame import Table
from plots.style import look
from reports.page import alternative_of
from reports.svg import inline

ZOOMS_FROM = 8  # runs
ALONG = "run: the oldest first"


def draw(board: Board, chain: Chain) -> Drawing:
    """Large where a reader should look, else a small one."""
    chart = chart_of(board, chain)
    drawing = Drawing(
        figure_id(chain), title_of(board, chain), notes_of(board, chain), "", table_of(board, chain), chart
    )
    alternative = alternative_of(drawing)
    if not chain.changed:
        return replace(drawing, figure=sparkline.svg(chart, alternative))
    text = svg_text(still.draw(chart), drawing.name)
    return replace(drawing, figure=inline(text, drawing.name, alternative))


def chart_of(board: Board, chain: Chain) -> Chart:
    runs = tuple(names.at_axis(one.point.run) for one in chain.points)
    marks = tuple(mark_of(chain, one) for one in chain.points)
    unit = "×" if chain.subject.yardstick else chain.subject.key.unit or None
    x = Axis(ALONG, scale="linear", names=runs)
    y = Axis(names.measured(chain.subject), unit, scale="linear")
    return Chart("line", x, y, marks, events=events_of(board, chain), zooms=len(runs) >= ZOOMS_FROM)


def mark_of(chain: Chain, one: Placed) -> Mark:
    low, high = one.point.ci95 or (None, None)
    note = one.point.run.name if one.point.value is not None else f"missing: {one.point.reason or 'no reason is known'}"
    return Mark(one.place, one.point.value, chain.subject.key.model, low, high, note=note,
                stretch=one.history.machine.name)  # fmt: skip


def events_of(board: Board, chain: Chain) -> tuple[Event, ...]:
    changed = [
        Event(place, board.sign(history, change), units.factor(change.factor), said_of(board, history, change))
        for place, history, change in chain.changes()
    ]
    seams = [
        Event(seam.place, names.SEAM, seam.facts[0].fact if seam.facts else "machine", "; ".join(facts))
        for seam in chain.seams
        if (facts := [names.fact(fact) for fact in seam.facts])
    ]
    return tuple(sorted((*changed, *seams), key=lambda event: event.place))


def said_of(board: Board, history: History, change: Change) -> str:
    acknowledged = board.acknowledgement(history, change)
    settled = f"; acknowledged: {acknowledged.why}" if change.worse and acknowledged else ""
    between = f"{names.commit(change.before)} and {names.commit(change.after)}"
    gradual = ", little by little" if change.gradual else ""
    return f"{names.effect(change)}{gradual} between {between}{settled}"


def title_of(board: Board, chain: Chain) -> str:
    return f"{board.title(chain)}: {standing(board, chain)}"


def standing(board: Board, chain: Chain) -> str:
    """What its status is, and the number behind that."""
    history, subject = chain.newest, chain.subject
    if history.ended:
        return f"ended, last run {names.commit(history.latest)}"
    if chain.status == "missing":
        return f"missing, last run {names.commit(history.latest)}"
    value = names.value(subject, history.points[-1].value)
    worded = f"{value} as good as {look(subject.yardstick).label}" if subject.yardstick else value
    if chain.status in ("regressed", "improved") and history.changes:
        change = history.changes[-1]
        settled = ", acknowledged" if board.is_settled(chain) else ""
        since = f"{names.effect(change)} since {names.commit(change.after)}"
        return f"{chain.status}{settled}, {since}, now {worded}"
    return f"{chain.status.replace('_', ' ')}, now {worded}"


def notes_of(board: Board, chain: Chain) -> tuple[str, ...]:
    """Why its status is what it is, unless that is one of the events, all of which follow."""
    missing = [one for one in chain.points if one.point.value is None]
    reasons = list(dict.fromkeys(one.point.reason or "no reason is known" for one in missing))
    count = names.counted(len(missing), "run has", "runs have")
    lost = [f"✕ {count} no value: {'; '.join(reasons)}."] if missing else []
    happened = [f"{event.sign} {event.text}." for event in events_of(board, chain)]
    why = [chain.newest.reason] if chain.status in ("cannot_tell", "unchanged") else []
    return (*why, *happened, *lost)


def table_of(board: Board, chain: Chain) -> Table:
    happened = {event.place + 0.5: f"{event.sign} {event.label}" for event in events_of(board, chain)}
    columns = ("commit", "day", "value", "95 % interval", "note")
    return Table(columns, tuple(
        (
            names.commit(one.point.run), names.day(one.point.run), names.value(chain.subject, one.point.value),
            names.interval(chain.subject, one.point.ci95),
            "; ".join(filter(None, (happened.get(one.place, ""), one.point.reason or ""))),
        )
        for one in chain.points
    ))  # fmt: skip
