"""How any two models stand to each other in a cell, whichever way round the summary has compared them."""

from typing import Any, NamedTuple

Summary = dict[str, Any]
Entry = dict[str, Any]
OPPOSITE = {"better": "worse", "worse": "better"}


class Cell(NamedTuple):
    """What models are compared in."""

    workload: str
    params: tuple[tuple[str, int], ...]
    metric: str


class Standing(NamedTuple):
    """A ratio above 1 means that the model is better than the other."""

    model: str
    other: str
    ratio: float | None
    ci95: list[float] | None
    verdict: str
    reason: str

    def turned(self) -> "Standing":
        ratio = None if self.ratio is None else 1 / self.ratio
        ci95 = None if self.ci95 is None else [1 / bound for bound in reversed(self.ci95)]
        verdict = OPPOSITE.get(self.verdict, self.verdict)
        return Standing(self.other, self.model, ratio, ci95, verdict, self.reason)


class Field:
    """A summary's cells and comparisons, to be asked by cell and model."""

    def __init__(self, summary: Summary) -> None:
        self.cells: dict[Cell, dict[str, Entry]] = {}
        for entry in summary["cells"]:
            self.cells.setdefault(cell_of(entry), {})[entry["model"]] = entry
        self._ratios = {(cell_of(e), e["model"], e["baseline"]): e for e in summary["ratios"]}

    def standing(self, cell: Cell, model: str, other: str) -> Standing:
        if (entry := self._ratios.get((cell, model, other))) is not None:
            return standing_of(entry)
        if (entry := self._ratios.get((cell, other, model))) is not None:
            return standing_of(entry).turned()
        return Standing(model, other, None, None, "cannot_tell", "this summary does not compare the two")

    def finished(self, cell: Cell) -> list[str]:
        """Who ended ok there in every trial, and measured something."""
        return [model for model, entry in self.cells[cell].items() if entry["outcome"] == "ok" and entry["n"]]


def cell_of(entry: Entry) -> Cell:
    return Cell(entry["workload"], tuple(entry["params"].items()), entry["metric"])


def standing_of(entry: Entry) -> Standing:
    return Standing(*(entry[key] for key in ("model", "baseline", "ratio", "ci95", "verdict", "reason")))
