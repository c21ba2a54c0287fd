"""What a comparison of two runs says, in sentences; every number is from compare.json."""

from collections import Counter
from typing import Any

from analysis.ratios import SUBJECT
from plots import units
from plots.frame import cores_label, is_contest, models_of, row_labels, row_of, rows_of
from plots.style import look
from reports.trust import VERDICTS

Compared = dict[str, Any]
Entry = dict[str, Any]
MOST_NAMED = 3


def contests(compared: Compared) -> list[Entry]:
    """Those that are counted: no parts of another metric, no evidence for a claim about one model."""
    return [entry for entry in compared["comparisons"] if is_contest(entry)]


def changed(entries: list[Entry]) -> list[Entry]:
    """The largest change first."""
    found = [entry for entry in entries if entry["verdict"] in ("better", "worse")]
    return sorted(found, key=lambda entry: -max(entry["times_better"], 1 / entry["times_better"]))


def answer(compared: Compared) -> str:
    entries = contests(compared)
    if compared["smallest_p"] >= compared["method"]["alpha"]:
        a, b = (compared[side]["blocks"] for side in "ab")
        return (
            f"It cannot be told whether anything changed: with {a} against {b} blocks no p can be below "
            f"{compared['smallest_p']:.2g}, and a verdict needs one below {compared['method']['alpha']:g}."
        )
    counts = Counter(entry["verdict"] for entry in entries)
    better, worse, same, cannot = (counts[verdict] for verdict in VERDICTS)
    return (
        f"Of {len(entries):,} comparisons, B is better than A in {better:,} and worse in {worse:,}; {same:,} are the "
        f"same within {compared['method']['effect_of_interest'] - 1:.0%}, and of {cannot:,} it cannot be told."
    )


def by_model(compared: Compared) -> list[str]:
    """Whose numbers changed, the largest changes named."""
    said = []
    entries = changed(contests(compared))
    labels = row_labels(rows_of(contests(compared)))
    for model in models_of(entries):
        mine = [entry for entry in entries if entry["model"] == model]
        for verdict in ("better", "worse"):
            found = [entry for entry in mine if entry["verdict"] == verdict]
            if found:
                named = [
                    f"{labels[row_of(entry)]} on {cores_label(entry['params']['cores'])} {size(entry)}"
                    for entry in found[:MOST_NAMED]
                ]
                first = "" if len(found) <= MOST_NAMED else "first of them "
                said.append(f"{look(model).label} is {verdict} in {len(found)}: {first}{'; '.join(named)}.")
    ended = compared["outcomes"]
    if ended:
        cells = "1 cell" if len(ended) == 1 else f"{len(ended)} cells"
        said.append(f"{cells} ended otherwise in B than in A; they are below.")
    return said


def size(entry: Entry) -> str:
    return f"{units.factor(entry['times_better'])} ({units.factors(entry['ci95'])})"


def trust(compared: Compared) -> list[str]:
    a, b = compared["a"], compared["b"]
    floors = [
        f"{name} {units.factor(side['noise_floor'])}" for name, side in (("A", a), ("B", b)) if side["noise_floor"]
    ]
    floor = f" Noise floors: {units.listing(floors)}; a verdict must lie beyond both together." if floors else ""
    said = [
        f"{a['blocks']} against {b['blocks']} blocks, so that p cannot be below {compared['smallest_p']:.2g} before it "
        f"is adjusted.{floor}"
    ]
    seen = sorted(entry["mde"] for entry in contests(compared) if entry["mde"] is not None)
    if seen:
        said.append(
            f"Half of the comparisons could have seen a lone change by a factor of {seen[len(seen) // 2]:.2f}; the "
            "others only a larger one."
        )
    return [*said, *control(compared)]


def control(compared: Compared) -> list[str]:
    """What is called different of models that are the same program in both runs: a measure of everything else."""
    same = {fact["fact"] for fact in compared["environment"] if not fact["differs"]}
    models = [
        m for m in models_of(contests(compared)) if m != SUBJECT and f"models: {m.split('.')[0]}: version" in same
    ]
    entries = [entry for entry in contests(compared) if entry["model"] in models]
    if not entries:
        return []
    count = len(changed(entries))
    names = units.listing([look(model).label for model in models])
    return [
        f"Of the models whose library is of the same version in both runs ({names}), {count} of {len(entries)} "
        f"comparisons are called different: so much differs between the runs besides {look(SUBJECT).label}."
    ]
