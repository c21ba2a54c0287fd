"""How the suite starts a program that it may want to interrupt, or to ask what its tasks wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def with_default_signals(command: Sequence[str], more: Mapping[str, str] | None = None) -> list[str]:
    """What a shell starts in the background inherits that SIGINT and SIGQUIT are ignored, and so would the program.

    `more`: of the environment, for the program alone.
    """
    return ["env", "--default-signal=INT,QUIT", *(f"{k}={v}" for k, v in (more or {}).items()), *command]
