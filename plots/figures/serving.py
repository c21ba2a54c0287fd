"""What the figures of servers share: which cells they show, what is measured of a server under load, and the notes.

A place is a number of connections, a route and a model. A rate that is a lower bound has the sign ≥ wherever it stands.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from plots import units
from plots.frame import Entry, Summary, Table, cores_label, failure_of, models_of
from plots.style import in_order, look

SERVER, IDLE = "echo_server", "idle_connections"
WORKLOADS = (SERVER, IDLE)
ROUTES = {0: "/", 1: "/wait", 2: "/work"}
WAIT_MS, WORK_US = 5, 50  # what the answers of the last two take first (benchmarks/harness/PROTOCOL.md)
RATE, SHARE, ERRORS = "requests_per_s", "server_cpu_percent", "errors"
AT_LEAST = "≥"


class Measure(NamedTuple):
    """What a figure has a panel of."""

    metric: str
    title: str
    better: str
    unit: str
    more_is_better: bool = False

    @property
    def label(self) -> str:
        return f"{self.title}: {self.better}"


MEASURES = (
    Measure(RATE, "requests a second", "higher is better", "1/s", more_is_better=True),
    Measure("at75_p99_us", "p99 at 75 % of capacity", "lower is better", "µs"),
    Measure("cpu_us_per_request", "CPU time of a request", "lower is better", "µs"),
)
DIRECTIONS = "requests a second: higher is better; latency and CPU time: lower is better"


class Place(NamedTuple):
    connections: int
    route: int
    model: str


class Load(NamedTuple):
    """On how many cores, and how much of one the server may use, in percent."""

    cores: int
    share: int

    @property
    def words(self) -> str:
        return f"on {cores_label(self.cores)}, of which it may use {self.share} %"


Served = dict[Place, dict[str, Entry]]  # cells by metric


def load_of(cell: Entry) -> Load:
    return Load(cell["params"]["cores"], cell["params"].get("share_percent", 100))


def served(summary: Summary) -> tuple[Load, Served] | None:
    """The load under which the most cells have a value, of equals the one on the fewest cores, and what was measured
    under it; None where no server answered."""
    cells = [cell for cell in summary["cells"] if cell["workload"] == SERVER]
    counts: dict[Load, int] = {}
    for cell in cells:
        counts[load_of(cell)] = counts.get(load_of(cell), 0) + bool(cell["n"])
    if not any(counts.values()):
        return None
    load = min(counts, key=lambda load: (-counts[load], load))
    found: Served = {}
    for cell in cells:
        if load_of(cell) == load:
            params = cell["params"]
            place = Place(params.get("connections", 0), params.get("route", 0), cell["model"])
            found.setdefault(place, {})[cell["metric"]] = cell
    models = in_order(place.model for place in found)
    return load, dict(sorted(found.items(), key=lambda item: (*item[0][:2], models.index(item[0].model))))


def is_variant(entry: Entry) -> bool:
    """Of a server. Such variants do nothing but serve: in figures of all workloads they would take room in every row,
    and be in none but these."""
    return entry["workload"] in WORKLOADS and "." in entry["model"]


def is_detail(entry: Entry) -> bool:
    """What of a server only its own figures have: where all workloads stand, its rate stands for it."""
    return is_variant(entry) or (entry["workload"] == SERVER and entry["metric"] != RATE)


def main_models(cells: Iterable[Entry]) -> list[Entry]:
    """Without variants: a title speaks of the recommended configurations."""
    return [cell for cell in cells if "." not in cell["model"]]


def value_of(cell: Entry | None) -> str:
    if cell is None:
        return "–"
    text = units.quantity(cell["median"], cell["unit"])
    return f"{AT_LEAST} {text}" if cell.get("at_least") else text


def note_of(cell: Entry, share: Entry | None) -> str:
    """What a chart says of a value besides."""
    trials = units.counted(cell["n"], "trials")
    if not cell.get("at_least"):
        return trials
    used = f", which used {units.quantity(share['median'], '%')} of what it may" if share else ""
    return f"{trials}; a lower bound: it was not the server{used}"


def how(load: Load, busy: float) -> str:
    return (
        f"A server {load.words}, so that the client, a process of its own on other CPUs, is not the limit. Requests a "
        "second are its capacity: over connections that ask again as soon as they are answered. The p99 is of "
        "requests that are due at a fixed rate, 75 % of the capacity that the same trial found, whatever the server "
        "does; so each model bears a load of its own. Medians with 95 % intervals, logarithmic. It counts as the "
        f"server's own capacity where the server used {busy:g} % or more of what it may."
    )


def bounded(found: Served) -> list[str]:
    """Where rates are lower bounds, and how much the server used of what it may."""
    return [
        f"{look(place.model).label}, {name_of(place)} ({value_of(cells.get(SHARE))})"
        for place, cells in found.items()
        if RATE in cells and cells[RATE].get("at_least")
    ]


def bounds(found: Served) -> list[str]:
    told = bounded(found)
    if not told:
        return []
    return [
        f"{AT_LEAST} At least: there it was not the server that set the limit, and it can serve that many or more; its "
        "latencies are then with less load than the others'. How much the server used of what it may: "
        f"{units.listing(told)}."
    ]


def errors(found: Served) -> list[str]:
    """Whether requests failed, in any trial."""
    counts = {place: cells[ERRORS] for place, cells in found.items() if ERRORS in cells and cells[ERRORS]["n"]}
    failed = {place: sum(value for value in cell["values"] if value) for place, cell in counts.items()}
    told = [
        f"{look(place.model).label}, {name_of(place)}: {units.counted(count, 'requests')} in all trials"
        for place, count in failed.items()
        if count
    ]
    if told:
        return [f"Requests that failed: {units.listing(told)}."]
    return ["No request failed, in any trial."] if counts else []


def failures(found: Served) -> list[str]:
    """One line for each model and reason, with where it happened."""
    places: dict[tuple[str, str], list[str]] = {}
    for place, cells in found.items():
        why = failure_of(next(iter(cells.values())))
        if why:
            places.setdefault((place.model, why), []).append(name_of(place))
    return [f"× {look(model).label}, {units.listing(where)}: {why}" for (model, why), where in places.items()]


def floors(summary: Summary, measures: Iterable[Measure] = MEASURES) -> str:
    """What two models have to differ by, for each measure."""
    known, assumed = summary["aa"]["floors"], summary["method"]["assumed_floor"]
    told = [
        f"{measure.title} {units.factor(known.get(measure.metric, {}).get('factor', assumed))}"
        + ("" if known.get(measure.metric, {}).get("source", "assumed") == "measured" else " (assumed)")
        for measure in measures
    ]
    return f"Noise floors: {units.listing(told)}."


def name_of(place: Place) -> str:
    return f"{place.connections:,} connections, {ROUTES.get(place.route, place.route)}"


COLUMNS = ("connections", "route", "model", "requests/s", "95 % interval", "p99 at 75 %", "95 % interval", "CPU time",
           "95 % interval", "server's CPU", "client's CPU", "requests that failed", "outcome", "reason")  # fmt: skip
BESIDE = (SHARE, "client_cpu_percent", ERRORS)


def table_of(found: Served) -> Table:
    return Table(COLUMNS, tuple(row_of(place, cells) for place, cells in found.items()))


def row_of(place: Place, cells: dict[str, Entry]) -> tuple[str, ...]:
    one = next(iter(cells.values()))
    values = [
        text
        for measure in MEASURES
        for cell in [cells.get(measure.metric)]
        for text in (value_of(cell), units.interval(cell["ci95"], measure.unit) if cell else "–")
    ]
    beside = [value_of(cells.get(metric)) for metric in BESIDE]
    route = str(ROUTES.get(place.route, place.route))
    return (f"{place.connections:,}", route, look(place.model).label, *values, *beside, one["outcome"],
            one["reason"] or "–")  # fmt: skip


def legend_models(found: Served) -> tuple[list[str], bool]:
    """The models in their order, and whether one failed somewhere."""
    cells: list[Any] = [next(iter(cells.values())) for cells in found.values()]
    return models_of(cells), any(cell["outcome"] not in ("ok", "unsupported") for cell in cells)
