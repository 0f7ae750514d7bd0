"""What the layout has to know of fonts and pictures. typefaces.py knows it; tests of the layout have their own."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from device_server.views.fonts import Face
from device_server.views.geometry import Size


class Measure(Hashable, Protocol):
    """All lengths in points."""

    def width(self, text: str, face: Face) -> float:
        """How far the pen goes for a line of text."""

    def line_height(self, face: Face) -> float:
        """From one line to the next."""

    def image_size(self, source: object) -> Size:
        """The size of a picture that is an element's, a pixel being a point.

        Raises: ValueError or OSError when it is no picture or too large.
        """
