"""The command that repeats something, as it can be typed in the project's folder."""

from __future__ import annotations

import os
import sys


def command(module: str, *flags: str) -> str:
    """`module`: what follows `python -m`."""
    return " ".join([os.path.relpath(sys.executable), "-m", module, *flags])
