"""A view drawn for its traits: sizes, limits, notices, and states that are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from device_server import views as v
from device_server.views import scene as scenes
from device_server.views import typefaces
from device_server.views.geometry import Size
from device_server.views.negotiation import Placed
from device_server.views.scene import CUT, NOT_SHAPED, render
from device_server.views.state import Store
from device_server.views.traits import Traits


def test_a_picture_has_the_size_of_the_traits_times_the_scale() -> None:
    for scale in (1, 2, 3):
        picture = render(v.Text("a"), traits=Traits().with_traits(size=(50.5, 20), scale=scale)).picture()
        assert (picture.width, picture.height, picture.scale) == (round(50.5 * scale), 20 * scale, scale)
    assert render(v.Text("a")).size == (390, 844)


def test_a_picture_that_fits_is_as_large_as_its_view_and_has_a_pixel_at_least() -> None:
    fit = Traits().with_traits(size="fit")
    assert render(v.Rectangle().frame(30, 20.2), traits=fit).size == (30, 21)
    assert render(lambda: None, traits=fit).size == (1, 1)
    assert render(v.Rectangle(), traits=fit).size == (390, 10)


@pytest.mark.slow
def test_a_view_that_is_too_large_is_cut_and_that_is_said() -> None:
    large = render(v.Rectangle().frame(1000, 9000), traits=Traits().with_traits(size="fit", scale=3))
    assert large.size == (390, 4096)
    assert large.picture().notices == (CUT,)


def test_a_view_is_drawn_with_the_states_it_has() -> None:
    store, states = Store(), list[v.State[int]]()

    def view() -> object:
        states.append(v.State(0))
        return v.Text(states[-1].value)

    render(view, store)
    states[-1].value = 5
    assert [each.label for each in render(view, store).elements().all()] == [None, "5"]
    assert [each.label for each in render(view).elements().all()] == [None, "0"]


def test_the_same_states_are_drawn_for_other_traits() -> None:
    store, view = Store(), lambda: v.Text(v.State("kept").value)
    light, dark = (render(view, store, Traits().with_traits(preset, size="fit")) for preset in ("light", "dark"))
    assert light.size == dark.size
    assert light.picture().data != dark.picture().data


def test_text_that_is_not_shaped_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typefaces, "HAS_RAQM", False)
    assert render(v.VStack(v.Text("plain"), v.Text("שלום"))).notices == (NOT_SHAPED,)
    assert render(v.Text("plain")).notices == ()


def test_what_a_view_raises_reaches_the_caller_and_the_store_stays() -> None:
    store = Store()

    def broken() -> object:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        render(broken, store)
    assert store.is_stale


def test_a_size_that_fits_stays_within_the_pixels_there_may_be() -> None:
    assert Size(scenes.FIT_WIDTH, scenes.FIT_HEIGHT) == (390, 4096)
    for scale in (1, 2, 3):
        image = render(v.Rectangle().frame(390, 9000), traits=Traits().with_traits(size="fit", scale=scale)).image()
        assert image.width * image.height <= 25_000_000


LEAVES = st.sampled_from([
    v.Text(""), v.Text("some words to wrap\nand שלום"), v.Rectangle(3), v.Circle(), v.Spacer(), v.Divider(),
    v.Slider(0.5), v.Toggle("on", True), v.TextField("name", ""),
    v.Button("go", print), v.Image(Image.new("RGBA", (9, 4)), "fill"),
])  # fmt: skip
MODIFY: st.SearchStrategy[Callable[[v.Element], v.Element]] = st.sampled_from([
    lambda view: view.padding(5), lambda view: view.frame(30, 20), lambda view: view.frame(max_width=float("inf")),
    lambda view: view.frame(min_height=10, max_height=50), lambda view: view.fixed_size(),
    lambda view: view.opacity(0.5), lambda view: view.background("red"), lambda view: view.overlay(v.Circle()),
    lambda view: view.corner_radius(7), lambda view: view.border("blue", 2, 3), lambda view: view.shadow(),
    lambda view: view.layout_priority(1),
    lambda view: view.line_limit(1, "middle"), lambda view: view.on_tap(print).identifier("x"),
    lambda view: view.hidden(), lambda view: view.disabled(),
])  # fmt: skip
CONTAIN = st.sampled_from([v.HStack, v.VStack, v.ZStack, v.Grid, v.List, v.ScrollView])
VIEWS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda modify, view: modify(view), MODIFY, inner),
        st.builds(lambda contain, views: contain(*views), CONTAIN, st.lists(inner, max_size=4)),
    ),
    max_leaves=12,
)


def every(placed: Placed) -> Iterator[Placed]:
    yield placed
    for child in placed.children:
        yield from every(child)


@pytest.mark.slow
@given(VIEWS, st.sampled_from([(200, 120), (7, 300), "fit"]), st.integers(1, 3))
@settings(max_examples=60)
def test_whatever_is_put_together_has_a_place_a_picture_and_words(view: object, size: object, scale: int) -> None:
    traits = Traits().with_traits(size=size, scale=scale)
    left, right = render(view, traits=traits), render(view, traits=traits.with_traits("rtl"))
    for each, mirrored in zip(every(left.placed), every(right.placed), strict=True):
        assert all(map(isfinite, each.frame))
        assert min(each.frame[2:]) >= 0
        assert mirrored.frame.x == pytest.approx(left.size.width - each.frame.x - each.frame.width, abs=1e-6)
    assert left.picture().data == left.picture().data
    assert right.picture().width == round(right.size.width * scale)
    assert json.loads(json.dumps(left.elements().as_message()))["role"] == "view"
