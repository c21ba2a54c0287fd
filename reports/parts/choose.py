"""Which model for what: kinds of work, each with the cells that stand for it. A winner is one that is better than every
other model that ended ok, by the verdict, which asks for an interval without 1 and for more than the noise."""

from typing import Any, NamedTuple

from plots import units
from plots.frame import Table, cores_label, params_label
from plots.style import in_order, look
from reports.parts.blocks import Block, Text, grid
from reports.parts.pairs import Cell, Field, Standing

Summary = dict[str, Any]


class Kind(NamedTuple):
    """A kind of work by the workload that stands for it. `params` picks among the workload's cells those sizes at which
    most models are still alive. Without `variants` a model does not compete with another configuration of itself."""

    words: str
    workload: str
    metric: str
    params: dict[str, int] = {}  # noqa: RUF012  read only
    variants: bool = True


KINDS = (
    Kind("Start many short tasks", "spawn_join", "ns_per_task", {"n": 10_000}),
    Kind("Hold many waiting tasks", "parked", "bytes_per_task", {"n": 10_000}),
    Kind("Pass values between two tasks", "ping_pong", "ns_per_round_trip", {"capacity": 0}),
    Kind("Hand jobs to a pool of workers", "worker_pool", "ns_per_job", {"workers": 5, "work_ns": 0}),
    Kind("Wait on several channels", "select_fan_in", "ns_per_message", {"producers": 4}),
    Kind("Split work into a tree of tasks", "skynet", "ns_per_task", {"leaves": 1000}),
    Kind("Share a table under a lock", "shared_by_mutex", "ns_per_update"),
    Kind("Wake soon after a signal (p99)", "wake_latency", "p99_ns"),
    Kind("Keep time with timers (p99)", "timer_error", "p99_ns"),
    Kind("Cancel a tree of tasks", "cancel_tree", "ns_per_task"),
    Kind("Serve many connections", "echo_server", "requests_per_s", {"connections": 1000, "route": 0}, variants=False),
    Kind("Hold many idle connections", "idle_connections", "bytes_per_connection", {"n": 1000}),
)


class Answer(NamedTuple):
    kind: str
    cell: Cell | None  # None: not in this run
    winner: str | None
    nearest: Standing | None  # the winner's, or the leader's, to the model that comes nearest
    because: str  # why there is no winner; of a winner, what it is compared with
    left_out: list[str]  # models that did not end ok, with what became of them

    @property
    def cores(self) -> int | None:
        return dict(self.cell.params)["cores"] if self.cell else None


def answers_of(summary: Summary, kinds: tuple[Kind, ...] = KINDS) -> list[Answer]:
    """One for each kind of work and each cell that stands for it, the most cores first."""
    field = Field(summary)
    found = []
    for kind in kinds:
        cells = [cell for cell in field.cells if stands_for(cell, kind)]
        cells.sort(key=lambda cell: -dict(cell.params)["cores"])
        found += [answer(kind, cell, field) for cell in cells]
        if not cells:
            found.append(Answer(kind.words, None, None, None, "not in this run", []))
    return found


def stands_for(cell: Cell, kind: Kind) -> bool:
    params = dict(cell.params)
    wanted = all(params.get(name) == value for name, value in kind.params.items())
    return (cell.workload, cell.metric) == (kind.workload, kind.metric) and wanted


def answer(kind: Kind, cell: Cell, field: Field) -> Answer:
    words, there = kind.words, {m: e for m, e in field.cells[cell].items() if kind.variants or "." not in m}
    finished = in_order(model for model in field.finished(cell) if model in there)
    left_out = [f"{look(model).label}: {fate(there[model])}" for model in in_order(there) if model not in finished]
    if len(finished) < 2:
        alone = f"only {look(finished[0]).label} ended ok" if finished else "none ended ok"
        return Answer(words, cell, None, None, f"{alone}, so nothing is compared", left_out)
    for model in finished:
        standings = [field.standing(cell, model, other) for other in finished if other != model]
        if all(standing.verdict == "better" for standing in standings):
            compared = f"better than all {len(standings)} others" if len(standings) > 1 else "better than the other"
            return Answer(words, cell, model, nearest(standings), compared, left_out)
    leader = min(finished, key=lambda model: worth(there[model]))
    rivals = [field.standing(cell, leader, other) for other in finished if other != leader]
    rivals = [standing for standing in rivals if standing.verdict != "better"]
    names = units.listing([look(standing.other).label for standing in rivals])
    because = f"{look(leader).label} has the best median, but is not clearly better than {names}"
    return Answer(words, cell, None, nearest(rivals), because, left_out)


