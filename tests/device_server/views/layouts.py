"""Views laid out with letters that are all alike: 10 points wide at any size, in lines of 20."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from device_server.views import elements as e
from device_server.views.fonts import Face
from device_server.views.geometry import Size
from device_server.views.layout import lay_out
from device_server.views.negotiation import Placed
from device_server.views.state import Store
from device_server.views.traits import Traits
from device_server.views.tree import evaluate

LETTER, LINE = 10.0, 20.0


@dataclass(frozen=True)
class Letters:
    """A Measure. Pictures are pairs of numbers."""

    def width(self, text: str, face: Face) -> float:
        return LETTER * len(text)

    def line_height(self, face: Face) -> float:
        return LINE

    def image_size(self, source: object) -> Size:
        assert isinstance(source, tuple)
        return Size(*source)


def laid(view: object, width: float = 200, height: float = 100, traits: Traits | None = None) -> Placed:
    """The view in a picture of this size."""
    traits = traits or Traits()
    return lay_out(evaluate(view, Store(), traits), Size(width, height), Letters(), traits)


def every(placed: Placed) -> Iterator[Placed]:
    """It and all inside it."""
    yield placed
    for child in placed.children:
        yield from every(child)


def frames(
    view: object, width: float = 200, height: float = 100, traits: Traits | None = None
) -> list[tuple[float, ...]]:
    """x, y, width, height of the texts, shapes and pictures, in the order in which they are painted."""
    leaves = (e.Text, e.Rectangle, e.Circle, e.Image, e.Spacer, e.Divider)
    return [
        tuple(each.frame) for each in every(laid(view, width, height, traits)) if isinstance(each.node.what, leaves)
    ]


def sizes(view: object, width: float = 200, height: float = 100) -> list[tuple[float, float]]:
    """Of the same, width and height."""
    return [(frame[2], frame[3]) for frame in frames(view, width, height)]
