"""Fonts: styles grow with the reader's text size, sizes in points do not."""

from __future__ import annotations

import pytest

from device_server.views.fonts import DYNAMIC_TYPE_SIZES, STYLES, Face, font


def test_every_style_has_a_size_for_each_of_the_twelve() -> None:
    assert len(DYNAMIC_TYPE_SIZES) == 12
    for sizes in STYLES.values():
        assert len(sizes) == 12
        assert list(sizes) == sorted(sizes)


def test_a_style_grows_and_a_size_stays() -> None:
    assert font("body").at("large", "regular") == Face(17, False)
    assert font("body").at("accessibility5", "regular") == Face(53, False)
    assert font(17).at("accessibility5", "regular") == Face(17, False)


def test_bold_comes_from_the_style_the_weight_or_the_reader() -> None:
    assert font("headline").at("large", "regular").is_bold
    assert not font("headline", "regular").at("large", "regular").is_bold
    assert font("body", "bold").at("large", "regular").is_bold
    assert font("body", "regular").at("large", "bold").is_bold


@pytest.mark.parametrize(
    ("style", "weight"), [("tilte", None), ("body", "heavy"), (0, None), (501, None), (True, None)]
)
def test_an_unknown_font_is_refused(style: object, weight: object) -> None:
    with pytest.raises((ValueError, TypeError), match=r"valid are: |is from 4 to 500|is a number"):
        font(style, weight)
