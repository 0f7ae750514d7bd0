"""Modifiers and windows: what they propose to the view inside them, and the size they take."""

from __future__ import annotations

import pytest

from device_server import views as v
from device_server.views.controls import Scroll
from device_server.views.geometry import Size
from device_server.views.layout import lay_out
from device_server.views.state import Store
from device_server.views.traits import Traits
from device_server.views.tree import evaluate
from tests.device_server.views.layouts import Letters, frames, laid, sizes

INF = float("inf")
TEXT = v.Text("abcde")


def test_padding_leaves_the_child_what_is_left() -> None:
    assert frames(v.Rectangle().padding(10, leading=30)) == [(30, 10, 160, 80)]
    assert laid(TEXT.padding(10)).frame == (65, 30, 70, 40)
    assert sizes(v.Rectangle().padding(150)) == [(0, 0)]


def test_a_fixed_frame_is_that_large_whatever_is_in_it() -> None:
    assert laid(TEXT.frame(20, 10)).frame[2:] == (20, 10)
    assert laid(v.Rectangle().frame(300, 10)).frame == (-50, 45, 300, 10)
    assert frames(TEXT.frame(100, 50, alignment="bottom_trailing")) == [(100, 55, 50, 20)]


def test_a_frame_without_a_width_has_that_of_its_child() -> None:
    assert laid(TEXT.frame(height=60)).frame[2:] == (50, 60)


def test_a_greatest_width_takes_what_is_proposed() -> None:
    assert laid(TEXT.frame(max_width=INF, alignment="leading")).frame[2:] == (200, 20)
    assert laid(TEXT.frame(max_width=120)).frame[2:] == (120, 20)
    assert laid(TEXT.frame(max_width=30)).frame[2:] == (30, 40)


def test_a_least_width_holds_where_less_is_needed() -> None:
    assert laid(TEXT.frame(min_width=80, min_height=30)).frame[2:] == (80, 30)
    assert laid(TEXT.frame(min_width=20)).frame[2:] == (50, 20)


def test_both_bounds_make_a_frame_as_large_as_proposed_within_them() -> None:
    assert laid(TEXT.frame(min_width=80, max_width=150)).frame[2] == 150
    assert laid(TEXT.frame(min_width=250, max_width=300)).frame[2] == 250


def test_an_ideal_size_is_taken_when_nothing_is_proposed() -> None:
    ideal = v.Rectangle().frame(ideal_width=70, ideal_height=30)
    assert sizes(ideal.fixed_size()) == [(70, 30)]
    assert sizes(ideal) == [(200, 100)]


def test_a_fixed_size_is_the_ideal_one_along_the_axes_that_are_named() -> None:
    long = v.Text("more than twenty letters")
    assert sizes(long) == [(160, 40)]
    assert sizes(long.fixed_size()) == [(240, 20)]
    assert sizes(long.fixed_size(horizontal=False)) == [(160, 40)]


def test_what_is_beside_has_no_say_in_the_size() -> None:
    assert frames(TEXT.background(v.Rectangle())) == [(75, 40, 50, 20)] * 2
    assert frames(TEXT.overlay(v.Circle().frame(10, 10), "top_trailing"))[1] == (115, 40, 10, 10)
    assert frames(TEXT.background("red")) == [(75, 40, 50, 20)] * 2


@pytest.mark.parametrize(
    "same",
    [
        TEXT.corner_radius(3),
        TEXT.border("red"),
        TEXT.opacity(0.5),
        TEXT.shadow(),
        TEXT.layout_priority(1),
        TEXT.on_tap(print),
    ],
)
def test_others_change_no_size(same: v.Element) -> None:
    assert laid(same).frame == laid(TEXT).frame


def test_a_window_takes_its_room_and_what_is_in_it_as_much_as_it_likes() -> None:
    rows = [v.Rectangle().frame(50, 60)] * 3
    assert frames(v.ScrollView(*rows)) == [(75, 0, 50, 60), (75, 68, 50, 60), (75, 136, 50, 60)]
    assert [frame[0] for frame in frames(v.ScrollView(*rows, axis="horizontal"), 100)] == [0, 58, 116]
    assert laid(v.ScrollView(*rows).fixed_size()).frame[3] == 196


def test_a_window_moves_no_further_than_its_content() -> None:
    store, view = Store(), v.ScrollView(v.Rectangle().frame(50, 250))
    for offset, top in ((30, -30), (500, -150)):
        node = evaluate(view, store, Traits())
        assert isinstance(node.what, Scroll)
        node.what.state.value = offset
        placed = lay_out(evaluate(view, store, Traits()), Size(200, 100), Letters(), Traits())
        assert placed.children[0].frame.y == top
