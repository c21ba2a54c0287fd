"""Numbers as people read them. Rounded for the eye; summary.json has every digit."""

THINGS = ("threads", "calls", "tasks", "requests")  # units that count
TIMES = {"ns": 1.0, "µs": 1e3}  # units that step up, in ns
RATE = "1/s"


def number(value: float) -> str:
    """Three significant digits, or all those before the point, thousands set apart."""
    size = abs(value)
    if size >= 99.95:
        return whole(value)
    if size >= 9.995:
        return f"{value:.1f}"
    if size >= 0.9995:
        return f"{value:.2f}"
    if size == 0:
        return "0"
    return f"{value:.3g}"


def whole(value: float) -> str:
    """Without a sign where nothing is left of a number below zero."""
    text = f"{value:,.0f}"
    return "0" if text == "-0" else text


def counted(value: float, unit: str) -> str:
    """A number of things: whole, most of the time, and of one thing in the singular."""
    text = whole(value) if value == int(value) else number(value)
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}"


def quantity(value: float | None, unit: str) -> str:
    """A value with its unit: times step up from ns, bytes stay bytes up to 100,000 so that small ones compare."""
    if value is None:
        return "–"
    size = abs(value)
    if unit in TIMES:
        value, size = value * TIMES[unit], size * TIMES[unit]
        for step, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
            if size >= step:
                return f"{number(value / step)} {name}"
        return f"{number(value)} ns"
    if unit == RATE:
        return f"{number(value)}/s"
    if unit == "B":
        if size >= 1 << 30:
            return f"{number(value / (1 << 30))} GiB"
        if size >= 1_048_576:
            return f"{number(value / 1_048_576)} MiB"
        if size >= 100_000:
            return f"{number(value / 1024)} KiB"
        return f"{whole(value)} B"
    if unit in THINGS:
        return counted(value, unit)
    return f"{number(value)} {unit}".rstrip()


def tick(value: float, unit: str) -> str:
    """A round value at an axis."""
    if unit in ("B", RATE) and value >= 1000:
        short = f"{value / 1e6:g}M" if value >= 1e6 else f"{value / 1000:g}k"
        return short if unit == "B" else f"{short}/s"
    if unit == RATE:
        return f"{value:g}/s"
    text = quantity(value, unit)
    whole, _, name = text.partition(" ")
    return f"{float(whole.replace(',', '')):g} {name}"


def interval(bounds: list[float] | None, unit: str) -> str:
    if bounds is None:
        return "–"
    low, high = (quantity(bound, unit) for bound in bounds)
    return low if low == high else f"{low} – {high}"


def factor(value: float | None) -> str:
    return "–" if value is None else f"{number(value)}×"


def factors(bounds: list[float] | None) -> str:
    if bounds is None:
        return "–"
    low, high = (factor(bound) for bound in bounds)
    return low if low == high else f"{low} – {high}"


def listing(words: list[str]) -> str:
    """a, b and c"""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
