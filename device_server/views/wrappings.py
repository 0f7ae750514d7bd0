"""How modifiers and windows change what is proposed to the view inside them, and the size that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from device_server.views import modifiers as m
from device_server.views.controls import Scroll
from device_server.views.geometry import HORIZONTAL, INFINITY, Proposal, Size
from device_server.views.negotiation import Kind, Negotiation, Place, aligned
from device_server.views.tree import Node


class Through:
    """A modifier that changes no size."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        return negotiation.fit(node.children[0], proposal)

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        return (Place(0, 0, proposal),)


class PaddingKind:
    """Offers its child what is left, and adds what it took."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        assert isinstance(node.what, m.Padding)
        inner = negotiation.fit(node.children[0], self._inner(node.what, proposal))
        return Size(
            inner.width + node.what.leading + node.what.trailing, inner.height + node.what.top + node.what.bottom
        )

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        assert isinstance(node.what, m.Padding)
        return (Place(node.what.leading, node.what.top, self._inner(node.what, proposal)),)

    def _inner(self, padding: m.Padding, proposal: Proposal) -> Proposal:
        width, height = proposal
        return Proposal(
            None if width is None else max(0.0, width - padding.leading - padding.trailing),
            None if height is None else max(0.0, height - padding.top - padding.bottom),
        )


class FrameKind:
    """Proposes what its bounds allow; takes a size within its bounds."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        assert isinstance(node.what, m.Frame)
        extents = node.what.extents
        child = negotiation.fit(node.children[0], self._inner(extents, proposal))
        return Size(*map(_bounded, extents, proposal, child))

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        assert isinstance(node.what, m.Frame)
        inner = self._inner(node.what.extents, proposal)
        return (aligned(node.children[0], inner, size, node.what.alignment, negotiation),)

    def _inner(self, extents: tuple[m.Extent, m.Extent], proposal: Proposal) -> Proposal:
        return Proposal(*map(_offered, extents, proposal))


def _offered(extent: m.Extent, proposed: float | None) -> float | None:
    wished = extent.ideal if proposed is None else proposed
    if wished is None:
        return None
    return min(max(wished, extent.least or 0.0), INFINITY if extent.most is None else extent.most)


def _bounded(extent: m.Extent, proposed: float | None, child: float) -> float:
    """The length that a frame takes: without bounds its child's; a greatest one makes it take what is proposed."""
    wished = extent.ideal if proposed is None else proposed
    if extent.least is not None:
        child = max(extent.least, child if wished is None else min(child, wished))
    if extent.most is not None:
        child = min(extent.most, child if wished is None else max(child, wished))
    return child


class FixedSizeKind:
    """Asks its child for the ideal size."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        return negotiation.fit(node.children[0], self._inner(node, proposal))

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        return (Place(0, 0, self._inner(node, proposal)),)

    def _inner(self, node: Node, proposal: Proposal) -> Proposal:
        assert isinstance(node.what, m.FixedSize)
        return Proposal(*(None if is_fixed else room for is_fixed, room in zip(node.what.axes, proposal, strict=True)))


class BesideKind(Through):
    """As large as its child; the other view is offered just that."""

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        assert isinstance(node.what, m.Beside)
        other = aligned(node.children[1], Proposal(*size), size, node.what.alignment, negotiation)
        return (Place(0, 0, proposal), other)


class ScrollKind:
    """Takes the room there is; its child is as long as it likes."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        assert isinstance(node.what, Scroll)
        size = list(negotiation.fit(node.children[0], self._inner(node.what, proposal)))
        room = proposal.along(node.what.axis)
        size[node.what.axis] = size[node.what.axis] if room is None else room
        return Size(*size)

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        assert isinstance(node.what, Scroll)
        inner, axis = self._inner(node.what, proposal), node.what.axis
        content = negotiation.fit(node.children[0], inner)
        moved = -min(node.what.offset, max(0.0, content[axis] - size[axis]))
        return (Place(moved, 0, inner) if axis == HORIZONTAL else Place(0, moved, inner),)

    def _inner(self, scroll: Scroll, proposal: Proposal) -> Proposal:
        inner = list(proposal)
        inner[scroll.axis] = None
        return Proposal(*inner)


WRAPPINGS: Final[dict[type, Kind]] = {
    m.Padding: PaddingKind(),
    m.Frame: FrameKind(),
    m.FixedSize: FixedSizeKind(),
    m.LayoutPriority: Through(),
    m.Beside: BesideKind(),
    m.CornerRadius: Through(),
    m.Border: Through(),
    m.Opacity: Through(),
    m.Shadow: Through(),
    Scroll: ScrollKind(),
}
