"""From how many connections on a thread for each of them is a mistake.

OS threads are held against mn and Go, for each number of connections and each of three things: how many requests they
serve, how long one in a hundred has to wait, and what an idle connection holds. They are *worse* there where both of
those that ended ok are better by the verdict, which asks for more than the noise, and by FACTOR or more; and where
most of their trials did not end ok, by what a server can be blamed for, and one of those did. What holds *from a number
on* holds for it and for all larger ones that were measured, so that a single dip is no answer.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from plots import units
from plots.figures import server_memory, serving
from plots.figures.serving import IDLE, SERVER
from plots.style import in_order, look
from reports.parts.pairs import Cell, Field, Standing

Summary = dict[str, Any]
State = Literal["worse", "not worse", "cannot be told"]
THREADS, OTHERS = "os_threads", ("mn", "go")
FACTOR = 1.5  # half as much again: what somebody notices who pays for the machine
FAILED = ("wrong_answer", "crash", "timeout", "limit")  # not `misconfigured`, which is the machine's or the client's


class Measure(NamedTuple):
    words: str
    workload: str
    metric: str
    size: str  # the parameter that says how many connections


MEASURES = (
    Measure("requests a second", SERVER, "requests_per_s", "connections"),
    Measure("p99 latency at 75 % of capacity", SERVER, "at75_p99_us", "connections"),
    Measure("memory of an idle connection", IDLE, "bytes_per_connection", "n"),
)


class Place(NamedTuple):
    """OS threads with so many connections; `ended` is what became of them where that was not well."""

    measure: Measure
    size: int
    state: State
    standings: list[Standing]  # of the others, to OS threads
    ended: str | None
    entries: dict[str, dict[str, Any]]  # cells by model


def places_of(summary: Summary) -> list[Place]:
    field = Field(summary)
    everything = serving.served(summary)
    load = {"cores": everything[0].cores, "share_percent": everything[0].share, "route": 0} if everything else None
    cores = {"cores": server_memory.held_of(summary)[0]}
    found = []
    for measure in MEASURES:
        fixed = load if measure.workload == SERVER else cores
        if fixed is not None:
            found += [place for cell in field.cells if (place := place_of(field, cell, measure, fixed)) is not None]
    return sorted(found, key=lambda place: (MEASURES.index(place.measure), place.size))


def place_of(field: Field, cell: Cell, measure: Measure, fixed: dict[str, int]) -> Place | None:
    """None where there is nothing to compare: OS threads were not run, or neither of the others ended ok."""
    params = dict(cell.params)
    if (cell.workload, cell.metric) != (measure.workload, measure.metric) or measure.size not in params:
        return None
    if any(params.get(name, value) != value for name, value in fixed.items()):
        return None
    there, finished = field.cells[cell], field.finished(cell)
    others = [model for model in OTHERS if model in finished]
    if THREADS not in there or there[THREADS]["outcome"] == "unsupported" or not others:
        return None
    if THREADS not in finished:
        ended = f"{there[THREADS]['outcome'].replace('_', ' ')}: {there[THREADS]['reason']}"
        state: State = "worse" if mostly_failed(there[THREADS]) else "cannot be told"
        return Place(measure, params[measure.size], state, [], ended, there)
    standings = [field.standing(cell, model, THREADS) for model in others]
    return Place(measure, params[measure.size], state_of(standings), standings, None, there)


def mostly_failed(entry: dict[str, Any]) -> bool:
    counts = entry["outcomes"]
    return 2 * sum(counts.get(outcome, 0) for outcome in FAILED) > sum(counts.values())


def state_of(standings: list[Standing]) -> State:
    if all(one.verdict == "better" and (one.ratio or 0.0) >= FACTOR for one in standings):
        return "worse"
    return "not worse" if any(map(is_no_gain, standings)) else "cannot be told"


def is_no_gain(one: Standing) -> bool:
    """Whether it is told that the other is not better by the factor."""
    if one.verdict in ("same", "worse"):
        return True
    if one.ratio is None or one.ci95 is None:
        return False
    return one.ci95[1] < FACTOR or (one.verdict == "better" and one.ratio < FACTOR)


def first_of(places: list[Place]) -> int | None:
    """The number of connections from which on they are worse; `places` by size."""
    first = None
    for place in reversed(places):
        if place.state != "worse":
            break
        first = place.size
    return first


def by_measure(places: list[Place]) -> dict[Measure, list[Place]]:
    found: dict[Measure, list[Place]] = {}
    for place in places:
        found.setdefault(place.measure, []).append(place)
    return found


def answer(places: list[Place]) -> str:
    """The sentence that the reader wants."""
    question = "From how many connections on is a thread for each of them a mistake on this machine?"
    groups = by_measure(places)
    if not groups:
        others = units.listing([look(model).label for model in OTHERS])
        return f"{question} That cannot be said of this run: {look(THREADS).label} served nothing beside {others}."
    firsts = {measure: first_of(its) for measure, its in groups.items()}
    known = [first for first in firsts.values() if first is not None]
    rule = f"worse than {whom(places)}, by more than the noise and by {FACTOR:g}× or more"
    if not known:
        open_ = any(place.state == "cannot be told" for place in places)
        lead = "Of none of those measured can it be said." if open_ else "At none of those measured."
        would = f"For that {look(THREADS).label} would have to be, from there on, {rule}."
        return " ".join([question, lead, would, *told(groups, firsts), *failures(places)])
    named = [measure for measure, first in firsts.items() if first == min(known)]
    least = ", the fewest measured," if any(groups[m][0].size == min(known) for m in named) else ""
    by = units.listing([measure.words for measure in named])
    lead = f"From {min(known):,} on{least} by {by}: from there on {look(THREADS).label} are {rule}."
    rest = {measure: its for measure, its in groups.items() if measure not in named}
    return " ".join([question, lead, *told(rest, firsts), *failures(places)])


def told(groups: dict[Measure, list[Place]], firsts: dict[Measure, int | None]) -> Iterator[str]:
    """Of each measure, from how many on."""
    for measure, places in groups.items():
        sizes, first = [place.size for place in places], firsts[measure]
        unknown = [f"{place.size:,}" for place in places if place.state == "cannot be told"]
        doubt = f"; of {units.listing(unknown)} it cannot be told" if unknown else ""
        measured = units.listing([f"{size:,}" for size in sizes])
        if first is not None:
            words = f"from {first:,} on{', the fewest measured' if first == sizes[0] else ''}{doubt}"
        elif unknown:
            words = f"of none can it be said (measured: {measured}{doubt})"
        else:
            words = f"at none of those measured ({measured})"
        yield f"By {measure.words} {words}."


def failures(places: list[Place]) -> list[str]:
    """With how many they did not end ok, which counts as worse where that is so of most trials."""
    ended = {place.size: place.ended for place in places if place.ended}
    return [f"With {size:,} they did not end ok ({why}), while another did." for size, why in ended.items()]


def whom(places: list[Place]) -> str:
    there = in_order(one.model for place in places for one in place.standings) or list(OTHERS)
    names = [look(model).label for model in there]
    return f"both {units.listing(names)}" if len(names) == 2 else units.listing(names)
