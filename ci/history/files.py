"""A run as a plain file: NAME.jsonl.gz, a line of JSON for each row, sorted, the same bytes from every store.

The first line says what the file is, the last how many lines it has and what they come to, so that a file cut short is
known as one even where somebody has unpacked and packed it again.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from ci.history.record import NotTaken, Record, Row, digest
from ci.history.schema import canonical

SUFFIX = ".jsonl.gz"
FORMAT = 1


def documents(record: Record) -> Iterator[Row]:
    kept = record.trials is not None
    yield {"kind": "threadmark-history", "format": FORMAT, "raw": kept, "raw_digest": record.raw_digest}
    yield from record.aggregates()
    yield from record.raw()


def write_file(record: Record, folder: Path) -> Path:
    lines = list(documents(record))
    closing = {"kind": "end", "lines": len(lines), "digest": digest(lines)}
    content = io.BytesIO()
    # No name and no time in the header: the same run is the same file.
    with gzip.GzipFile(filename="", mode="wb", fileobj=content, mtime=0) as packed:
        for line in (*lines, closing):
            packed.write(canonical(line).encode() + b"\n")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (record.name + SUFFIX)
    fresh = target.with_name(target.name + ".new")
    fresh.write_bytes(content.getvalue())
    return fresh.replace(target)


def read_file(path: Path) -> Record:
    try:
        with gzip.open(path, "rb") as packed:
            lines = [json.loads(line) for line in packed]
    except OSError as error:
        raise NotTaken(f"{path}: {error.strerror or error}") from error
    except (EOFError, zlib.error, ValueError) as error:
        raise NotTaken(f"{path}: cut short or damaged ({error}); nothing of it was taken") from error
    try:
        return record_of(lines)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise NotTaken(
            f"{path}: cut short, or not written by python -m ci.history export; nothing of it was taken"
        ) from error


def record_of(lines: list[Row]) -> Record:
    head, *rows, closing = lines
    if head["kind"] != "threadmark-history" or head["format"] != FORMAT:
        raise ValueError("another format")
    if closing != {"kind": "end", "lines": len(lines) - 1, "digest": digest(lines[:-1])}:
        raise ValueError("not whole")

    def of(kind: str) -> list[Row]:
        return [{name: value for name, value in row.items() if name != "kind"} for row in rows if row["kind"] == kind]

    (run,), (machine,) = of("run"), of("machine")
    kept = head["raw"]
    return Record(
        run, machine["facts"], of("cell"), of("ratio"), of("floor"),
        of("trials") if kept else None, of("samples") if kept else None, head["raw_digest"],
    ).sorted()  # fmt: skip
