"""What stands behind a model's name: the conductor's rule (benchmarks/conductor/plan/model_name.hpp).

A second name is the same model in the same configuration: `mn.again`, the A/A twin; `mn.slow5`, which is slowed by 5 %
on purpose; `mn.base`, the program of another commit. None is a model of its own.
"""

import re
from collections.abc import Mapping

TWIN = ".again"
BASE = ".base"
SLOWED = re.compile(r"\.slow([1-9]\d?|100)$")


def is_twin(model: str) -> bool:
    return model.endswith(TWIN)


def is_base(model: str) -> bool:
    return model.endswith(BASE)


def slowed_by(model: str) -> int:
    """Percent; 0 where it is as fast as it is."""
    found = SLOWED.search(model)
    return int(found[1]) if found else 0


def is_second_name(model: str) -> bool:
    return is_twin(model) or is_base(model) or slowed_by(model) > 0


def first_name(model: str) -> str:
    """The model that a second name stands for; the name itself where it is a first one."""
    return SLOWED.sub("", model.removesuffix(TWIN).removesuffix(BASE))


def cell_name(workload: str, params: Mapping[str, int]) -> str:
    """ "ping_pong/capacity:0", as contenders name a cell; the cores are not part of it."""
    return workload + "".join(f"/{name}:{value}" for name, value in params.items() if name != "cores")
