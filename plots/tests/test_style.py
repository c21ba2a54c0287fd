"""One look a model, everywhere and whoever else is there."""

import re

import pytest

from plots import style


def test_no_two_models_share_a_colour_or_a_marker() -> None:
    looks = list(style.LOOKS.values())
    for field in ("label", "colour", "marker", "glyph"):
        assert len({getattr(look, field) for look in looks}) == len(looks), field


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("background", ["#fffffe", "#15181c"])
@pytest.mark.parametrize("colour", [look.colour for look in style.LOOKS.values()] + list(style.OTHER_COLOURS))
def test_every_colour_stands_out_on_light_and_dark(colour: str, background: str) -> None:
    assert re.fullmatch(r"#[0-9a-f]{6}", colour)
    light, dark = sorted((luminance(colour), luminance(background)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3.0


def test_a_variant_looks_like_its_model_but_hollow() -> None:
    base, variant = style.look("boost_fiber"), style.look("boost_fiber.guarded")
    assert (variant.colour, variant.marker) == (base.colour, base.marker)
    assert variant.hollow
    assert not base.hollow
    assert variant.glyph != base.glyph
    assert variant.label == "Boost.Fiber (guarded)"


def test_an_unknown_model_gets_a_look_of_its_own_that_stays() -> None:
    assert style.look("tokio") == style.look("tokio")
    assert style.look("tokio").label == "tokio"
    assert style.look("tokio").colour not in {look.colour for look in style.LOOKS.values()}


def test_order_is_that_of_the_list_with_variants_behind_their_model() -> None:
    given = ["zig", "tbb", "boost_fiber.guarded", "boost_fiber", "async", "mn"]
    assert style.in_order(given) == ["mn", "boost_fiber", "boost_fiber.guarded", "tbb", "async", "zig"]
