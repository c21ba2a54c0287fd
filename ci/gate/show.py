"""The gate's result as Markdown, for a pull request, and its headline for a terminal."""

from collections.abc import Iterator, Sequence
from typing import get_args

from ci.gate.builds import Build
from ci.gate.decide import Decision
from ci.gate.finding import Finding, Verdict

WORDS = {"passed": "passed", "failed": "failed", "cannot_judge": "cannot judge"}
KINDS = {"time": "times", "memory": "memory", "count": "counts"}


def headline(decision: Decision, findings: Sequence[Finding]) -> str:
    said = [f"{len(group)} {what}" for group, what in parts(decision) if group]
    looked = f"{len(findings)} compared"
    return f"Gate {WORDS[decision.outcome]}: {', '.join([*said, looked]) if said else f'nothing is worse of {looked}'}"


def parts(decision: Decision) -> Iterator[tuple[Sequence[Finding], str]]:
    yield [one for one in decision.failures if one.verdict == "worse"], "worse"
    yield [one for one in decision.failures if one.verdict == "missing"], "missing"
    yield decision.informs, "worse for information"
    yield decision.better, "better"


def markdown(
    decision: Decision, findings: Sequence[Finding], head: Build, base: Build, new: Sequence[str], floor: float | None,
    repeat: str,
) -> str:  # fmt: skip
    lines = [
        f"### {headline(decision, findings)}",
        "",
        f"`{head.name}` ({head.subject}) against `{base.name}` ({base.subject}), both run here, side by side.",
    ]
    for title, rows in (
        ("Why", decision.failures),
        ("Worse, for information", decision.informs),
        ("Better", decision.better),
    ):
        if rows:
            lines += ["", f"**{title}**", "", *table(rows)]
    if new:
        lines += ["", f"New here, and so compared with nothing: {', '.join(f'`{name}`' for name in new)}."]
    lines += ["", *how_far_to_trust(findings, floor), "", f"Again: `{repeat}`"]
    return "\n".join(lines) + "\n"


def table(rows: Sequence[Finding]) -> Iterator[str]:
    yield "| cell | metric | base | head | change | 95 % | seen again | why |"
    yield "|---|---|--:|--:|--:|---|---|---|"
    for one in sorted(rows, key=lambda one: one.factor if one.factor is not None else 0.0):
        again = {True: "yes", False: "no", None: "–"}[one.confirmed]
        columns = [f"`{one.cell}`", f"`{one.metric}`", number(one.base), number(one.head), percent(one.change),
                   interval(one), again, one.reason.replace("|", "\\|")]  # fmt: skip
        yield "| " + " | ".join(columns) + " |"


def how_far_to_trust(findings: Sequence[Finding], floor: float | None) -> Iterator[str]:
    for kind, words in KINDS.items():
        its = [one for one in findings if one.kind == kind]
        if its:
            verdicts = [(name, sum(one.verdict == name for one in its)) for name in get_args(Verdict)]
            told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in verdicts if count)
            yield f"- {len(its)} {words}: {told}"
    if floor is not None:
        yield f"- Two equal builds differ by up to {floor - 1:.1%} in their times here (A/A)."


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def percent(change: float | None) -> str:
    return "–" if change is None else f"{change:+.1%}"


def interval(one: Finding) -> str:
    """Of the change, as the ratio's interval has it: head over base is its reciprocal where less is better."""
    if one.ci95 is None:
        return "–"
    low, high = sorted(1 / bound - 1 for bound in one.ci95)
    return f"{low:+.1%} to {high:+.1%}"
