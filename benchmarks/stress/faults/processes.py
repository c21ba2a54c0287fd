"""Runs a program to its end, or to the end of its time: then with the stacks of its threads."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.stress.launch import with_default_signals

GDB_S = 30.0
KEPT = 20_000  # characters of what a program wrote: of a dump the beginning matters


@dataclass(frozen=True)
class Ended:
    code: int | None  # negative: the signal that killed it; None: it did not end in time
    output: str
    errors: str  # of one that did not end: with the stacks, and what mn says to SIGQUIT
    interrupted: bool = False  # it was sent SIGINT


def run(command: list[str], more: dict[str, str], limit_s: float, *, interrupt_after_s: float | None = None) -> Ended:
    """`more`: of the environment. SIGINT is sent after so many seconds, if it still runs."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        interrupted = False
        with subprocess.Popen(
            with_default_signals(command, more), stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        ) as process:
            end = time.monotonic() + limit_s
            if interrupt_after_s is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(interrupt_after_s)
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)
                    interrupted = True
            stacks = None
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                stacks = _ask_hanging(process)
        said = _text(errors)
        if stacks is not None:
            return Ended(None, _text(output), f"no end within {limit_s:g} s\n{stacks}\n{said}", interrupted)
        return Ended(process.returncode, _text(output), said, interrupted)


def _ask_hanging(process: subprocess.Popen[bytes]) -> str:
    stacks = "(no gdb, so no stacks)"
    if gdb := shutil.which("gdb"):
        command = [gdb, "-p", str(process.pid), "-batch", "-ex", "thread apply all backtrace 24"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            found = subprocess.run(
                command, capture_output=True, text=True, errors="replace", check=False, timeout=GDB_S
            )
            stacks = "\n".join(line for line in found.stdout.splitlines() if line.startswith(("Thread", "#")))
    process.send_signal(signal.SIGQUIT)  # mn writes its tasks to standard error
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2.0)
    process.kill()
    return stacks[:KEPT]


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(KEPT).decode(errors="replace").strip()


def read_lines(file: Path) -> list[str]:
    """Whole lines only: whoever wrote them may have been killed in between."""
    if not file.is_file():
        return []
    return [line for line in file.read_text(errors="replace").splitlines(keepends=True) if line.endswith("\n")]
