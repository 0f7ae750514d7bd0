"""Negotiation: answers are remembered, and right-to-left is the mirror image."""

from __future__ import annotations

from device_server import views as v
from device_server.views.geometry import Proposal, Size
from device_server.views.layout import KINDS
from device_server.views.negotiation import Negotiation, aligned
from device_server.views.state import Store
from device_server.views.traits import Traits
from device_server.views.tree import evaluate
from tests.device_server.views.layouts import Letters, frames

NEGOTIATION = Negotiation(Letters(), Traits(), KINDS)


def test_a_node_is_asked_once_for_each_proposal() -> None:
    node = evaluate(v.Text("abc"), Store(), Traits())
    first = NEGOTIATION.fit(node, Proposal(100, None))
    assert NEGOTIATION.fit(node, Proposal(100, None)) is first
    assert set(node.sizes) == {(100, None)}


def test_flexibility_is_what_is_between_the_least_and_the_greatest() -> None:
    node = evaluate(v.Rectangle().frame(min_width=20, max_width=70, height=5), Store(), Traits())
    assert NEGOTIATION.flexibility(node, 0, None) == (20, 70)
    assert NEGOTIATION.flexibility(node, 1, None) == (5, 5)


def test_a_child_is_aligned_also_where_it_is_larger() -> None:
    node = evaluate(v.Rectangle().frame(30, 10), Store(), Traits())
    assert aligned(node, Proposal(None, None), Size(20, 20), (0.5, 1.0), NEGOTIATION)[:2] == (-5, 10)


def test_right_to_left_is_the_mirror_image() -> None:
    def screen() -> object:
        return v.HStack(v.Rectangle().frame(30, 10), v.Text("ab").padding(leading=5), v.Spacer(), spacing=0)

    left = frames(screen)
    right = frames(screen, traits=Traits().with_traits("rtl"))
    assert right == [(200 - x - width, y, width, height) for x, y, width, height in left]
