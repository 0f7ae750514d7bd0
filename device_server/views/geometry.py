"""Sizes, places and what a parent proposes to a child, in points. No rules: those are in layout.py."""

from __future__ import annotations

from typing import Final, NamedTuple

INFINITY: Final = float("inf")


class Size(NamedTuple):
    """Never negative, never infinite."""

    width: float
    height: float


class Proposal(NamedTuple):
    """The size that a parent offers a child: None asks for the ideal size, 0 for the least, infinity for the most."""

    width: float | None
    height: float | None

    def along(self, axis: int) -> float | None:
        return self[axis]


class Rect(NamedTuple):
    """A rectangle, its corner at the upper left, as seen from the upper left of the picture."""

    x: float
    y: float
    width: float
    height: float

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def meet(self, other: Rect) -> Rect:
        """What both cover; it may be empty."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Rect(x, y, max(0.0, right - x), max(0.0, bottom - y))

    @property
    def center(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0


HORIZONTAL: Final = 0
VERTICAL: Final = 1
"""Axes, as places in a Size and in a Proposal."""

HORIZONTAL_ALIGNMENTS: Final = {"leading": 0.0, "center": 0.5, "trailing": 1.0}
VERTICAL_ALIGNMENTS: Final = {"top": 0.0, "center": 0.5, "bottom": 1.0}
ALIGNMENTS: Final = {
    "top_leading": (0.0, 0.0), "top": (0.5, 0.0), "top_trailing": (1.0, 0.0),
    "leading": (0.0, 0.5), "center": (0.5, 0.5), "trailing": (1.0, 0.5),
    "bottom_leading": (0.0, 1.0), "bottom": (0.5, 1.0), "bottom_trailing": (1.0, 1.0),
}  # fmt: skip
"""Name -> how much of the free room lies before the child, horizontally and vertically."""
