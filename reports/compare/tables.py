"""The tables of two runs side by side."""

from typing import Any

from plots import units
from plots.frame import Table, cores_label, metric_label, params_label
from plots.style import look
from reports.compare.sentences import Compared, Entry

BEHIND = ("adjusted p", "could have seen", "blocks", "because")
PLACE = ("workload", "parameters", "cores")


def place(entry: Entry) -> tuple[str, str, str]:
    return entry["workload"], params_label(entry["params"]), cores_label(entry["params"]["cores"])


def environment(compared: Compared, differs: bool) -> Table:
    """Facts that differ, or those that agree."""
    facts = [fact for fact in compared["environment"] if fact["differs"] == differs]
    if not differs:
        return Table(("fact", "in both"), tuple((name_of(fact), shown(fact["a"])) for fact in facts))
    return Table(("fact", "A", "B"), tuple((name_of(fact), shown(fact["a"]), shown(fact["b"])) for fact in facts))


def name_of(fact: dict[str, Any]) -> str:
    return fact["fact"].replace("_", " ")


def shown(value: str | None) -> str:
    """A fact that a run does not have, and one whose text is empty, are no empty cells."""
    return "not there" if value is None else value or "–"


def comparisons(entries: list[Entry]) -> Table:
    columns = (*PLACE, "metric", "model", "by", "in A", "in B", "times better", "95 % interval", "adjusted p",
               "could have seen", "blocks", "verdict", "because")  # fmt: skip
    return Table(columns, tuple(
        (
            *place(entry), metric_label(entry["metric"]), look(entry["model"]).label, measure(entry), *both(entry),
            units.factor(entry["times_better"]), units.factors(entry["ci95"]),
            "–" if entry["p_adjusted"] is None else f"{entry['p_adjusted']:.3f}", units.factor(entry["mde"]),
            "{} and {}".format(*entry["n"]), entry["verdict"].replace("_", " "), entry["reason"],
        )
        for entry in entries
    ))  # fmt: skip


def changed(entries: list[Entry]) -> Table:
    """The same, without what stands behind a verdict."""
    whole = comparisons(entries)
    kept = [i for i, name in enumerate(whole.columns) if name not in BEHIND]
    columns, *rows = (tuple(line[i] for i in kept) for line in (whole.columns, *whole.rows))
    return Table(columns, tuple(rows))


def measure(entry: Entry) -> str:
    return f"ratio to {look(entry['yardstick']).label}" if entry["yardstick"] else "value"


def both(entry: Entry) -> list[str]:
    """Of a time what it is to the yardstick of its run, of all else the value."""
    if entry["yardstick"]:
        return [units.factor(ratio) for ratio in entry["ratios"]]
    return [units.quantity(median, entry["unit"]) for median in entry["medians"]]


def yardsticks(compared: Compared) -> Table:
    columns = (*PLACE, "metric", "model", "in A", "interval in A", "in B", "interval in B")
    return Table(columns, tuple(
        (
            *place(entry), metric_label(entry["metric"]), look(entry["model"]).label,
            *(text for median, bounds in zip(entry["medians"], entry["ci95"], strict=True)
              for text in (units.quantity(median, entry["unit"]), units.interval(bounds, entry["unit"]))),
        )
        for entry in compared["yardsticks"]
    ))  # fmt: skip


def outcomes(compared: Compared) -> Table:
    columns = (*PLACE, "model", "in A", "in B", "because")
    return Table(columns, tuple(
        (
            *place(entry), look(entry["model"]).label, *(outcome.replace("_", " ") for outcome in entry["outcomes"]),
            "; ".join(f"{side}: {why}" for side, why in zip("AB", entry["reasons"], strict=True) if why) or "–",
        )
        for entry in compared["outcomes"]
    ))  # fmt: skip


def only(compared: Compared) -> Table:
    columns = ("only in", *PLACE, "model", "metrics")
    return Table(columns, tuple(
        (entry["in"], *place(entry), look(entry["model"]).label, ", ".join(map(metric_label, entry["metrics"])))
        for entry in compared["only"]
    ))  # fmt: skip
