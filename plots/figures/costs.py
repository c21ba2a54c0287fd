"""Picks out of a summary's costs what a figure shows, and what a title may say of it."""

from statistics import median

from plots.frame import Entry, cores_of

CPU = "cpu_ns"
SWITCHES = ("voluntary_switches", "involuntary_switches")
ENOUGH = 4  # values a side: by chance all of one lie below all of the other in 2 of 70

Choice = dict[str, list[Entry]]  # by the label of a row, its cells


def choose(costs: list[Entry]) -> Choice:
    """Each workload on the most cores, with the parameters for which most models have values; of several those where an
    operation takes least, because there the cost is the runtime's and not that of work it was given."""
    most = cores_of(costs)[-1]
    found: dict[str, dict[tuple[tuple[str, int], ...], list[Entry]]] = {}
    for cost in costs:
        if cost["params"]["cores"] == most:
            found.setdefault(cost["workload"], {}).setdefault(tuple(cost["params"].items()), []).append(cost)
    chosen = [max(of_params.values(), key=rank) for of_params in found.values()]
    return {f"{cells[0]['workload']}, {a_or_an(operation(cells[0]))}": cells for cells in chosen}


def rank(cells: list[Entry]) -> tuple[int, float]:
    times = [cell["median"] for cell in cells if kind(cell) == CPU and cell["median"] is not None]
    return len(times), -median(times) if times else 0.0


def operation(cost: Entry) -> str:
    return cost["metric"].partition("_per_")[2].replace("_", " ")


def a_or_an(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def kind(cost: Entry) -> str:
    return cost["metric"].partition("_per_")[0]


def has_failed(cost: Entry) -> bool:
    return cost["outcome"] not in ("ok", "unsupported")


def find(cells: list[Entry], model: str, which: str) -> Entry | None:
    return next((cell for cell in cells if (cell["model"], kind(cell)) == (model, which)), None)


def least_of(cells: list[Entry], floor: float) -> str | None:
    """The model whose interval lies below that of every other, and its median by more than the noise floor. Nobody,
    where there is no other, or one that has too few values to tell."""
    there = sorted((cell for cell in cells if cell["median"] is not None), key=lambda cell: cell["median"])
    if len(there) < 2 or any(cell["n"] < ENOUGH for cell in there):
        return None
    best, *others = there
    clear = all(best["ci95"][1] < other["ci95"][0] and best["median"] * floor < other["median"] for other in others)
    return best["model"] if clear else None


def most_switches(rows: Choice, model: str) -> float | None:
    """The medians of both kinds together, in the workload in which there are most."""
    found = []
    for cells in rows.values():
        pair = [find(cells, model, which) for which in SWITCHES]
        values = [cell["median"] for cell in pair if cell is not None and cell["median"] is not None]
        if len(values) == len(pair):
            found.append(sum(values))
    return max(found, default=None)
