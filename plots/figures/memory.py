"""Bytes per task, parked or not yet run, as the memory figures need them: the slope over n where there is one, else the
median at the largest n that ended ok, which is then said to be no slope."""

from typing import NamedTuple

from matplotlib.axes import Axes

from plots import chart
from plots.drawing import band_lines
from plots.frame import Summary, cores_label
from plots.style import INK, MUTED, REFERENCES, in_order, look

TOTAL = "bytes_per_task"


class Bytes(NamedTuple):
    value: float
    interval: list[float] | None
    is_slope: bool
    n: str  # which n it rests on, in words
    most: tuple[int, float]  # the largest n that ended ok, and what so many take in all


class Task(NamedTuple):
    """A task of one model on so many cores; `bytes` by metric, only those that were measured."""

    model: str
    cores: int
    bytes: dict[str, Bytes]

    @property
    def label(self) -> str:
        star = "" if all(value.is_slope for value in self.bytes.values()) else " *"
        return f"{look(self.model).label}, {cores_label(self.cores)}{star}"


NO_SLOPE_NOTE = "* Fewer than two sizes ended ok: no slope, but the median at the largest that did."


def tasks_of(summary: Summary, workload: str) -> list[Task]:
    """The workload's tasks, those with a total, in the models' order."""
    found: dict[tuple[str, int], dict[str, Bytes]] = {}
    cells = [c for c in summary["cells"] if c["workload"] == workload and c["unit"] == "B" and c["median"] is not None]
    for cell in sorted(cells, key=lambda c: c["params"].get("n", 0)):
        size = cell["params"].get("n", 0)
        place = found.setdefault((cell["model"], cell["params"]["cores"]), {})
        most = (size, size * cell["median"])
        place[cell["metric"]] = Bytes(cell["median"], cell["ci95"], False, f"n = {size:,}", most)
    for slope in summary["slopes"]:
        if slope["workload"] == workload and slope["slope"] is not None:
            n = "n = " + ", ".join(f"{value:,}" for value in slope["n_values"])
            place = found.setdefault((slope["model"], slope["cores"]), {})
            most = (slope["totals"][-1]["n"], slope["totals"][-1]["median"])
            place[slope["metric"]] = Bytes(slope["slope"], slope["ci95"], True, n, most)
    models = in_order(model for model, _ in found)
    ordered = sorted(found.items(), key=lambda item: (models.index(item[0][0]), item[0][1]))
    return [Task(model, cores, parts) for (model, cores), parts in ordered if TOTAL in parts]


def draw_references(axes: Axes, values: tuple[tuple[int, str], ...] = REFERENCES) -> None:
    for value, name in values:
        axes.axvline(value, color=INK, linewidth=1.0, linestyle="--", zorder=3)
        axes.text(value, 1.005, name, transform=axes.get_xaxis_transform(), ha="center", va="bottom", fontsize=8)


def frame_tasks(axes: Axes, tasks: list[Task]) -> None:
    axes.set_yticks(range(len(tasks)), [task.label for task in tasks])
    axes.set_ylim(len(tasks) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    changes = [place - 0.5 for place in range(1, len(tasks)) if tasks[place].model != tasks[place - 1].model]
    band_lines(axes, changes, MUTED, 0.4)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def task_axis(tasks: list[Task]) -> chart.Axis:
    return chart.Axis("model", scale="ordinal", order=tuple(task.label for task in tasks))
