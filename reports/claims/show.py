"""Claims for the page: each in a few words, which have which verdict, and what each rests on, as a table. Reads
claims.json only."""

from typing import Any

from plots import units
from plots.frame import Table, cores_label
from plots.style import look
from reports.claims.evidence import Counted, Ended, Evidence, Measured, Tried
from reports.claims.say import interval, text
from reports.tables import orders

COLUMNS = ("what", "model", "cores", "found", "95 % interval", "behind it")
VERDICTS = {
    "supported": "Supported",
    "refuted": "Refuted",
    "depends": "It depends",
    "not_decidable": "Not decidable by this run",
}
# For where there is no room: the verdict in a word, with a sign, so that it is not told by colour alone.
IN_A_WORD = {"supported": "supported", "refuted": "refuted", "depends": "depends", "not_decidable": "open"}
COUNTED = {**IN_A_WORD, "depends": "that depend"}
SIGNS = {"supported": "✓", "refuted": "✗", "depends": "◐", "not_decidable": "?"}
SHORT = {
    "C01": "A thread takes 1 MB of stack",
    "C02": "10,000 threads: crawl or crash",
    "C03": "A goroutine starts with 2 KB",
    "C04": "Goroutine stacks grow and shrink",
    "C05": "100,000 goroutines fit 8 GB",
    "C06": "100,000 threads exhaust memory",
    "C07": "Thousands of requests, cheaply",
    "C08": "An unbuffered send waits",
    "C09": "Capacity 3: the 4th send waits",
    "C10": "select takes what is ready",
    "C11": "Pools bound concurrency",
    "C12": "A wait group waits for all",
    "C13": "Leaks eat memory",
    "C14": "Contexts carry cancellation",
    "C15": "The race detector finds races",
    "C16": "Sequential is often better",
    "C17": "Starting does not hold up",
    "C18": "Go: channels as fast as a mutex",
    "C19": "Threads 1:1, goroutines M:N",
    "C20": "Goroutines are easy to adopt",
}
Judged = dict[str, Any]  # an entry of claims.json


def in_short(claims: list[Judged]) -> list[str]:
    """A line a verdict, with its claims."""
    lines = []
    for verdict, words in VERDICTS.items():
        of_it = [claim for claim in claims if claim["verdict"] == verdict]
        # What was not decided needs no words here: the claims themselves follow.
        open_ = verdict == "not_decidable"
        names = [one["id"] if open_ else f"“{one['claim'].rstrip('.')}” ({one['id']})" for one in of_it]
        if of_it:
            lines.append(f"{words}, {len(of_it)} of {len(claims)} claims: {units.listing(names)}.")
    return lines


def chips(claims: list[Judged]) -> list[dict[str, str]]:
    """One for each claim, for the first screen."""
    return [
        {"id": claim["id"], "short": SHORT.get(claim["id"], claim["claim"].rstrip(".")), "verdict": claim["verdict"],
         "sign": SIGNS[claim["verdict"]], "words": IN_A_WORD[claim["verdict"]]}
        for claim in claims
    ]  # fmt: skip


def counts(claims: list[Judged]) -> str:
    """How many claims have which verdict; a verdict that none has is left out."""
    number = {verdict: sum(claim["verdict"] == verdict for claim in claims) for verdict in VERDICTS}
    found = [f"{count} {COUNTED[verdict]}" for verdict, count in number.items() if count]
    return f"{units.counted(len(claims), 'claims')}: {units.listing(found)}."


def pieces(claim: Judged) -> list[Evidence]:
    return [
        *(Measured(**one) for one in claim["measured"]),
        *(Ended(**one) for one in claim["outcomes"]),
        *(Tried(**one) for one in claim["rules"]),
        *(Counted(**one) for one in claim["counted"]),
    ]


def evidence(claim: Judged) -> Table:
    rows = []
    for one in pieces(claim):
        cores = "–" if one.cores is None else cores_label(one.cores)
        bounds = interval(one) if isinstance(one, Measured | Counted) else "–"
        rows.append((one.label, look(one.model).label, cores, found(one), bounds, behind(one)))
    return Table(COLUMNS, tuple(rows))


def found(one: Evidence) -> str:
    return f"{one.standing}: {text(one)} tests" if isinstance(one, Tried) and one.standing != "skipped" else text(one)


def behind(one: Evidence) -> str:
    match one:
        case Measured() | Ended():
            return f"trials {orders(one.trials)}"
        case Tried():
            return f"{one.suite}: {', '.join(one.rules)}".replace("_", " ")
        case Counted():
            return f"programs {', '.join(one.programs)}"


def rests_on(claim: Judged) -> str:
    """What is behind all that is shown: processes that were run, tests that passed or failed, programs."""
    trials = {order for one in [*claim["measured"], *claim["outcomes"]] for order in one["trials"]}
    programs = {name for one in claim["counted"] for name in one["programs"]}
    counts = {"trials": len(trials), "tests of rules": claim["tests"], "programs": len(programs)}
    return units.listing([f"{count:,} {of}" for of, count in counts.items() if count])
