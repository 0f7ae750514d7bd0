"""Touches: who takes them, what they change, and why one did nothing."""

from __future__ import annotations

import pytest

from device_server import views as v
from device_server.views.scene import Scene, render
from device_server.views.state import Store
from device_server.views.touch import Gesture, Target, TouchError, touch
from device_server.views.traits import Traits

SMALL = Traits().with_traits(size=(200, 200))
TAP = Gesture()


def scene(view: object, store: Store | None = None) -> Scene:
    return render(view, store, SMALL)


def tap(view: object, **target: str) -> str:
    return touch(scene(view), Target(**target), TAP).hit.name  # type: ignore[arg-type]  # no point among these


def test_a_tap_changes_a_state_and_the_next_scene_shows_it() -> None:
    def counter() -> object:
        count = v.State(0)
        return v.VStack(v.Text(count.value).identifier("count"), v.Button("Add", lambda: count.update(lambda n: n + 1)))

    store = Store()
    for _ in range(3):
        touch(scene(counter, store), Target(label="Add"), TAP)
        assert store.is_stale
    assert [each.label for each in scene(counter, store).elements().all()] == [None, "3", "Add"]


def test_an_element_is_found_by_identifier_label_or_role() -> None:
    view = v.VStack(v.Button("One", print).identifier("first"), v.Toggle("Two", v.State(True)))
    assert tap(view, identifier="first") == "button 'One' (first)"
    assert tap(view, label="Two") == tap(view, role="toggle") == "toggle 'Two'"


def test_a_tap_on_a_place_goes_to_who_is_in_front() -> None:
    told = list[str]()
    view = v.ZStack(
        v.Rectangle().on_tap(lambda: told.append("behind")),
        v.Rectangle().frame(50, 50).on_tap(lambda: told.append("in front")),
    )
    for point in ((100.0, 100.0), (10.0, 10.0)):
        touch(scene(view), Target(point=point), TAP)
    assert told == ["in front", "behind"]


def test_a_tap_goes_to_the_innermost_that_takes_it() -> None:
    told = list[str]()
    row = v.HStack(v.Text("Milk"), v.Spacer(), v.Button("Buy", lambda: told.append("button")))
    view = row.on_tap(lambda: told.append("row")).identifier("row")
    touch(scene(view), Target(label="Buy"), TAP)
    touch(scene(view), Target(label="Milk"), TAP)
    touch(scene(view), Target(identifier="row"), TAP)
    assert told == ["button", "row", "row"]


def test_a_tap_on_a_slider_goes_where_the_finger_is() -> None:
    state = v.State(0.0)
    touch(scene(v.Slider(state)), Target(point=(150, 100)), TAP)
    assert state.value == 0.75


def test_a_long_press_and_a_swipe_have_actions_of_their_own() -> None:
    told = list[str]()
    view = v.Text("row").on_long_press(lambda: told.append("press")).on_swipe(told.append).identifier("row")
    touch(scene(view), Target(identifier="row"), Gesture("long_press"))
    touch(scene(view), Target(identifier="row"), Gesture("swipe", "left"))
    assert told == ["press", "left"]


def test_typing_goes_into_a_field() -> None:
    name = v.State("A")
    touch(scene(v.TextField("Name", name)), Target(role="text_field"), Gesture("type", text="da"))
    assert name.value == "Ada"


def test_swipes_show_the_rest_of_a_list_and_come_back() -> None:
    store, view = Store(), v.List(v.ForEach(range(10), lambda number: v.Text(f"row {number}")))

    def seen() -> list[str | None]:
        rows = [row for row in scene(view, store).elements().all() if row.role == "row" and row.point is not None]
        return [row.children[0].label for row in rows]

    assert seen()[0] == "row 0"
    for _ in range(5):
        touch(scene(view, store), Target(role="list"), Gesture("swipe", "up"))
    assert seen()[-1] == "row 9"
    for _ in range(5):
        touch(scene(view, store), Target(role="list"), Gesture("swipe", "down"))
    assert seen()[0] == "row 0"
    with pytest.raises(TouchError, match="nothing takes a swipe"):
        touch(scene(view, store), Target(role="list"), Gesture("swipe", "left"))


