"""How large texts, pictures and shapes are."""

from __future__ import annotations

import pytest

from device_server import views as v
from device_server.views.traits import Traits
from tests.device_server.views.layouts import laid, sizes


def test_a_text_is_as_wide_as_its_longest_line() -> None:
    assert sizes(v.Text("abc")) == [(30, 20)]
    assert sizes(v.Text("abc defg"), 60) == [(40, 40)]
    assert sizes(v.Text("abc\ndefg")) == [(40, 40)]


def test_a_text_has_as_many_lines_as_there_is_room_for_and_one_at_least() -> None:
    long = v.Text("aaa bbb ccc ddd")
    assert sizes(long, 40, 60) == [(40, 60)]
    assert sizes(long, 40, 5) == [(40, 20)]
    assert sizes(long.line_limit(2), 40, 100) == [(40, 40)]


def test_the_width_of_a_text_is_in_whole_pixels() -> None:
    assert laid(v.Text("abc"), traits=Traits(scale=3)).frame.width == 30


@pytest.mark.parametrize(
    ("mode", "size"), [(None, (80, 40)), ("fit", (200, 100)), ("fill", (200, 120)), ("stretch", (200, 120))]
)
def test_a_picture_has_its_size_or_takes_the_room(mode: str | None, size: tuple[float, float]) -> None:
    assert sizes(v.Image((80, 40), mode), 200, 120) == [size]


def test_a_picture_that_is_to_fit_has_its_own_size_where_nothing_is_proposed() -> None:
    assert sizes(v.Image((80, 40), "fit").fixed_size()) == [(80, 40)]
    assert sizes(v.ScrollView(v.Image((80, 40), "fit"))) == [(200, 100)]


def test_shapes_take_the_room_and_a_circle_a_square_of_it() -> None:
    assert sizes(v.Rectangle()) == [(200, 100)]
    assert sizes(v.Circle()) == [(100, 100)]
    assert sizes(v.HStack(v.Rectangle(), v.Circle(), spacing=0).fixed_size()) == [(10, 10), (10, 10)]


def test_a_divider_lies_across_its_stack_and_is_a_pixel_thick() -> None:
    assert sizes(v.VStack(v.Divider())) == [(200, 1)]
    assert sizes(v.HStack(v.Divider())) == [(1, 100)]
    divider = laid(v.VStack(v.Divider()), traits=Traits(scale=2)).children[0]
    assert divider.frame.height == 0.5


def test_a_spacer_on_its_own_takes_all() -> None:
    assert sizes(v.Spacer()) == [(200, 100)]


def test_a_slider_takes_the_width() -> None:
    assert laid(v.Slider(0.5)).frame[2:] == (200, 28)
