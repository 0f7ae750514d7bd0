"""How stacks and grids share the room they have: who is least flexible is served first, the rest is shared equally."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, groupby
from typing import Final

from device_server.views import elements as e
from device_server.views.geometry import HORIZONTAL, INFINITY, VERTICAL, Proposal, Size
from device_server.views.negotiation import Kind, Negotiation, Place, aligned
from device_server.views.tree import Node


def shares(
    room: float,
    priorities: Sequence[float],
    flexibility: Callable[[int], tuple[float, float]],
    taken: Callable[[int, float], float],
) -> list[float]:
    """What each of some children is proposed of a length.

    The highest priority goes first, and leaves the others their least lengths. Among equals each is offered an equal
    part of what is left, those with the least difference between greatest and least length first: what they do not
    take is there for the others. `taken(child, offer)` is what a child takes.
    """
    offers = [0.0] * len(priorities)
    order = sorted(range(len(priorities)), key=lambda child: -priorities[child])
    groups = [list(group) for _, group in groupby(order, key=lambda child: priorities[child])]
    reserved = [sum(flexibility(child)[0] for child in group) for group in groups[1:]]
    for number, group in enumerate(groups):
        kept = sum(reserved[number:])
        left = max(0.0, room - kept)
        if len(group) > 1:
            group.sort(key=lambda child: _span(flexibility(child)))
        for count, child in zip(range(len(group), 0, -1), group, strict=True):
            offers[child] = left / count
            left = max(0.0, left - taken(child, offers[child])) if left != INFINITY else left
        room = kept + left
    return offers


def _span(ends: tuple[float, float]) -> float:
    least, most = ends
    return INFINITY if most == INFINITY else most - least


class StackKind:
    """One child after the other along an axis."""

    def __init__(self, axis: int) -> None:
        self._axis = axis

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        assert isinstance(node.what, e.HStack | e.VStack)
        if not node.children:
            return Size(0, 0)
        offers = self._offers(node, proposal, negotiation)
        sizes = [negotiation.fit(child, offer) for child, offer in zip(node.children, offers, strict=True)]
        along = sum(size[self._axis] for size in sizes) + node.what.spacing * (len(sizes) - 1)
        across = max(size[1 - self._axis] for size in sizes)
        return Size(along, across) if self._axis == HORIZONTAL else Size(across, along)

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        assert isinstance(node.what, e.HStack | e.VStack)
        found, at = list[Place](), 0.0
        for child, offer in zip(node.children, self._offers(node, proposal, negotiation), strict=True):
            taken = negotiation.fit(child, offer)
            across = (size[1 - self._axis] - taken[1 - self._axis]) * node.what.alignment
            found.append(Place(at, across, offer) if self._axis == HORIZONTAL else Place(across, at, offer))
            at += taken[self._axis] + node.what.spacing
        return found

    def _offers(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> list[Proposal]:
        found = node.offers.get(proposal)
        if found is None:
            found = node.offers[proposal] = self._shared(node, proposal, negotiation)
        return found

    def _shared(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> list[Proposal]:
        assert isinstance(node.what, e.HStack | e.VStack)
        room, across = proposal[self._axis], proposal[1 - self._axis]
        if room is None:
            return [self._proposal(None, across)] * len(node.children)
        children = node.children
        return [
            self._proposal(offer, across)
            for offer in shares(
                max(0.0, room - node.what.spacing * (len(children) - 1)),
                [child.priority for child in children],
                lambda child: negotiation.flexibility(children[child], self._axis, across),
                lambda child, offer: negotiation.fit(children[child], self._proposal(offer, across))[self._axis],
            )
        ]

    def _proposal(self, along: float | None, across: float | None) -> Proposal:
        return Proposal(along, across) if self._axis == HORIZONTAL else Proposal(across, along)


class ZStackKind:
    """All children are offered the same; the largest ones say how large it is."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        sizes = [negotiation.fit(child, proposal) for child in node.children]
        return Size(max((size.width for size in sizes), default=0.0), max((size.height for size in sizes), default=0.0))

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        assert isinstance(node.what, e.ZStack)
        return [aligned(child, proposal, size, node.what.alignment, negotiation) for child in node.children]


class GridKind:
    """Columns share the width as children of a row do, each as flexible as its cells; then rows the height."""

    def fits(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> Size:
        assert isinstance(node.what, e.Grid)
        widths, heights = self._lengths(node, proposal, negotiation)
        gap = node.what.spacing
        return Size(sum(widths) + gap * max(0, len(widths) - 1), sum(heights) + gap * max(0, len(heights) - 1))

    def places(self, node: Node, proposal: Proposal, size: Size, negotiation: Negotiation) -> Sequence[Place]:
        assert isinstance(node.what, e.Grid)
        grid = node.what
        widths, heights = self._lengths(node, proposal, negotiation)
        lefts = list(accumulate((width + grid.spacing for width in widths), initial=0.0))
        tops = list(accumulate((height + grid.spacing for height in heights), initial=0.0))
        found = list[Place]()
        for number, child in enumerate(node.children):
            row, column = divmod(number, grid.columns)
            cell = Size(widths[column], heights[row])
            place = aligned(child, Proposal(*cell), cell, grid.alignment, negotiation)
            found.append(Place(lefts[column] + place.x, tops[row] + place.y, place.proposal))
        return found

    def _lengths(self, node: Node, proposal: Proposal, negotiation: Negotiation) -> tuple[list[float], list[float]]:
        assert isinstance(node.what, e.Grid)
        cells, count, gap = node.children, node.what.columns, node.what.spacing
        columns = [cells[column::count] for column in range(min(count, len(cells)))]
        rows = [cells[start : start + count] for start in range(0, len(cells), count)]
        widths = _lines_lengths(
            columns, HORIZONTAL, _without_gaps(proposal.width, gap, len(columns)), lambda line, cell: None, negotiation
        )
        heights = _lines_lengths(
            rows, VERTICAL, _without_gaps(proposal.height, gap, len(rows)), lambda line, cell: widths[cell], negotiation
        )
        return widths, heights


def _without_gaps(room: float | None, gap: float, count: int) -> float | None:
    return None if room is None else max(0.0, room - gap * max(0, count - 1))


def _lines_lengths(
    lines: Sequence[Sequence[Node]],
    axis: int,
    room: float | None,
    across: Callable[[int, int], float | None],
    negotiation: Negotiation,
) -> list[float]:
    """The widths of columns or the heights of rows: each as long as its longest cell. `across(line, cell)` is known."""

    def longest(line: int, along: float | None) -> float:
        return max(
            negotiation.fit(cell, _on(axis, along, across(line, place)))[axis] for place, cell in enumerate(lines[line])
        )

    if room is None:
        return [longest(line, None) for line in range(len(lines))]
    offers = shares(room, [0.0] * len(lines), lambda line: (longest(line, 0.0), longest(line, INFINITY)), longest)
    return [longest(line, offer) for line, offer in enumerate(offers)]


def _on(axis: int, along: float | None, across: float | None) -> Proposal:
    return Proposal(along, across) if axis == HORIZONTAL else Proposal(across, along)


STACKS: Final[dict[type, Kind]] = {
    e.HStack: StackKind(HORIZONTAL),
    e.VStack: StackKind(VERTICAL),
    e.ZStack: ZStackKind(),
    e.Grid: GridKind(),
}