def refused(view: object, target: Target, gesture: Gesture = TAP) -> str:
    with pytest.raises(TouchError) as caught:
        touch(scene(view), target, gesture)
    return str(caught.value)


def test_a_touch_of_nothing_says_what_there_is() -> None:
    view = v.VStack(v.Text("title"), v.Button("Go", print))
    assert (
        refused(view, Target(point=(1, 1))) == "At 1,1 nothing takes a tap: nobody is there. Those who do: button 'Go'"
    )
    assert "text 'title' is there" in refused(view, Target(label="title"))
    assert refused(view, Target(identifier="x")) == (
        "There is no element with identifier 'x'. There are: text 'title'; button 'Go'"
    )
    assert (
        refused(v.Rectangle(), Target(role="button")) == "There is no element with role 'button'. There is none at all"
    )
    assert (
        refused(v.Rectangle(), Target(point=(5, 5))) == "At 5,5 nothing takes a tap: a shape is there. Nobody here does"
    )
    assert refused(view, Target(point=(500, 1))) == "500,1 is outside of the view, which is 200x200"


def test_a_disabled_target_says_so() -> None:
    assert refused(v.Button("Go", print).disabled(), Target(label="Go")) == "button 'Go' is disabled"


def test_a_hidden_target_says_so() -> None:
    assert refused(v.Button("Go", print).hidden(), Target(label="Go")) == "button 'Go' is hidden"
    assert refused(v.Button("Go", print).opacity(0), Target(label="Go")) == "button 'Go' is hidden"


def test_an_ambiguous_target_tells_all_that_are_meant() -> None:
    told = refused(v.HStack(v.Button("Go", print), v.Button("Go", print)), Target(label="Go"))
    assert told.startswith("2 elements have label 'Go': button 'Go' at ")
    assert told.endswith("Name one by its identifier or by a point")


def test_a_covered_target_says_by_whom() -> None:
    view = v.ZStack(v.Button("Go", print), v.Image(_picture(), "stretch").label("poster"))
    assert "button 'Go' is covered at 100,100 by image 'poster'" in refused(view, Target(label="Go"))


def test_a_target_that_is_scrolled_away_says_so() -> None:
    view = v.List(v.ForEach(range(10), lambda number: v.Button(f"row {number}", print)))
    assert refused(view, Target(label="row 9")) == "button 'row 9' is outside of what is seen; swipe to show it"


def test_what_is_scrolled_away_takes_no_touch() -> None:
    view = v.VStack(v.ScrollView(v.Button("far", print).frame(50, 400)).frame(200, 50), v.Spacer())
    assert "nobody is there" in refused(view, Target(point=(100, 150)))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("shake",), "valid are: tap, long_press, swipe, type"),
        (("swipe",), "valid are: up, down, left, right"),
        (("swipe", "north"), "valid are: up, down, left, right"),
        (("type",), "needs a text of 1 to 10,000 characters"),
        (("type", None, "x" * 10_001), "needs a text of 1 to 10,000 characters"),
    ],
)
def test_an_unknown_gesture_is_told_the_valid_ones(arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Gesture(*arguments)


def test_a_target_is_a_point_or_a_name() -> None:
    for wrong in ({}, {"point": (1, 1), "label": "a"}):
        with pytest.raises(ValueError, match="a point, or an identifier, label or role"):
            Target(**wrong)  # type: ignore[arg-type]


def test_what_an_action_raises_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        touch(scene(v.Button("Go", lambda: 1 // 0)), Target(label="Go"), TAP)


def _picture() -> bytes:
    return scene(v.Rectangle()).picture().data
