"""What `python -m ci.changes` shows: what is missing and what has changed, as a table and as JSON."""

from collections.abc import Iterator
from typing import Any

from ci.changes.report import Change, History, Watched
from ci.changes.judge import commit, shown, size

HEADER = ("status", "subject", "profile", "machine", "change", "95 % interval", "commits")


def lines(watched: Watched) -> Iterator[str]:
    rows = [row for history in watched.histories for row in rows_of(history)]
    if rows:
        yield from table([HEADER, *rows])
        yield ""
    for change in watched.machine_changes:
        facts = ", ".join(f"{one.fact}: {one.before or 'none'} → {one.after or 'none'}" for one in change.facts)
        yield f"new machine from {commit(change.after)} on: {facts}"
    yield ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in watched.counts.items())


def rows_of(history: History) -> Iterator[tuple[str, ...]]:
    """One for each change, the latest first; one for what is missing."""
    ended = " (ended)" if history.ended else ""
    its = (history.subject.name, history.latest.profile, history.machine.name)
    if history.status == "missing":
        yield "missing" + ended, *its, "", "", history.reason
    for change in reversed(history.changes):
        worse = "regressed" if change.worse else "improved"
        gradual = ", gradual" if change.gradual else ""
        commits = f"{commit(change.before)}..{commit(change.after)}"
        yield worse + ended, *its, size(change) + gradual, interval(change), commits


def interval(change: Change) -> str:
    """On the same side as the factor."""
    if change.ci95 is None:
        return "exact"
    low, high = change.ci95
    return f"{shown(1 / high)} to {shown(1 / low)}" if change.worse else f"{shown(low)} to {shown(high)}"


def table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for *columns, last in rows:
        yield "  ".join([*(text.ljust(width) for text, width in zip(columns, widths, strict=True)), last]).rstrip()


def as_json(watched: Watched) -> dict[str, Any]:
    return {
        "schema": 1,
        "counts": dict(watched.counts),
        "histories": [history_json(history) for history in watched.histories],
        "machine_changes": [
            {"before": change.before.name, "after": change.after.name, "facts": [vars(fact) for fact in change.facts]}
            for change in watched.machine_changes
        ],
        "false_alarms": [
            {"run": one.run.name, "pairs": one.pairs, "alarms": one.alarms} for one in watched.false_alarms
        ],
    }


def history_json(history: History) -> dict[str, Any]:
    key = history.subject.key
    return {
        "subject": history.subject.name, "workload": key.workload, "params": key.parameters, "metric": key.metric,
        "yardstick": history.subject.yardstick, "machine": history.machine.name, "profile": history.latest.profile,
        "status": history.status, "reason": history.reason, "ended": history.ended, "visible": history.visible,
        "points": len(history.points), "changes": [change_json(change) for change in history.changes],
    }  # fmt: skip


def change_json(change: Change) -> dict[str, Any]:
    runs = {"before": change.before, "after": change.after}
    sides = {side: {"run": run.name, "commit": run.commit} for side, run in runs.items()}
    names = ("factor", "ci95", "p", "exact", "gradual")
    return {**sides, **{name: getattr(change, name) for name in names}}
