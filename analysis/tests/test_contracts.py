"""Which cells a profile plans, by the conductor's rules."""

from typing import Any

from analysis.contracts import blocks_of_cells, cells_of_choice

PROFILE: dict[str, Any] = {
    "models": ["mn", "go"],
    "again": "mn",
    "cores": [1, 2],
    "own": [
        {"model": "go", "cells": {"skynet": [{"leaves": [10], "blocks": [5]}]}},
        {"model": "mn.stackless", "cells": {"skynet": [{"leaves": [100]}]}},
    ],
    "cells": {"skynet": [{"leaves": [10], "blocks": [3]}, {"leaves": [100], "blocks": [2]}], "ping_pong": [{}]},
}


def test_a_cell_is_in_as_many_blocks_as_any_of_its_models_asks_for() -> None:
    found = blocks_of_cells(PROFILE, allowed=2)

    def limits(workload: str, **params: int) -> set[int]:
        return {
            limit for (name, cell), limit in found.items() if name == workload and params.items() <= dict(cell).items()
        }

    assert limits("skynet", leaves=10) == {5}  # Go's, though mn asks for three
    assert limits("skynet", leaves=100) == {0}  # a variant asks for all
    assert limits("ping_pong") == {0}
    assert len(found) == 2 * (2 + 2)  # on two numbers of cores; two capacities


def test_a_server_leaves_a_cpu_for_its_client() -> None:
    def cores(workload: str, allowed: int) -> set[int]:
        return {params["cores"] for params in cells_of_choice(workload, {}, [1, 2], allowed)}

    assert cores("echo_server", 2) == cores("idle_connections", 2) == {1}
    assert cores("echo_server", 3) == cores("ping_pong", 2) == {1, 2}
    assert cores("echo_server", 1) == set()
