"""The figures of a run: each a pure function from the summary to a Drawing (figure, computed title, notes, table).

`FIGURES` is the one list; `python -m plots RUN_DIR` draws them all into RUN_DIR/plots/. A new figure is a file in
figures/ with a `draw(summary)`, and a line here.
"""

from collections.abc import Callable
from functools import partial

from plots.drawing import Drawing
from plots.figures import (
    aa,
    cores,
    latency,
    machine_cost,
    memory_over_time,
    noise,
    pareto,
    parked_memory,
    ratio,
    reserved,
    samples,
    scaling,
    server_latency,
    server_memory,
    server_routes,
    servers,
    survival,
    time_per_workload,
)
from plots.frame import Summary

FIGURES: tuple[Callable[[Summary], Drawing], ...] = (
    partial(ratio.draw, baseline="os_threads"),
    partial(ratio.draw, baseline="go"),
    time_per_workload.draw,
    scaling.draw,
    cores.draw,
    parked_memory.draw,
    partial(parked_memory.draw, workload="spawned"),
    reserved.draw,
    memory_over_time.draw,
    latency.draw,
    servers.draw,
    server_routes.draw,
    server_latency.draw,
    server_memory.draw,
    machine_cost.draw,
    survival.draw,
    pareto.draw,
    samples.draw,
    aa.draw,
    noise.draw,
)


def draw_all(summary: Summary) -> list[Drawing]:
    return [draw(summary) for draw in FIGURES]
