"""Rectangles: what is in them, what two have in common."""

from __future__ import annotations

from device_server.views.geometry import ALIGNMENTS, HORIZONTAL_ALIGNMENTS, VERTICAL_ALIGNMENTS, Proposal, Rect


def test_the_right_and_the_lower_edge_belong_to_the_neighbour() -> None:
    rect = Rect(10, 10, 5, 5)
    assert rect.contains(10, 10)
    assert not rect.contains(15, 10)
    assert not rect.contains(10, 15)


def test_what_two_rectangles_share_may_be_nothing() -> None:
    assert Rect(0, 0, 10, 10).meet(Rect(5, 5, 10, 10)) == Rect(5, 5, 5, 5)
    assert Rect(0, 0, 10, 10).meet(Rect(20, 0, 10, 10)).is_empty


def test_the_middle_is_where_a_touch_goes() -> None:
    assert Rect(10, 20, 30, 40).center == (25, 40)


def test_a_proposal_has_a_length_for_each_axis() -> None:
    assert (Proposal(1, None).along(0), Proposal(1, None).along(1)) == (1, None)


def test_alignments_of_both_axes_go_together() -> None:
    for name, (across, upright) in ALIGNMENTS.items():
        words = set(name.split("_"))
        assert across == next((HORIZONTAL_ALIGNMENTS[word] for word in ("leading", "trailing") if word in words), 0.5)
        assert upright == next((VERTICAL_ALIGNMENTS[word] for word in ("top", "bottom") if word in words), 0.5)
