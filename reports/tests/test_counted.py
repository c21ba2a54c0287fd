"""What was counted, in the part on what it costs the machine."""

from typing import Any

from analysis.tests.synthetic import kept_summary
from reports.parts import counted
from reports.parts.blocks import Grid, Text


def count(model: str, unit: str, *values: float) -> dict[str, Any]:
    metric = f"{unit.replace(' ', '_')}_per_round_trip"
    return {"model": model, "workload": "ping_pong", "params": {"capacity": 0, "cores": 1}, "metric": metric,
            "unit": unit, "better": "lower", "value": values[0], "values": list(values)}  # fmt: skip


def test_each_model_has_its_calls_and_mn_the_rest() -> None:
    counts = [
        count("mn", "instructions", 777.8, 782.6), count("mn", "allocations", 0.0, 0.0),
        count("mn", "system calls", -0.001, 0.001), count("os_threads", "system calls", 6.013, 6.013),
        count("go", "system calls", 3.351, 4.221),
    ]  # fmt: skip
    (grid,) = [one for one in counted.blocks({"counts": counts}) if isinstance(one, Grid)]
    (row,) = grid.table.rows
    assert dict(zip(grid.table.columns, row, strict=True)) == {
        "workload": "ping_pong", "parameters": "capacity 0", "for one": "round trip", "mn": "0.00",
        "Go": "3.35 – 4.22", "OS threads": "6.01", "mn: instructions": "778 – 783", "mn: allocations": "0.00",
    }  # fmt: skip


def test_where_nobody_counted_the_page_says_how_to() -> None:
    (text,) = counted.blocks(kept_summary())
    assert isinstance(text, Text)
    assert "make counts counts them" in text.text
