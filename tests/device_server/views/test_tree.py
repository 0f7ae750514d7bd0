"""Trees: views are called where they stand, styles are handed down, and what is endless is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from device_server import views as v
from device_server.views import elements as e
from device_server.views.fonts import Face
from device_server.views.scene import render
from device_server.views.state import Store
from device_server.views.traits import Traits
from device_server.views.tree import LAST, Node, Nothing, Style, evaluate


def tree(view: object, **traits: object) -> Node:
    return evaluate(view, Store(), Traits().with_traits(**traits))


def texts(node: Node) -> list[str]:
    own = [node.what.content] if isinstance(node.what, e.Text) else []
    return own + [text for child in node.children for text in texts(child)]


def style(view: object, **traits: object) -> Style:
    node = tree(view, **traits)
    while node.children:
        node = node.children[0]
    return node.style


def test_views_inside_views_are_called() -> None:
    def row(name: str, mark: str = "") -> object:
        return v.Text(name + mark)

    shown = v.VStack(v.View(row, "a", mark="!"), [row("b"), None], v.ForEach("cd", row), lambda: None, lambda: False)
    assert texts(tree(lambda: shown)) == ["a!", "b", "c", "d"]


def test_several_views_in_place_of_one_are_a_column_and_none_takes_no_room() -> None:
    column = tree(v.ForEach("ab", v.Text).padding()).children[0]
    assert isinstance(column.what, v.VStack)
    assert texts(column) == ["a", "b"]
    assert isinstance(tree(lambda: None).what, Nothing)


def test_styles_are_handed_down_and_the_inner_one_wins() -> None:
    assert style(v.VStack(v.Text("a").font("title")).font("caption")).face == Face(28, False)
    assert style(v.VStack(v.Text("a")).font("caption").bold(), legibility_weight="regular").face == Face(12, True)
    assert style(v.Text("a"), dynamic_type_size="accessibility5", legibility_weight="bold").face == Face(53, True)
    assert style(v.VStack(v.Text("a").hidden(False)).hidden()).is_hidden
    assert style(v.Text("a").opacity(0)).is_hidden
    assert style(v.VStack(v.Text("a")).disabled()).is_disabled


def test_the_innermost_stack_says_the_axis_of_spacers_and_they_come_last() -> None:
    assert style(v.VStack(v.HStack(v.Spacer()))).axis == 0
    assert tree(v.HStack(v.Spacer().padding())).children[0].priority == LAST
    assert tree(v.HStack(v.Text("a").layout_priority(3).padding())).children[0].priority == 3


def endless() -> object:
    return v.VStack(endless)


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (endless, "More than 60 containers are inside each other. Does a view show itself?"),
        (lambda: 3, "A view is an element, a function"),
        (lambda: "text", "is text, not a view"),
        (lambda: [v.Text("a")], "A view is an element"),
        pytest.param(
            v.VStack([v.HStack([v.Text("a")] * 1000)] * 60), "at most 50,000 elements", marks=pytest.mark.slow
        ),
    ],
)
def test_what_cannot_be_a_tree_is_refused(view: Callable[[], object], told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        tree(view)


@pytest.mark.parametrize("wrap", [lambda view: v.Grid(view, v.Text("b")), lambda view: v.HStack(view, v.Text("b"))])
def test_as_deep_as_allowed_can_be_laid_out_and_painted(wrap: Callable[[object], object]) -> None:
    view: object = v.Text("deep")
    for _ in range(59):
        view = wrap(view)

    def called_from_far(calls: int) -> object:
        return called_from_far(calls - 1) if calls else render(view).picture()

    assert called_from_far(150) is not None
