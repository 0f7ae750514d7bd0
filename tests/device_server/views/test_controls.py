"""Controls: what they look like in elements, and what they are to those who touch them."""

from __future__ import annotations

import pytest

from device_server import views as v
from device_server.views.controls import Look, looks
from device_server.views.element import Modified
from device_server.views.modifiers import Opacity, Styled


def look(element: v.Element, *, is_disabled: bool = False, has_usual_colors: bool = True) -> Look:
    found = looks(element, is_disabled, has_usual_colors)
    assert found is not None
    return found


def test_elements_that_are_drawn_as_they_are_have_no_other_look() -> None:
    assert looks(v.Text("a"), False, True) is None


def test_a_button_has_the_accent_colour_unless_another_was_named() -> None:
    view = look(v.Button("Go", print)).view
    assert isinstance(view, Modified)
    assert view.modifier == Styled({"foreground": "accent"})
    assert isinstance(look(v.Button("Go", print), has_usual_colors=False).view, v.Text)
    assert look(v.Button("Go", print)).marks.on_tap is print


def test_a_toggle_turns_its_state() -> None:
    state = v.State(False)
    marks = look(v.Toggle("Wi-Fi", state)).marks
    assert (marks.role, marks.label, marks.value) == ("toggle", "Wi-Fi", "off")
    assert marks.on_tap is not None
    marks.on_tap()
    assert state.value is True
    assert look(v.Toggle("Wi-Fi", state)).marks.value == "on"


def test_typing_goes_on_after_what_is_there() -> None:
    state = v.State("ab")
    marks = look(v.TextField("Name", state)).marks
    assert (marks.role, marks.label, marks.value) == ("text_field", "Name", "ab")
    assert marks.on_type is not None
    marks.on_type("c")
    assert state.value == "abc"


def test_a_tap_on_a_slider_says_its_value() -> None:
    state = v.State(0.0)
    marks = look(v.Slider(state, 0, 10, step=1)).marks
    assert marks.on_tap_at is not None
    marks.on_tap_at(0.72)
    assert state.value == 7
    assert look(v.Slider(state, 0, 10)).marks.value == "7"


@pytest.mark.parametrize("control", [v.Toggle("a", True), v.TextField("a", "b"), v.Slider(0.5)])
def test_a_value_that_nothing_comes_of_takes_no_touch(control: v.Element) -> None:
    assert not look(control).marks.takes_touches


def test_what_is_disabled_is_dimmed() -> None:
    view = look(v.Toggle("a", True), is_disabled=True).view
    assert isinstance(view, Modified)
    assert isinstance(view.modifier, Opacity)


def test_a_list_is_a_window_on_its_rows() -> None:
    found = look(v.List(v.Text("a")))
    assert found.marks.role == "list"
    assert isinstance(found.view, v.ScrollView)
