"""Which font a text has: styles and their sizes at each of the reader's twelve text sizes. No font files here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from device_server.views.arguments import choice, number, word

DYNAMIC_TYPE_SIZES: Final = (
    "x_small", "small", "medium", "large", "x_large", "xx_large", "xxx_large",
    "accessibility1", "accessibility2", "accessibility3", "accessibility4", "accessibility5",
)  # fmt: skip
"""The text sizes that a reader can choose, smallest first; `large` is what most have."""

WEIGHTS: Final = ("regular", "bold")

STYLES: Final[dict[str, tuple[int, ...]]] = {
    "large_title": (31, 32, 33, 34, 36, 38, 40, 44, 48, 52, 56, 60),
    "title": (25, 26, 27, 28, 30, 32, 34, 38, 43, 48, 53, 58),
    "title2": (19, 20, 21, 22, 24, 26, 28, 34, 39, 44, 50, 56),
    "title3": (17, 18, 19, 20, 22, 24, 26, 31, 37, 43, 49, 55),
    "headline": (14, 15, 16, 17, 19, 21, 23, 28, 33, 40, 47, 53),
    "body": (14, 15, 16, 17, 19, 21, 23, 28, 33, 40, 47, 53),
    "callout": (13, 14, 15, 16, 18, 20, 22, 26, 32, 38, 44, 51),
    "subheadline": (12, 13, 14, 15, 17, 19, 21, 25, 30, 36, 42, 49),
    "footnote": (12, 12, 12, 13, 15, 17, 19, 23, 27, 33, 38, 44),
    "caption": (11, 11, 11, 12, 14, 16, 18, 22, 26, 32, 37, 43),
    "caption2": (11, 11, 11, 11, 13, 15, 17, 20, 24, 29, 34, 40),
}
"""Text style -> its size in points at each of DYNAMIC_TYPE_SIZES, as iOS has them."""

_BOLD_STYLES: Final = frozenset({"headline"})
LEAST_SIZE, MOST_SIZE = 4.0, 500.0


@dataclass(frozen=True, slots=True)
class Font:
    """A style, or a size that the reader's choice does not change."""

    style: str = "body"
    size: float | None = None
    weight: str | None = None
    """None is what the style has."""

    def at(self, dynamic_type_size: str, legibility_weight: str) -> Face:
        """The face to draw with."""
        points = self.size or STYLES[self.style][DYNAMIC_TYPE_SIZES.index(dynamic_type_size)]
        is_bold = self.weight == "bold" or (self.weight is None and self.size is None and self.style in _BOLD_STYLES)
        return Face(float(points), is_bold or legibility_weight == "bold")


@dataclass(frozen=True, slots=True)
class Face:
    """What is drawn: a size in points, and whether it is bold."""

    points: float
    is_bold: bool


BODY: Final = Font()


def font(style_or_size: object, weight: object = None) -> Font:
    """A font by the name of its style or by its size in points.

    Raises: ValueError or TypeError, which say what is valid.
    """
    chosen = None if weight is None else choice("font weight", weight, WEIGHTS)
    if isinstance(style_or_size, int | float):
        return Font(size=number("The size of a font", style_or_size, LEAST_SIZE, MOST_SIZE), weight=chosen)
    return Font(style=choice("font style", word(style_or_size), STYLES), weight=chosen)
