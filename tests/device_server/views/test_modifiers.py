"""Marks: what is said further out wins, and the rest stays."""

from __future__ import annotations

from device_server.views.modifiers import Marks


def test_outer_marks_win_over_inner_ones() -> None:
    inner = Marks(role="text", label="inner", on_tap=print)
    both = Marks(label="outer", identifier="id").around(inner)
    assert both == Marks(role="text", label="outer", identifier="id", on_tap=print)


def test_who_takes_touches_has_an_action() -> None:
    assert not Marks(role="text", label="a").takes_touches
    assert Marks(on_swipe=print).takes_touches
    assert Marks(on_type=print).takes_touches
