"""How large texts, pictures and shapes are."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Final

from device_server.views import elements as e
from device_server.views import text
from device_server.views.controls import Track
from device_server.views.fonts import Face
from device_server.views.geometry import HORIZONTAL, INFINITY, VERTICAL, Proposal, Size
from device_server.views.negotiation import Kind, Negotiation, Place
from device_server.views.text import Measure
from device_server.views.tree import Node, Nothing

SHAPE: Final = 10.0
"""The ideal side of what takes all room there is."""
TRACK_HEIGHT: Final = 28.0
TRACK_WIDTH: Final = 100.0


class Leaf:
    """Has no children, and takes no room, unless `fits` of a subclass says so."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        return Size(0, 0)

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        return ()


class TextKind(Leaf):
    """As wide as its longest line, and at most as wide as proposed; at least one line high."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        face = node.style.face
        height = negotiation.measure.line_height(face)
        if proposal.width == 0:  # only to find out how flexible it is: not worth a line for each character
            return Size(face.points, height)
        found = text_lines(node, proposal, negotiation.measure, face)
        scale = negotiation.traits.scale
        return Size(ceil(max(line.width for line in found) * scale - 0.01) / scale, height * len(found))


def text_lines(node: Node, proposal: Proposal, measure: Measure, face: Face) -> tuple[text.Line, ...]:
    """The lines of a text in the room that is proposed."""
    assert isinstance(node.what, e.Text)
    limit = node.style.line_limit
    if proposal.height is not None and proposal.height != INFINITY:
        room = max(1, int((proposal.height + 0.01) / measure.line_height(face)))
        limit = room if limit is None else min(limit, room)
    width = None if proposal.width == INFINITY else proposal.width
    return text.lines(node.what.content, face, text.Room(width, limit, node.style.truncation), measure)


class ImageKind(Leaf):
    """Its own size, or with a content mode what room there is: within it (fit), or all of it."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        assert isinstance(node.what, e.Image)
        own = negotiation.measure.image_size(node.what.source)
        if node.what.content_mode is None:
            return own
        if node.what.content_mode != "fit":
            return or_else(proposal, *own)
        ratios = [room / side for room, side in zip(proposal, own, strict=True) if room is not None]
        ratio = min(ratios, default=1.0)
        return Size(own.width * ratio, own.height * ratio)


class ShapeKind(Leaf):
    """All the room there is."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        return or_else(proposal, SHAPE, SHAPE)


class CircleKind(Leaf):
    """A square, as large as there is room for."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        side = min((room for room in proposal if room is not None), default=SHAPE)
        return Size(side, side)


class SpacerKind(Leaf):
    """All the room along its stack, and none across."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        assert isinstance(node.what, e.Spacer)
        least, axis = node.what.min_length, node.style.axis
        return Size(
            *(
                0.0 if axis == other else max(least, room or 0.0)
                for other, room in ((VERTICAL, proposal.width), (HORIZONTAL, proposal.height))
            )
        )


class DividerKind(Leaf):
    """A pixel thick."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        thin, size = 1 / negotiation.traits.scale, or_else(proposal, SHAPE, SHAPE)
        return Size(thin, size.height) if node.style.axis == HORIZONTAL else Size(size.width, thin)


class TrackKind(Leaf):
    """All the width."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        return Size(or_else(proposal, TRACK_WIDTH, 0).width, TRACK_HEIGHT)


def or_else(proposal: Proposal, width: float, height: float) -> Size:
    """What is proposed, and this where nothing is."""
    return Size(
        width if proposal.width is None else proposal.width, height if proposal.height is None else proposal.height
    )


LEAVES: Final[dict[type, Kind]] = {
    Nothing: Leaf(),
    e.Text: TextKind(),
    e.Image: ImageKind(),
    e.Rectangle: ShapeKind(),
    e.Circle: CircleKind(),
    e.Spacer: SpacerKind(),
    e.Divider: DividerKind(),
    Track: TrackKind(),
}
