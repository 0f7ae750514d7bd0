from __future__ import annotations

import pytest

from device_server.reload.basilisp_definitions import (
    closes_over_something,
    defined,
    init,
    is_anonymous_function,
    is_constant,
    is_function,
    is_inline,
    skeleton,
    used,
    used_at_once,
)
from device_server.reload.basilisp_forms import tree


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("(def ^:private a 1)", ("a",)),
        ("(defn- f [] 1)", ("f",)),
        ("(declare a b)", ("a", "b")),
        ("(deftype Box [w])", ("Box", "->Box")),
        ("(defrecord Box [w])", ("Box", "->Box", "map->Box")),
        ("(defprotocol Shape \"doc\" (area [this]) (edge [this]))", ("Shape", "area", "edge")),
        ("(defmethod cost :a [_] 1)", ()),
        ("(do (def a 1) (let [x 1] (defn f [] x)))", ("a", "f")),
        ("(defwidget panel {})", ("panel",)),
        ("(println 1)", ()),
        ("x", ()),
    ],
)  # fmt: skip
def test_a_form_tells_what_it_defines(form: str, names: tuple[str, ...]) -> None:
    assert defined(tree(form)) == names


@pytest.mark.parametrize(
    ("form", "is_one"),
    [
        ("(defn f [] 1)", True),
        ("(def f (fn [] 1))", True),
        ("(def f #(g))", True),
        ("(def f #{1})", False),
        ("(def f g)", False),
    ],
)
def test_functions_are_told_from_values(form: str, is_one: bool) -> None:
    assert is_function(tree(form)) is is_one


def test_literals_are_no_part_of_the_skeleton_but_documentation_is() -> None:
    assert skeleton(tree('(defn f [] [1 "a"])')) == skeleton(tree('(defn f [] [2 "b"])'))
    assert skeleton(tree('(defn f "doc" [] 1)')) != skeleton(tree('(defn f "other" [] 1)'))
    assert skeleton(tree("(def ^:a x 1)")) != skeleton(tree("(def ^:b x 1)"))


def test_what_is_used_only_when_called_is_not_used_at_once() -> None:
    form = tree("(def a (f b (fn [] c) #(d) (delay e)))")
    assert used(form) == {"def", "a", "f", "b", "fn", "c", "d", "delay", "e"}
    assert used_at_once(form) == {"def", "a", "f", "b"}
    assert used_at_once(tree("(deftype Box [w] Shape (area [_] (g w)))")) == {"Box", "Shape"}
    assert used_at_once(tree("(defmethod cost Box [_] (g))")) == {"cost", "Box"}


def test_parts_of_definitions() -> None:
    assert init(tree('(def a "doc" (f))')) == ("(", "f")
    assert init(tree("(def a)")) is None
    assert [is_constant(tree(form)) for form in ("(def a [1])", "(def a (f))", "(defn a [] 1)")] == [True, False, False]
    assert [is_inline(tree(form)) for form in ("(defn ^:inline f [x] x)", "(defn f [x] x)")] == [True, False]
    closing = ("(let [c 1] (defn f [] c))", "(def f (let [c 1] (fn [] c)))", "(defn f [] 1)", "(def f #(g))")
    assert [closes_over_something(tree(form)) for form in closing] == [True, True, False, False]
    assert not is_anonymous_function(None)
