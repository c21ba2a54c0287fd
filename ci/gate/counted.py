"""Counts of both builds, compared: instructions, allocations and system calls of an operation.

Each count is made several times. It counts as changed where all values of one build lie beyond all of the other, by
more than 1 % and by more than the values of either spread; what is next to nothing may differ by a hundredth of one. So
no noise is assumed: what noise a count has, its repetitions show. Of counts that are nothing but noise, three values
against three come to that in one of 270 comparisons, and in far fewer twice.
"""

from collections.abc import Iterable, Sequence

from analysis import stats
from ci.counts.cells import CELLS, CORES, Counted
from ci.counts.counter import CannotCount
from ci.counts.measure import REPEATS, Count, measure
from ci.gate.builds import Build, CannotJudge
from ci.gate.finding import Finding

LIMIT = 1.01
NEXT_TO_NOTHING = 0.01  # of an operation's count


def compare(head: Build, base: Build, jobs: int, cells: Sequence[Counted] = CELLS) -> list[Finding]:
    of_head, of_base = (counts_of(build, jobs, cells) for build in (head, base))
    return list(judged(of_head, of_base))


def counts_of(build: Build, jobs: int, cells: Sequence[Counted]) -> list[Count]:
    try:
        return measure(build.program, jobs, cells)
    except CannotCount as error:
        raise CannotJudge(f"{build.name}: {error}") from error


def judged(head: Iterable[Count], base: Iterable[Count]) -> Iterable[Finding]:
    of_base = {count.key: count for count in base}
    return (judge(count, of_base[count.key]) for count in head)


def judge(head: Count, base: Count) -> Finding:
    mine, theirs = stats.median(head.values), stats.median(base.values)
    by = f"by more than {LIMIT - 1:.0%} and more than they spread"
    if beyond(head.values, base.values):
        verdict, reason = "worse", f"all {REPEATS} counts of the head are above all of the base, {by}"
    elif beyond(base.values, head.values):
        verdict, reason = "better", f"all {REPEATS} counts of the head are below all of the base, {by}"
    else:
        verdict, reason = "same", f"the counts are not apart {by}"
    return Finding(
        kind="count", workload=head.cell.workload, params={**head.cell.large.params, "cores": CORES},
        metric=head.metric, unit=head.name.replace("_", " "), verdict=verdict, reason=reason, base=theirs, head=mine,
        factor=theirs / mine if mine > 0 else None, limit=LIMIT,
    )  # fmt: skip


def beyond(more: Sequence[float], less: Sequence[float]) -> bool:
    gap = min(more) - max(less)
    return gap > max((LIMIT - 1) * max(less), NEXT_TO_NOTHING, max(more) - min(more), max(less) - min(less))
