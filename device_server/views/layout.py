"""Layout of a whole tree: which rules go with which node, and where the outermost one is. The rules are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from device_server.views.geometry import Proposal, Size
from device_server.views.leaves import LEAVES
from device_server.views.negotiation import Kind, Negotiation, Placed
from device_server.views.stacks import STACKS
from device_server.views.text import Measure
from device_server.views.traits import Traits
from device_server.views.tree import Node
from device_server.views.wrappings import WRAPPINGS

KINDS: Final[Mapping[type, Kind]] = {**LEAVES, **WRAPPINGS, **STACKS}


def lay_out(root: Node, size: Size, measure: Measure, traits: Traits) -> Placed:
    """The tree in a picture of this size, in its middle."""
    negotiation = Negotiation(measure, traits, KINDS)
    proposal = Proposal(*size)
    taken = negotiation.fit(root, proposal)
    return negotiation.place(root, (size.width - taken.width) / 2, (size.height - taken.height) / 2, proposal)


def ideal_size(root: Node, width: float, measure: Measure, traits: Traits) -> Size:
    """What the tree takes in a width, being as high as it likes."""
    return Negotiation(measure, traits, KINDS).fit(root, Proposal(width, None))
