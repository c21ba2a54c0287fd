"""The noise log: what others did to the machine during each trial, in the order in which the trials ran.

Columns, not a record a trial, because a long run has thousands. A replaced trial is in it, before its replacement: what
happened to it happened to the run.
"""

from typing import Any

from analysis.run import Run, Trial, place_of


def noise_log(run: Run) -> dict[str, Any]:
    lines = in_turn([*run.replaced, *run.trials], len(run.replaced))
    kinds = sorted({mark for trial, _ in lines for mark in trial.get("marks", [])})
    return {
        "order": [trial["order"] for trial, _ in lines],
        "block": [trial["block"] for trial, _ in lines],
        "steal_ticks": [read(trial, "steal_ticks") for trial, _ in lines],
        "load1": [read(trial, "load1") for trial, _ in lines],
        "marks": {
            kind: [at for at, (trial, _) in enumerate(lines) if kind in trial.get("marks", [])] for kind in kinds
        },
        "replaced": [at for at, (_, gave_way) in enumerate(lines) if gave_way],
    }


def in_turn(trials: list[Trial], replaced: int) -> list[tuple[Trial, bool]]:
    """The trials, the first of which were replaced, as they ran, and whether each is one of those. A replacement has a
    late order but runs at once, so a trial stands where the first of its place does."""
    first: dict[tuple[Any, ...], int] = {}
    for trial in trials:
        place = place_of(trial)
        first[place] = min(first.get(place, trial["order"]), trial["order"])
    lines = [(trial, at < replaced) for at, trial in enumerate(trials)]
    return sorted(lines, key=lambda line: first[place_of(line[0])])


def read(trial: Trial, what: str) -> float | None:
    """None where it could not be read, of which a negative number is a sign too."""
    value = (trial["noise"] or {}).get(what)
    return None if value is None or value < 0 else value
