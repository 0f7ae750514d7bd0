"""Literals reach live values unless the program has changed them."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from device_server.reload.python_values import alike, bindings, holds_state, is_lost, push, restore, restore_class

LITERALS = [
    "1",
    "True",
    "1.0",
    "'1'",
    "None",
    "[1]",
    "[True]",
    "(1,)",
    "{1: 2}",
    "{1: 2.0}",
    "{1}",
    "{True}",
    "0.0",
    "-0.0",
]


@pytest.mark.parametrize("one", LITERALS)
def test_a_literal_is_like_itself_and_like_no_other(one: str) -> None:
    assert [alike(eval(one), eval(other)) for other in LITERALS] == [one == other for other in LITERALS]


def test_what_is_no_literal_is_like_itself_only() -> None:
    class Strange:
        def __eq__(self, _: object) -> bool:
            raise AssertionError

        __hash__ = None  # type: ignore[assignment]

    one = Strange()
    assert alike([one], [one])
    assert not alike([one], [Strange()])


def test_values_are_pushed_and_taken_back() -> None:
    live: dict[str, object] = {"a": 1, "b": 1, "c": [1], "d": {1: 1}, "e": {1}}
    held = [live[name] for name in "cde"]
    text = "a = 1\nb = 2\nc = [1]\nd = {1: 1}\ne = {1}\ngone = 1"
    codes = [compile(each, "p", "exec") for each in (text, text.replace("1", "3"))]
    undo = ExitStack()
    undo.callback(restore, live, tuple(live.items()))
    assert push(codes[0], codes[1], live, live.__setitem__, undo) == ["b"]
    assert live == {"a": 3, "b": 1, "c": [3], "d": {3: 3}, "e": {3}}
    assert all(live[name] is each for name, each in zip("cde", held, strict=True))
    undo.close()
    assert live == {"a": 1, "b": 1, "c": [1], "d": {1: 1}, "e": {1}}


def test_classes_are_restored() -> None:
    class A:
        x = 1

    before = tuple(vars(A).items())
    A.x, A.y = 2, 3  # type: ignore[attr-defined]
    restore_class(A, before)
    assert tuple(vars(A).items()) == before


def test_what_is_made_again_loses_what_it_has_no_place_for() -> None:
    kept: list[tuple[object, object]] = [({1: 2}, {1: 3, 2: 4}), ([1], [2]), ({1}, {2}), (1, 2)]
    lost: list[tuple[object, object]] = [({1: 2}, {}), ([1, 2], [2]), ([object()], [object()]), (object(), object())]
    assert [is_lost(*each) for each in (*kept, *lost)] == [*[False] * 4, *[True] * 4]


def test_state_is_what_may_have_changed_inside() -> None:
    assert [holds_state(each) for each in (1, "a", (1,), len, [], {}, object())] == [*[False] * 4, *[True] * 3]
    assert bindings(compile("a = b, c = (1, 2)", "p", "exec")) == {"a": (1, 2), "b": 1, "c": 2}
