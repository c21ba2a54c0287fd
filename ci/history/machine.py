"""What makes the timings of two runs comparable: the facts behind a machine's fingerprint.

A change of any of them begins a new series. The version of mn is not among them: mn is what the history watches, and
its commit tells it. Memory is what the machine has, not what the kernel leaves of it, which varies from boot to boot.
A new fact needs a step in migrations.py: the runs in the store have theirs, and their digests, from before.
"""

from math import ceil
from typing import Any

from ci.history.record import digest

GIB = 2**30
SUBJECT = "mn"
# What stays when the system, the compiler or a library is renewed.
HARDWARE = ("cpu", "cores", "allowed_cpus", "memory", "arch", "virtualization")


def facts_of(environment: dict[str, Any]) -> dict[str, str]:
    machine = environment["machine"]
    versions = {name: model["version"] for name, model in environment["models"].items() if name != SUBJECT}
    return {
        "cpu": machine["cpu"],
        "cores": str(machine["cores"]),
        "allowed_cpus": str(machine["allowed_cpus"]),
        "memory": f"{installed_gib(machine['memory_bytes'])} GiB",
        "arch": machine["arch"],
        "virtualization": machine["virtualization"] or "none",
        "kernel": environment["kernel"],
        "libc": environment["libc"],
        "compiler": environment["compiler"],
        "flags": environment["flags"],
        **{f"model.{name}": version for name, version in versions.items()},
    }


def installed_gib(usable: int) -> int:
    """The kernel keeps a per cent or two; modules come in steps of an eighth of a power of two, or of 1 GiB."""
    step = max(GIB, 2 ** (usable.bit_length() - 4))
    return ceil(usable / step) * step // GIB


def hardware_of(facts: dict[str, str]) -> str:
    """A fingerprint that two machines share if only their software differs."""
    return digest([{name: facts[name] for name in HARDWARE}])


def describe(facts: dict[str, str]) -> str:
    """A machine in a few words."""
    return f"{facts['cpu']}, {facts['allowed_cpus']} of {facts['cores']} cores, {facts['kernel']}, {facts['compiler']}"
