"""What is shown is told in words, with the places where touches land."""

from __future__ import annotations

import pytest

from device_server import views as v
from device_server.views.accessibility import Accessible, filtered, told
from device_server.views.geometry import Size
from tests.device_server.views.layouts import laid


def tell(view: object, width: float = 200, height: float = 100) -> Accessible:
    return told(laid(view, width, height), Size(width, height))


def only(view: object) -> Accessible:
    (element,) = tell(view).children
    return element


def test_a_text_is_told_with_its_place() -> None:
    assert only(v.Text("Hi").identifier("greeting")).as_message() == {
        "role": "text",
        "frame": {"x": 90, "y": 40, "width": 20, "height": 20},
        "point": {"x": 100, "y": 50},
        "label": "Hi",
        "identifier": "greeting",
        "traits": [],
    }


def test_the_picture_itself_is_a_view_around_all() -> None:
    message = tell(v.VStack(v.Text("a"), v.Spacer(), v.Rectangle())).as_message()
    assert (message["role"], message["frame"]) == ("view", {"x": 0, "y": 0, "width": 200, "height": 100})
    assert isinstance(message["children"], list)
    assert [child["label"] for child in message["children"]] == ["a"]


def test_a_control_is_one_element_whatever_it_is_made_of() -> None:
    button = only(v.Button(v.HStack(v.Text("Save"), v.Text("all")), print))
    assert (button.role, button.label, button.traits, button.children) == ("button", "Save, all", ("tap",), ())
    toggle = only(v.Toggle("Wi-Fi", v.State(True)))
    assert (toggle.role, toggle.label, toggle.value, toggle.traits) == ("toggle", "Wi-Fi", "on", ("tap",))
    slider = only(v.Slider(v.State(0.5)).label("Volume"))
    assert (slider.role, slider.label, slider.value) == ("slider", "Volume", "0.5")
    field = only(v.TextField("Name", v.State("")))
    assert (field.role, field.label, field.value, field.traits) == ("text_field", "Name", "", ("type",))


def test_marks_around_one_element_are_its_own() -> None:
    element = only(v.Text("a").padding(10).identifier("x").label("letter"))
    assert (element.role, element.label, element.identifier) == ("text", "letter", "x")
    assert element.frame[2:] == (30, 40)


def test_marks_around_several_are_a_group_with_their_labels() -> None:
    group = only(v.HStack(v.Text("Milk"), v.Text("2 l")).on_tap(print).on_long_press(print))
    assert (group.role, group.label, group.traits) == ("group", "Milk, 2 l", ("tap", "long_press"))
    assert [child.label for child in group.children] == ["Milk", "2 l"]


def test_two_identifiers_are_two_elements() -> None:
    group = only(v.Text("a").identifier("in").padding().identifier("out"))
    assert (group.identifier, group.role, group.children[0].identifier) == ("out", "group", "in")


def test_a_list_has_rows() -> None:
    shown = only(v.List(*map(v.Text, "abcd")))
    assert (shown.role, shown.traits, [row.role for row in shown.children]) == ("list", ("scroll",), ["row"] * 4)
    assert [row.children[0].label for row in shown.children] == ["a", "b", "c", "d"]
    assert "offscreen" in shown.children[3].traits
    assert shown.children[3].point is None


def test_the_point_is_the_middle_of_what_is_seen() -> None:
    tall = v.ScrollView(v.Text("a").frame(50, 180).identifier("tall"))
    assert next(each for each in tell(tall).all() if each.identifier == "tall").point == (100, 50)


def test_states_are_told() -> None:
    assert only(v.Button("a", print).disabled()).traits == ("tap", "disabled")
    hidden = only(v.Text("a").hidden())
    assert (hidden.traits, hidden.point) == (("hidden",), None)


SCREEN = v.VStack(
    v.Text("title").identifier("title"),
    v.Button("go", print),
    v.Button("stop", print).disabled(),
    v.Image((10, 10)),
    v.HStack(v.Text("a"), v.Text("b")).identifier("pair"),
    v.Text("secret").hidden(),
    spacing=0,
)


@pytest.mark.parametrize(
    ("which", "names"),
    [
        (
            "all",
            ["text 'title' (title)", "button 'go'", "button 'stop'", "image", "group (pair)", "text 'a'", "text 'b'"],
        ),
        ("interactable", ["button 'go'"]),
        ("labeled", ["text 'title' (title)", "button 'go'", "button 'stop'", "group (pair)", "text 'a'", "text 'b'"]),
    ],
)
def test_filters_leave_out_what_is_hidden_and_what_is_not_wanted(which: str, names: list[str]) -> None:
    assert [each.name for each in filtered(tell(SCREEN), which).all()][1:] == names


def test_what_is_inside_a_left_out_element_moves_up() -> None:
    rows = filtered(tell(v.List(v.Button("a", print))), "interactable")
    assert [child.role for child in rows.children] == ["button"]


def test_an_unknown_filter_is_told_the_valid_ones() -> None:
    with pytest.raises(ValueError, match="Unknown filter 'some'; valid are: all, interactable, labeled"):
        filtered(tell(SCREEN), "some")
