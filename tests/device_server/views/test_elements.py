"""The vocabulary: arguments are checked, items are told apart, controls know what they change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from device_server import views as v


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: v.Text("x" * 100_001), "at most 100,000 characters, not 100,001"),
        (lambda: v.Image(b"", "cover"), "valid are: fit, fill, stretch"),
        (lambda: v.Rectangle(-1), "corner_radius is from 0"),
        (lambda: v.Spacer(-1), "min_length is from 0"),
        (lambda: v.Button("x", None), "The action of a Button is a function"),  # type: ignore[arg-type]
        (lambda: v.Toggle("x", True, 3), "The on_change of a Toggle is a function"),  # type: ignore[arg-type]
        (lambda: v.Slider(0.5, 1, 0), "The minimum of a Slider is less"),
        (lambda: v.Slider("x"), "The value of a Slider is a number"),  # type: ignore[arg-type]
        (lambda: v.Slider(0.5, step=0), "step is from"),
        (lambda: v.HStack(alignment="leading"), "valid are: top, center, bottom"),
        (lambda: v.VStack(alignment="top"), "valid are: leading, center, trailing"),
        (lambda: v.ZStack(alignment="left"), "valid are: top_leading"),
        (lambda: v.VStack(spacing=-1), "spacing is from 0"),
        (lambda: v.VStack("text"), r"write Text\('text'\)"),
        (lambda: v.Grid(columns=0), "columns is from 1 to 1000"),
        (lambda: v.ScrollView(axis="both"), "valid are: horizontal, vertical"),
        (lambda: v.ForEach(iter(int, 1), v.Text), "at most 10,000 items"),
        (lambda: v.ForEach([1], "row"), "The view of ForEach is a function"),  # type: ignore[arg-type]
        (lambda: v.ForEach([1], v.Text, 3), "The key of ForEach is a function"),  # type: ignore[arg-type]
        (lambda: v.ForEach([1, 1], v.Text, key=lambda item: item).keys(), "two items have the key 1"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(make: Callable[[], object], told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        make()


@dataclass
class Item:
    id: str


def test_items_are_told_apart_by_key_by_id_or_by_place() -> None:
    assert v.ForEach([Item("a"), Item("b")], v.Text).keys() == ["a", "b"]
    assert v.ForEach(["x", "x"], v.Text).keys() == [0, 1]
    assert v.ForEach(["x", "y"], v.Text, key=str.upper).keys() == ["X", "Y"]


def test_a_slider_has_steps_and_ends() -> None:
    slider = v.Slider(12, 0, 10, step=4)
    assert (slider.value, slider.fraction) == (10, 1.0)
    assert [slider.at(place) for place in (-1, 0.0, 0.3, 0.5, 0.9, 2)] == [0, 0, 4, 4, 8, 8]
    assert v.Slider(0.25).at(0.333) == 0.333


def test_controls_change_a_state_or_tell_their_value() -> None:
    told = list[object]()
    state = v.State("a")
    for given in (state, "a"):
        change = v.TextField("Name", given, told.append).change
        assert change is not None
        change("b")
    assert (state.value, told) == ("b", ["b", "b"])
    assert v.TextField("Name", "fixed").change is None


def test_elements_tell_what_they_are() -> None:
    stack = v.VStack(v.Text("a"), v.Circle(), v.Divider(), v.Spacer(), v.Rectangle(), v.Image(b""))
    assert repr(stack) == "VStack(Text('a'), Circle(), Divider(), Spacer(), Rectangle(), Image(bytes))"
    controls = (v.Button("b", print), v.Toggle("t", True), v.TextField("f", ""), v.Slider(0.5), v.ForEach([1], v.Text))
    assert [repr(each) for each in controls] == [
        "Button(Text('b'))", "Toggle('t', True)", "TextField('f', '')", "Slider(0.5)", "ForEach(1 items)",
    ]  # fmt: skip
