"""Traits: presets, layers, and unknown values that are told the valid ones."""

from __future__ import annotations

import pytest

from device_server.views.traits import PRESETS, Traits, layered


def test_presets_are_applied_in_order_and_names_win() -> None:
    traits = Traits().with_traits("dark", "light", "xx_large", "bold", color_scheme="dark")
    assert (traits.color_scheme, traits.dynamic_type_size, traits.legibility_weight) == ("dark", "xx_large", "bold")


def test_there_is_a_preset_for_each_size_and_direction() -> None:
    assert {"light", "dark", "rtl", "ltr", "bold", "x_small", "accessibility5"} <= set(PRESETS)
    assert len(PRESETS) == 5 + 12
    for name in PRESETS:
        Traits().with_traits(name)


def test_a_language_that_is_written_from_the_right_turns_the_layout() -> None:
    assert Traits().with_traits(locale="ar-EG").layout_direction == "rtl"
    assert Traits().with_traits(locale="he", layout_direction="ltr").layout_direction == "ltr"
    assert Traits().with_traits(locale="de_AT").layout_direction == "ltr"


def test_the_explicit_wins_over_the_settings_and_these_over_the_defaults() -> None:
    traits = layered({"scale": 3}, {"scale": 2, "color_scheme": "dark"})
    assert (traits.scale, traits.color_scheme, traits.dynamic_type_size) == (3, "dark", "large")


def test_a_size_is_a_pair_a_text_or_what_fits() -> None:
    assert Traits().with_traits(size=(320, 480)).size == Traits().with_traits(size="320x480").size == (320, 480)
    assert Traits().with_traits(size="fit").size == "fit"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("color_scheme", "sepia", "valid are: light, dark"),
        ("dynamic_type_size", "huge", "valid are: x_small, small, medium, large"),
        ("layout_direction", "down", "valid are: ltr, rtl"),
        ("legibility_weight", "heavy", "valid are: regular, bold"),
        ("locale", "German please", "valid are language codes"),
        ("scale", 4, "valid are: 1, 2, 3"),
        ("scale", True, "valid are: 1, 2, 3"),
        ("size", 3, "a width and a height"),
        ("size", "3", "a width and a height"),
        ("size", (1, 2, 3), "a width and a height"),
        ("size", (0, 100), "from 1x1 to 4096x4096 points, not 0x100"),
        ("size", (100_000, 100), "not 100000x100"),
        ("size", (float("nan"), 100), "from 1x1"),
        ("sise", (1, 1), "Unknown trait 'sise'; valid are: color_scheme, "),
    ],
)
def test_an_unknown_value_is_told_the_valid_ones(name: str, value: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Traits().with_traits(**{name: value})


def test_an_unknown_preset_is_told_the_valid_ones() -> None:
    with pytest.raises(ValueError, match="Unknown preset 'night'; valid are: light, dark"):
        Traits().with_traits("night")


def test_too_many_pixels_are_refused() -> None:
    Traits().with_traits(size=(4096, 4096))
    with pytest.raises(ValueError, match="12288x12288 pixels are too many"):
        Traits().with_traits(size=(4096, 4096), scale=3)
