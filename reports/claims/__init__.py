"""Judges the claims of claims.toml by a summary. The rules are data; here is only how they are read.

    load.py        claims.toml, and what is refused in it
    needs.py       what a claim needs to have run
    evidence.py    what can stand behind a verdict: numbers, outcomes, rules of conformance, counted programs
    measure.py     finds it in a summary
    judge.py       applies the rules, and settles one verdict from those on each number of cores
    say.py         the sentences
    show.py        what the page shows of them

Invariants: a verdict rests on whole intervals, never on a median alone; what was not measured decides nothing; every
measured value names the trials behind it, and every rule of conformance its tests.
"""

from reports.claims.judge import judge, judge_all
from reports.claims.load import BrokenClaims, load_claims

__all__ = ["BrokenClaims", "judge", "judge_all", "load_claims"]
