"""Stacks and grids: who gets how much of the room, and where they stand."""

from __future__ import annotations

from device_server import views as v
from device_server.views.stacks import shares
from tests.device_server.views.layouts import every, frames, laid, sizes

INF = float("inf")


def box(width: float, height: float) -> v.Element:
    return v.Rectangle().frame(width, height)


def test_children_stand_one_after_the_other_with_room_between() -> None:
    assert frames(v.HStack(box(30, 10), box(50, 20), spacing=10)) == [(55, 45, 30, 10), (95, 40, 50, 20)]
    assert frames(v.VStack(box(30, 10), box(50, 20), spacing=10)) == [(85, 30, 30, 10), (75, 50, 50, 20)]


def test_alignment_is_across_the_stack() -> None:
    for alignment, y in (("top", 40), ("center", 45), ("bottom", 50)):
        assert frames(v.HStack(box(30, 10), box(50, 20), spacing=0, alignment=alignment))[0][1] == y
    for alignment, x in (("leading", 75), ("center", 85), ("trailing", 95)):
        assert frames(v.VStack(box(30, 10), box(50, 20), spacing=0, alignment=alignment))[0][0] == x


def test_flexible_children_share_equally() -> None:
    assert sizes(v.HStack(v.Rectangle(), v.Rectangle(), spacing=0)) == [(100, 100), (100, 100)]
    assert sizes(v.VStack(v.Rectangle(), v.Rectangle(), v.Rectangle(), spacing=5)) == [(200, 30)] * 3


def test_who_is_not_flexible_is_served_first() -> None:
    assert sizes(v.HStack(v.Rectangle(), box(150, 10), spacing=0)) == [(50, 100), (150, 10)]


def test_a_child_that_needs_less_than_its_part_leaves_the_rest() -> None:
    assert sizes(v.HStack(v.Rectangle().frame(max_width=40), v.Rectangle(), spacing=0)) == [(40, 100), (160, 100)]


def test_a_spacer_takes_only_what_texts_leave() -> None:
    (text, spacer) = sizes(v.HStack(v.Text("twelve chars"), v.Spacer(), spacing=0))
    assert (text, spacer) == ((120, 20), (80, 0))


def test_a_spacer_keeps_its_least_length() -> None:
    text, spacer = sizes(v.HStack(v.Text("a text that is too long"), v.Spacer(40), spacing=0))
    assert spacer == (60, 0)
    assert text == (140, 40)


def test_two_spacers_share_what_is_left() -> None:
    assert frames(v.HStack(v.Spacer(), v.Text("abcd"), v.Spacer(), spacing=0))[1] == (80, 40, 40, 20)


def test_the_highest_priority_goes_first_and_leaves_the_others_their_least() -> None:
    shown = v.HStack(v.Text("one two"), v.Text("much longer text").layout_priority(1), spacing=0)
    short, long = sizes(shown, 200, 100)
    assert (short, long) == ((30, 40), (160, 20))


def test_a_stack_in_a_stack_is_as_flexible_as_its_children() -> None:
    inner = v.HStack(v.Rectangle(), box(20, 20), spacing=0)
    assert sizes(v.HStack(inner, v.Rectangle(), spacing=0)) == [(80, 100), (20, 20), (100, 100)]


def test_an_empty_stack_takes_no_room() -> None:
    assert frames(v.HStack(v.VStack(), v.Rectangle(), spacing=0)) == [(0, 0, 200, 100)]


def test_a_stack_that_is_asked_for_its_ideal_size_asks_its_children() -> None:
    assert sizes(v.HStack(v.Rectangle(), v.Text("abc"), spacing=0).fixed_size()) == [(10, 10), (30, 20)]


def test_the_largest_child_says_how_large_a_zstack_is() -> None:
    shown = v.ZStack(box(100, 20), box(20, 60), alignment="bottom_trailing")
    assert frames(shown) == [(50, 60, 100, 20), (130, 20, 20, 60)]


def test_columns_of_a_grid_are_as_wide_as_their_widest_cell() -> None:
    grid = v.Grid(*map(v.Text, ("a", "bbbb", "ccc", "d", "e")), columns=2, spacing=10, alignment="top_leading")
    assert frames(grid) == [(60, 10, 10, 20), (100, 10, 40, 20), (60, 40, 30, 20), (100, 40, 10, 20), (60, 70, 10, 20)]


def test_flexible_columns_share_what_fixed_ones_leave() -> None:
    assert sizes(v.Grid(box(60, 20), v.Rectangle(), columns=2, spacing=0)) == [(60, 20), (140, 100)]


def test_rows_of_a_grid_share_the_height() -> None:
    assert sizes(v.Grid(*[v.Rectangle()] * 4, columns=2, spacing=0)) == [(100, 50)] * 4


def test_a_grid_with_fewer_cells_than_columns_and_with_none() -> None:
    assert sizes(v.Grid(v.Rectangle(), columns=3, spacing=0)) == [(200, 100)]
    assert frames(v.Grid(columns=3)) == []


def test_a_grid_has_an_ideal_size() -> None:
    assert sizes(v.ScrollView(v.Grid(v.Text("a"), v.Rectangle(), columns=1))) == [(10, 20), (200, 10)]


def test_shares_add_up_to_the_room() -> None:
    ends = [(10.0, 50.0), (0.0, INF), (30.0, 30.0)]
    offers = shares(
        200, [0, 0, 0], ends.__getitem__, lambda child, offer: min(max(offer, ends[child][0]), ends[child][1])
    )
    assert offers == [85, 120, 200 / 3]
    assert shares(INF, [0, 0], lambda _: (0.0, INF), lambda _, offer: offer) == [INF, INF]


def test_deeply_nested_stacks_ask_each_view_only_a_few_times() -> None:
    view: v.Element = v.Text("deep")
    for level in range(50):
        view = (v.HStack if level % 2 else v.VStack)(view, v.Text("side"), v.Spacer())
    nodes = [each.node for each in every(laid(view, 2000, 2000))]
    assert max(len(node.sizes) for node in nodes) < 200
