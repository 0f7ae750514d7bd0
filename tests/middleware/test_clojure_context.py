"""What encloses a place in code, and which locals are visible there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.clojure_context import Form, place, visible_locals


def locals_in(code: str) -> set[str]:
    return set(visible_locals(place(code.replace("|", "__prefix__")).enclosing))


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("(let [a 1 b 2] (+ |", "a b"),
        ("(let [a 1] a) |", ""),
        ("(let [a 1 b (f |", "a b"),
        ("(let [[x & more :as all] xs] |", "x more all"),
        ("(let [{:keys [a b/c :d] :strs [e] :as m :or {a 1} f :f [g] :g} xs] |", "a c d e m f g"),
        ("(let [{:app/keys [a] ::syms [b]} xs] |", "a b"),
        ("(let [^String s (f) #_ignored t 1 _ 2] |", "s t"),
        ("(let [^{:tag String :doc \"(\"} s 1] |", "s"),
        ("(fn [x] (fn inner [y] |", "x inner y"),
        ("(defn f \"doc [z]\" {:a 1} [x {:keys [y]}] [z] |", "f x y"),
        ("(defn f ([x] x) ([x y] |", "f x y"),
        ("(defn- f [x] (let [y 1] ; [z 1]\n |", "f x y"),
        ("(defmacro m [form & body] `(do ~@|", "m form body"),
        ("(defmethod area [:a :b] [shape] |", "shape"),
        ("(for [x xs :let [y (f x) z 1] :when |", "x y z"),
        ("(doseq [[k v] m] |", "k v"),
        ("(loop [i 0] |", "i"),
        ("(dotimes [i 3] |", "i"),
        ("(clojure.core/let [a 1] |", "a"),
        ("(if-let [a (f)] |", "a"),
        ("(with-open [f (open)] |", "f"),
        ("(letfn [(even [n] |", "even n"),
        ("(letfn [(even [n] 1) (odd [m] 2)] |", "even odd"),
        ("(as-> (f) x |", "x"),
        ("(try 1 (catch Exception e |", "e"),
        ("(defrecord P [a b] Proto (m [this x] |", "a b this x"),
        ("(reify Proto (m [this x] |", "this x"),
        ("(+ 1 |", ""),
        ("|", ""),
        ("nil", ""),
        ("(let [a \\[ b \"\\\"\" c #\"\\d]\"] |", "a b c"),
        ("(let [a 1 b] |", "a b"),
        ("(let |", ""),
        ("(defn f |", "f"),
        (")))(let [a 1] |", "a"),
    ],
)  # fmt: skip
def test_the_locals_of_a_place_are_those_that_are_visible_there(code: str, names: str) -> None:
    assert locals_in(code) == set(names.split())


def test_a_local_knows_what_it_is_bound_to() -> None:
    bound = visible_locals(place('(let [s "abc" v [1]] __prefix__)').enclosing)
    assert bound == {"s": '"abc"', "v": Form("[", ["1"])}


def test_inner_names_hide_outer_ones() -> None:
    assert visible_locals(place('(let [s 1] (let [s "x"] __prefix__').enclosing) == {"s": '"x"'}


def test_a_place_knows_its_enclosing_forms_and_what_follows() -> None:
    found = place("(a (b [1 2] __prefix__ {:x 1} y) z)")
    assert [form.head for form in found.enclosing] == ["a", "b"]
    assert found.innermost.items[1:] == [Form("[", ["1", "2"])]
    assert found.following == Form("{", [":x", "1"])
    assert place("(a __prefix__) b").following is None


def test_of_a_very_long_form_the_end_is_read() -> None:
    assert locals_in("(let [a 1] " + "x " * 10_000 + "(let [b 1] |") == {"b"}


@given(st.text("(){}[]\"\\#_^'`~@:; ,\nab&1let defn|"))
def test_no_code_is_too_broken_to_be_read(code: str) -> None:
    assert "|" not in locals_in(f"(let [a 1] {code} __prefix__")
