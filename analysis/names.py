"""What stands behind a model's name: the conductor's rule (benchmarks/conductor/plan/model_name.hpp).

A second name is the same program in the same configuration: `mn.again`, the A/A twin, and `mn.slow5`, which is slowed
by 5 % on purpose. Neither is a model of its own.
"""

import re

TWIN = ".again"
SLOWED = re.compile(r"\.slow([1-9]\d?|100)$")


def is_twin(model: str) -> bool:
    return model.endswith(TWIN)


def slowed_by(model: str) -> int:
    """Percent; 0 where it is as fast as it is."""
    found = SLOWED.search(model)
    return int(found[1]) if found else 0


def is_second_name(model: str) -> bool:
    return is_twin(model) or slowed_by(model) > 0


def first_name(model: str) -> str:
    """The model that a second name stands for; the name itself where it is a first one."""
    return SLOWED.sub("", model.removesuffix(TWIN))