def worth(entry: dict[str, Any]) -> float:
    """Less is better."""
    return -entry["median"] if entry["better"] == "higher" else entry["median"]


def nearest(standings: list[Standing]) -> Standing:
    """To the model that is least behind; one that has no ratio says least."""
    return min(standings, key=lambda standing: float("inf") if standing.ratio is None else standing.ratio)


def fate(entry: dict[str, Any]) -> str:
    if entry["outcome"] == "unsupported":
        return "cannot be expressed"
    return entry["outcome"].replace("_", " ") if entry["outcome"] != "ok" else "no value"


def in_short(answers: list[Answer]) -> list[dict[str, Any]]:
    """A line a kind of work, for the first screen: on the most cores that it was run on, and where fewer differ."""
    most = most_cores(answers)
    lines = []
    for kind in dict.fromkeys(one.kind for one in answers):
        first, *others = [one for one in answers if one.kind == kind]
        same_load = [one for one in others if first.cell and one.cell and load(one.cell) == load(first.cell)]
        differing = [
            f"{cores_label(one.cores)}: {look(one.winner).label if one.winner else 'no winner'}"
            for one in same_load
            if one.winner != first.winner and one.cores
        ]
        lines.append({
            "kind": kind,
            "cores": cores_label(first.cores) if first.cores and first.cores != most else "",
            "winner": look(first.winner).label if first.winner else None,
            "by": factor_over(first.nearest) if first.winner and first.nearest else "",
            "why": "" if first.winner else why(first),
            "differing": ", ".join(differing),
        })  # fmt: skip
    return lines


def most_cores(answers: list[Answer]) -> int | None:
    return max((one.cores for one in answers if one.cores), default=None)


def on_how_many(answers: list[Answer]) -> str:
    most = most_cores(answers)
    return "" if most is None else f"On {cores_label(most)}, but where a line says otherwise."


def load(cell: Cell) -> tuple[tuple[str, int], ...]:
    return tuple(item for item in cell.params if item[0] != "cores")


def why(answer: Answer) -> str:
    if answer.cell is None:
        return answer.because
    over = f" ({factor_over(answer.nearest)})" if answer.nearest and answer.nearest.ratio is not None else ""
    if answer.nearest is not None:
        return f"no winner: {look(answer.nearest.model).label} cannot be told from all others{over}"
    return f"no winner: {answer.because}"


def factor_over(standing: Standing) -> str:
    return f"{units.factor(standing.ratio)} [{units.factors(standing.ci95)}] over {look(standing.other).label}"


COLUMNS = ("kind of work", "workload", "parameters", "cores", "winner", "nearest", "times better", "95 % interval",
           "because", "did not end ok")  # fmt: skip


def table(answers: list[Answer]) -> Table:
    rows = tuple(
        (
            one.kind, one.cell.workload, params_label(one.cell.params), cores_label(dict(one.cell.params)["cores"]),
            look(one.winner).label if one.winner else "no winner",
            look(one.nearest.other).label if one.nearest else "–",
            units.factor(one.nearest.ratio) if one.nearest else "–",
            units.factors(one.nearest.ci95) if one.nearest else "–",
            one.because, "; ".join(one.left_out) or "–",
        )
        for one in answers
        if one.cell is not None
    )  # fmt: skip
    return Table(COLUMNS, rows)


def blocks(answers: list[Answer]) -> list[Block]:
    absent = [one.kind for one in answers if one.cell is None]
    return [
        Text(
            "A winner is named only where it is clearly better than every other model that ended ok: the 95 % interval "
            "of its paired ratio does not hold 1, and the difference is beyond the noise floor. Factor and interval "
            "are against the model that comes nearest; without a winner they are of the model with the best median."
        ),
        *grid(table(answers), "Kinds of work, the cells that stand for them, and which model is best"),
        *([Text(f"Not in this run: {units.listing(absent)}.")] if absent else []),
    ]
