"""How runs, subjects and values are called on the page."""

import re
from collections.abc import Iterable

from ci.changes.report import Change, Subject
from ci.history.machine import describe
from ci.history.reading import FactChange, Interval, Machine, Run
from plots import units
from plots.frame import cores_label, row_labels, row_of
from plots.style import look

COMMIT, SHORT = 10, 7  # characters of a commit in a sentence, and at an axis
SIGNS = {"missing": "✖", "regressed": "▼", "cannot_tell": "?", "improved": "▲", "unchanged": "="}
WORSE, BETTER, SETTLED, SEAM = "▼", "▲", "▽", "◆"


def labels_of(subjects: Iterable[Subject]) -> dict[Subject, str]:
    """As short as can be: what never varies is left out."""
    rows = {
        subject: row_of({"workload": subject.key.workload, "params": subject.key.parameters,
                         "metric": subject.key.metric, "unit": subject.key.unit})
        for subject in subjects
    }  # fmt: skip
    short = row_labels(list(dict.fromkeys(rows.values())))
    models = {subject.key.model for subject in rows}
    return {
        subject: ", ".join([
            short[row],
            *([cores_label(subject.key.parameters["cores"])] if "cores" in subject.key.parameters else []),
            *([look(subject.key.model).label] if len(models) > 1 else []),
        ])
        for subject, row in rows.items()
    }  # fmt: skip


def slug(*texts: str) -> str:
    """An id, and a file's name."""
    return re.sub(r"[^a-z0-9_]+", "-", " ".join(texts).lower()).strip("-")


def commit(run: Run, characters: int = COMMIT) -> str:
    return (run.commit or "no commit")[:characters] + ("+" if run.dirty else "")


def bare(run: Run) -> str:
    """A commit as git takes it."""
    return (run.commit or "")[:COMMIT]


def day(run: Run) -> str:
    return run.started[:10]


def moment(run: Run) -> str:
    return f"{run.started[:16].replace('T', ' ')} UTC"


def at_axis(run: Run) -> str:
    """Two words, which stand in two lines."""
    return f"{commit(run, SHORT).replace(' ', '-')} {day(run)}"


def value(subject: Subject, found: float | None) -> str:
    return units.factor(found) if subject.yardstick else units.quantity(found, subject.key.unit)


def interval(subject: Subject, found: Interval | None) -> str:
    bounds = None if found is None else list(found)
    return units.factors(bounds) if subject.yardstick else units.interval(bounds, subject.key.unit)


def measured(subject: Subject) -> str:
    """What the values are, for a chart's axis: with the direction."""
    if subject.yardstick:
        return f"times better than {look(subject.yardstick).label}: higher is better"
    return f"{subject.key.metric.replace('_', ' ')}: {subject.key.better} is better"


def size(change: Change) -> str:
    return units.factor(change.factor)


def within(change: Change) -> str:
    return units.factors(None if change.ci95 is None else list(change.ci95))


def effect(change: Change) -> str:
    return size(change) if change.ci95 is None else f"{size(change)} ({within(change)})"


def chance(change: Change) -> str:
    """Of a count that repeats to the digit the step itself is the evidence."""
    return "exact" if change.exact else f"{change.p:.2g}"


def fact(change: FactChange) -> str:
    return f"{change.fact} {change.before or 'none'} → {change.after or 'none'}"


def counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def histories(count: int) -> str:
    return counted(count, "history", "histories")


def machine(found: Machine) -> str:
    return f"{found.name}: {describe(dict(found.facts))}"
