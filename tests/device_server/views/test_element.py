"""Modifiers: what they are given is checked, and the element they are called on stays as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from device_server import views as v
from device_server.views import modifiers as m
from device_server.views.element import Element, Modified, View, as_element, children, name_of


def modifier(element: Element) -> m.Modifier:
    assert isinstance(element, Modified)
    return element.modifier


TEXT = v.Text("a")


def test_a_modifier_gives_a_new_element() -> None:
    padded = TEXT.padding()
    assert padded is not TEXT
    assert isinstance(padded, Modified)
    assert padded.child is TEXT


@pytest.mark.parametrize(
    ("element", "sides"),
    [
        (TEXT.padding(), (16, 16, 16, 16)),
        (TEXT.padding(4), (4, 4, 4, 4)),
        (TEXT.padding(0), (0, 0, 0, 0)),
        (TEXT.padding(horizontal=3), (0, 3, 0, 3)),
        (TEXT.padding(4, vertical=2, bottom=1), (2, 4, 1, 4)),
        (TEXT.padding(top=5), (5, 0, 0, 0)),
        (TEXT.padding(leading=5, trailing=6), (0, 5, 0, 6)),
    ],
)
def test_the_nearest_word_says_the_padding(element: Element, sides: tuple[float, ...]) -> None:
    padding = modifier(element)
    assert isinstance(padding, m.Padding)
    assert (padding.top, padding.leading, padding.bottom, padding.trailing) == sides


@pytest.mark.parametrize(
    ("modify", "told"),
    [
        (lambda: TEXT.padding(-1), "padding is from 0"),
        (lambda: TEXT.padding(top=float("nan")), "padding is from 0"),
        (lambda: TEXT.frame(-5), "width is from 0"),
        (lambda: TEXT.frame(height=100_000), "height is from 0 to 20000"),
        (lambda: TEXT.frame(min_width=5, max_width=3), "min_width <= ideal_width <= max_width is needed"),
        (lambda: TEXT.frame(min_width=float("inf")), "min_width is from 0"),
        (lambda: TEXT.frame(alignment="left"), "valid are: top_leading, top"),
        (lambda: TEXT.background("grey"), "Unknown color 'grey'"),
        (lambda: TEXT.foreground("grey"), "Unknown color 'grey'"),
        (lambda: TEXT.font("boody"), "valid are: large_title"),
        (lambda: TEXT.line_limit(0), "line_limit is from 1"),
        (lambda: TEXT.line_limit(1, "start"), "valid are: head, middle, tail"),
        (lambda: TEXT.text_alignment("left"), "valid are: leading, center, trailing"),
        (lambda: TEXT.opacity(1.5), "opacity is from 0 to 1"),
        (lambda: TEXT.corner_radius(-1), "corner_radius is from 0"),
        (lambda: TEXT.border("red", -1), "width is from 0"),
        (lambda: TEXT.shadow(101), "radius is from 0 to 100"),
        (lambda: TEXT.layout_priority("high"), "layout_priority is a number"),  # type: ignore[arg-type]
        (lambda: TEXT.on_tap(3), "The action of on_tap is a function"),  # type: ignore[arg-type]
        (lambda: TEXT.on_swipe(None), "The action of on_swipe is a function"),  # type: ignore[arg-type]
        (lambda: TEXT.on_long_press("x"), "The action of on_long_press is a function"),  # type: ignore[arg-type]
        (lambda: TEXT.overlay(3), "A view is an element, a function"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(modify: Callable[[], object], told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        modify()


def test_modifiers_that_are_switched_off_change_nothing() -> None:
    assert modifier(TEXT.hidden(False)) == modifier(TEXT.disabled(False)) == m.Styled({})


class Card:
    def body(self) -> object:
        return TEXT


class Named(View):
    def __init__(self, name: str) -> None:
        self.name = name

    def body(self) -> object:
        return v.Text(self.name)


def test_functions_and_objects_with_a_body_are_views() -> None:
    shown = as_element(Card())
    assert isinstance(shown, View)
    assert (shown.kind, shown.body()) == ("Card", TEXT)
    made = as_element(Card)
    assert isinstance(made, View)
    assert isinstance(made.body(), Card)
    assert repr(v.View(print, 1)) == "View(print)"
    assert (Named("x").kind, repr(Named("x").body())) == ("Named", "Text('x')")


@pytest.mark.parametrize("value", ["text", 3, None, [TEXT], object()])
def test_what_is_no_view_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"write Text\('text'\)|A view is an element"):
        as_element(value)


def test_children_come_one_by_one_and_nothing_is_nobody() -> None:
    assert children([TEXT, None, False, [TEXT, (TEXT for _ in range(2))]]) == (TEXT,) * 4


def test_endless_children_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 10,000 children"):
        v.VStack(iter(lambda: TEXT, None))


def test_a_function_without_a_name_keeps_its_kind_when_it_is_made_anew() -> None:
    def made() -> None: ...

    made.__qualname__ = "__lisp_fn_104"
    assert name_of(made) == "__lisp_fn_"
    made.__qualname__ = "row2"
    assert name_of(made) == "row2"
    assert repr(TEXT.opacity(0.5)) == "Text('a').Opacity(opacity=0.5)"
