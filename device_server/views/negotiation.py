"""Layout: a parent proposes a size, a child answers with the one it takes, the parent places it. Pure.

A child may take another size than was proposed, and the parent has to live with that. Proposals of None, 0 and infinity
ask for the ideal, the least and the greatest size: stacks find out so how flexible their children are. All answers for
a proposal are remembered, so that nested stacks do not ask the innermost views again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from device_server.views.geometry import HORIZONTAL, INFINITY, Proposal, Rect, Size
from device_server.views.text import Measure
from device_server.views.traits import Traits
from device_server.views.tree import Node


class Place(NamedTuple):
    """Where a child goes in its parent, and what is proposed to it there."""

    x: float
    y: float
    proposal: Proposal


class Placed(NamedTuple):
    """A node with its place in the picture."""

    node: Node
    frame: Rect
    proposal: Proposal
    """What was proposed to it there."""
    children: tuple[Placed, ...]


class Kind(Protocol):
    """The rules of one kind of node."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        """The size that it takes."""

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        """For each child, its place in this size, which is the one it took for this proposal."""


@dataclass(frozen=True, slots=True)
class Negotiation:
    """One layout."""

    measure: Measure
    traits: Traits
    kinds: Mapping[type, Kind]

    def fit(self, node: Node, proposal: Proposal) -> Size:
        """The size that a node takes when this is proposed."""
        size = node.sizes.get(proposal)
        if size is None:
            size = node.sizes[proposal] = self.kinds[type(node.what)].fits(node, proposal, self)
        return size

    def flexibility(self, node: Node, axis: int, across: float | None) -> tuple[float, float]:
        """Its least and its greatest length along an axis."""
        if axis == HORIZONTAL:
            return self.fit(node, Proposal(0.0, across)).width, self.fit(node, Proposal(INFINITY, across)).width
        return self.fit(node, Proposal(across, 0.0)).height, self.fit(node, Proposal(across, INFINITY)).height

    def place(self, node: Node, x: float, y: float, proposal: Proposal) -> Placed:
        """The node and all inside it, its corner being there."""
        size = self.fit(node, proposal)
        kind = self.kinds[type(node.what)]
        is_mirrored = self.traits.layout_direction == "rtl"
        placed = list[Placed]()
        if node.children:
            for child, place in zip(node.children, kind.places(node, proposal, size, self), strict=True):
                left = place.x
                if is_mirrored:
                    left = size.width - place.x - self.fit(child, place.proposal).width
                placed.append(self.place(child, x + left, y + place.y, place.proposal))
        return Placed(node, Rect(x, y, *size), proposal, tuple(placed))


def aligned(
    child: Node, proposal: Proposal, size: Size, alignment: tuple[float, float], negotiation: Negotiation
) -> Place:
    """A child in this size."""
    taken = negotiation.fit(child, proposal)
    return Place((size.width - taken.width) * alignment[0], (size.height - taken.height) * alignment[1], proposal)
