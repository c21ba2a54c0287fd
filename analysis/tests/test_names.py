"""Names of models: what is a second name, and of whom. The conductor has the same rule, and the same examples."""

import pytest

from analysis.names import first_name, is_second_name, is_twin, slowed_by


@pytest.mark.parametrize(
    ("name", "first", "twin", "percent"),
    [
        ("mn", "mn", False, 0),
        ("mn.again", "mn", True, 0),
        ("mn.base", "mn", False, 0),
        ("mn.slow1", "mn", False, 1),
        ("mn.slow20", "mn", False, 20),
        ("mn.slow100", "mn", False, 100),
        ("boost_fiber.guarded", "boost_fiber.guarded", False, 0),
        ("mn.slow0", "mn.slow0", False, 0),
        ("mn.slow05", "mn.slow05", False, 0),
        ("mn.slow101", "mn.slow101", False, 0),
        ("mn.slower5", "mn.slower5", False, 0),
        ("slow5", "slow5", False, 0),
    ],
)
def test_what_stands_behind_a_name(name: str, first: str, twin: bool, percent: int) -> None:
    assert (first_name(name), is_twin(name), slowed_by(name)) == (first, twin, percent)
    assert is_second_name(name) == (name != first)
