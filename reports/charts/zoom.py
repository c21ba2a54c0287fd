"""What lets a reader look at a part of a chart: from one place to another of the axis that was not measured.

The pointer drags out the part by the selection BRUSH; zoom.js then sets the parameter SHOWN and that axis' domain,
and lets the measured axis follow what is in it.
"""

from typing import Any

Spec = dict[str, Any]

SHOWN, BRUSH = "shown", "brush"


def parameter(part: tuple[float, float]) -> Spec:
    return {"name": SHOWN, "value": list(part)}


def within(field: str) -> Spec:
    """Leaves out what does not lie in the part."""
    return {"filter": f"datum.{field} >= {SHOWN}[0] && datum.{field} <= {SHOWN}[1]"}


def point_size() -> Spec:
    """So that points that are near each other do not hide the line; they grow as one looks at a part."""
    return {"expr": f"clamp(2 * width / ({SHOWN}[1] - {SHOWN}[0]), 6, 40)"}


def brush(along: str) -> Spec:
    select = {"type": "interval", "encodings": [along], "zoom": False, "translate": False}
    return {"params": [{"name": BRUSH, "select": select}]}
