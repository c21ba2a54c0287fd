import pytest

from plots import units


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (97.12, "ns", "97.1 ns"),
        (99.96, "ns", "100 ns"),
        (1500.0, "ns", "1.50 µs"),
        (2_500_000.0, "ns", "2.50 ms"),
        (3.2e9, "ns", "3.20 s"),
        (2713.4, "B", "2,713 B"),
        (34_600.0, "B", "34,600 B"),
        (-3.0, "B", "-3 B"),
        (262_144.0, "B", "256 KiB"),
        (8_388_608.0, "B", "8.00 MiB"),
        (4_548_000_000.0, "B", "4.24 GiB"),
        (0.0, "B", "0 B"),
        (0.388, "ms", "0.388 ms"),
        (20.2, "ms", "20.2 ms"),
        (0.0421, "ns", "0.0421 ns"),
        (12_345.6, "1/s", "12,346/s"),
        (4.56, "1/s", "4.56/s"),
        (0.0, "1/s", "0/s"),
        (0.25, "µs", "250 ns"),
        (4.123, "µs", "4.12 µs"),
        (78_900.0, "µs", "78.9 ms"),
        (3.2e6, "µs", "3.20 s"),
        (0.0, "requests", "0 requests"),
        (1.0, "requests", "1 request"),
        (99.42, "%", "99.4 %"),
        (None, "ns", "–"),
        (-0.3, "B", "0 B"),
        (1.0, "threads", "1 thread"),
        (10_004.0, "threads", "10,004 threads"),
        (2.5, "calls", "2.50 calls"),
    ],
)
def test_quantities_read_well(value: float | None, unit: str, text: str) -> None:
    assert units.quantity(value, unit) == text


def test_intervals_and_factors() -> None:
    assert units.interval([1.0, 2.0], "ns") == "1.00 ns – 2.00 ns"
    assert units.interval([5.0, 5.0], "B") == "5 B"
    assert units.interval(None, "B") == "–"
    assert units.factor(3.196) == "3.20×"
    assert units.factors([0.9996, 1.004]) == "1.00×"
    assert units.factors([0.994, 1.004]) == "0.994× – 1.00×"
    assert units.factors([0.5, 2.0]) == "0.5× – 2.00×"
    assert units.factor(None) == units.factors(None) == "–"


def test_ticks_are_short() -> None:
    assert [units.tick(v, "B") for v in (500, 2000, 1e6)] == ["500 B", "2k", "1M"]
    assert [units.tick(v, "ns") for v in (100, 1000, 20_000)] == ["100 ns", "1 µs", "20 µs"]
    assert [units.tick(v, "µs") for v in (0.5, 5, 2000)] == ["500 ns", "5 µs", "2 ms"]
    assert [units.tick(v, "1/s") for v in (50, 5000, 2e5, 2e6)] == ["50/s", "5k/s", "200k/s", "2M/s"]


def test_listing() -> None:
    assert units.listing(["a"]) == "a"
    assert units.listing(["a", "b", "c"]) == "a, b and c"
