"""Interpreters that are kept running: a program goes in as a line, its result comes out as one."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from benchmarks.stress.differential.generator import Program
from benchmarks.stress.launch import with_default_signals


class Broken(Exception):
    """The interpreter gave no result: it crashed, or it hung and was ended. The text says which, and what it wrote."""


class Interpreter:
    """One model on so many cores. Started when it is needed, and again after it broke."""

    def __init__(self, model: str, program: Path, cores: int, *, plant: str = "", limit_s: float = 20.0) -> None:
        self.model = model
        self.name = f"{model} on {cores} core{'s' if cores > 1 else ''}"
        self.command = [str(program), f"--cores={cores}", *([f"--plant={plant}"] if plant else [])]
        self.limit_s = limit_s
        self.process: subprocess.Popen[bytes] | None = None
        self.errors: IO[bytes]
        self.read = b""

    def run(self, program: Program) -> dict[str, Any]:
        if self.process is None:
            self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
            self.read = b""
            self.process = subprocess.Popen(
                with_default_signals(self.command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
            )
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):  # it has ended: the answer says how
            self.process.stdin.write(json.dumps(program, separators=(",", ":")).encode() + b"\n")
            self.process.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> bytes:
        assert self.process
        assert self.process.stdout
        end = time.monotonic() + self.limit_s
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.read:
                if not ready.select(max(0.0, end - time.monotonic())):
                    raise Broken(self._end_hanging())
                more = os.read(self.process.stdout.fileno(), 1 << 16)
                if not more:
                    raise Broken(self._end_crashed())
                self.read += more
        line, self.read = self.read.split(b"\n", 1)
        return line

    def _end_hanging(self) -> str:
        assert self.process
        self.process.send_signal(signal.SIGQUIT)  # mn and Go say what their tasks wait for
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2.0)
        return f"hangs: no result within {self.limit_s:g} s{self.close()}"

    def _end_crashed(self) -> str:
        assert self.process
        code = self.process.wait()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"crashed: {how}{self.close()}"

    def close(self) -> str:
        """Ends it if it runs; returns what it wrote to standard error."""
        if self.process is None:
            return ""
        self.process.kill()
        self.process.communicate()
        self.process = None
        with self.errors:
            self.errors.seek(0)
            text = self.errors.read().decode(errors="replace").strip()
        return f"\n{text[:4000]}" if text else ""
