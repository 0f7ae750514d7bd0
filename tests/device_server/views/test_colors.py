"""Colours by name, in both schemes, and by hexadecimal digits."""

from __future__ import annotations

import pytest

from device_server.views.colors import COLORS, Rgba, color, rgba


def test_a_name_has_a_colour_in_each_scheme() -> None:
    assert rgba("primary", "light") == (0, 0, 0, 255)
    assert rgba("primary", "dark") == (255, 255, 255, 255)
    assert all(isinstance(rgba(name, scheme), Rgba) for name in COLORS for scheme in ("light", "dark"))


def test_digits_are_the_same_in_both() -> None:
    assert rgba(color("#0a14ff"), "light") == rgba("#0a14ff", "dark") == (10, 20, 255, 255)
    assert rgba(color("#0a14ff80"), "light").alpha == 128


@pytest.mark.parametrize("name", ["grey", "#12", "#12345g", "", "rgb(1,2,3)"])
def test_an_unknown_colour_is_told_the_names(name: str) -> None:
    with pytest.raises(ValueError, match=r"Unknown color .*valid are #rrggbb, #rrggbbaa and: primary, secondary"):
        color(name)
