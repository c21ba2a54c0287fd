"""What `list` shows of the runs, as a table and as JSON."""

from typing import Any

from ci.history.reading import Run

HEADER = ("run", "started", "machine", "commit", "profile", "cells", "samples")


def as_json(run: Run) -> dict[str, Any]:
    facts = {"machine": run.machine.name, "facts": dict(run.machine.facts), "samples": samples_of(run)}
    names = ("started", "commit", "dirty", "profile", "blocks", "cells", "raw_bytes", "method", "aa_pairs",
             "aa_false_alarms", "noise_floor")  # fmt: skip
    return {"run": run.name, **facts, **{name: getattr(run, name) for name in names}}


def samples_of(run: Run) -> str:
    return "pruned" if run.raw_bytes is None else "kept"


def as_row(run: Run) -> tuple[str, ...]:
    commit = (run.commit or "none")[:10] + ("+" if run.dirty else "")
    samples = "pruned" if run.raw_bytes is None else f"kept, {kilobytes(run.raw_bytes)}"
    return run.name, run.started[:19] + "Z", run.machine.name, commit, run.profile, str(run.cells), samples


def table(found: list[Run]) -> list[str]:
    rows = [HEADER, *map(as_row, found)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADER))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def runs(count: int) -> str:
    return f"{count} run" if count == 1 else f"{count} runs"


def kilobytes(size: int) -> str:
    return f"{size / 1000:,.0f} kB"
