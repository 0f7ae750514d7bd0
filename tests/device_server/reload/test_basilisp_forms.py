from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server.reload.basilisp_forms import atoms, bare, head, is_data, is_literal, items_of, named, split, tree

ATOM = st.sampled_from(["a", "b/c", ":k", "1", '"s ) ;"', "\\(", "nil", "-", "x#"])
BLANK = st.sampled_from([" ", "\n", ", ", " ; ( [ \n", " #_gone ", ' #_(a ")") '])


def lists(items: st.SearchStrategy[list[str]]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(["()", "[]", "{}"]), items, BLANK).map(
        lambda each: each[0][0] + each[2].join(each[1]) + "\n" + each[0][1]
    )


FORM = st.recursive(ATOM, lambda inner: lists(st.lists(inner, max_size=3)), max_leaves=8)


@given(st.lists(FORM), BLANK)
def test_forms_are_found_whatever_is_between_them(forms: list[str], blank: str) -> None:
    text = f"{blank}\n".join(forms)
    assert [form.text for form in split(text)] == forms
    lines = text.split("\n")
    for form in split(text):
        assert lines[form.line - 1][form.column :].startswith(form.text.split("\n")[0])


@given(FORM)
def test_comments_and_white_space_are_not_in_the_shape(form: str) -> None:
    assert tree(f"(f {form} g)") == tree(f"(f ; x\n  {form}, #_(no) g )")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("(f 'x @y #'z)", ("(", "f", ("'", "x"), ("@", "y"), ("#'", "z"))),
        ("^:private (f)", ("^", ":private", ("(", "f"))),
        ("#(f %)", ("#", ("(", "f", "%"))),
        ("#{(f)}", ("#{", ("(", "f"))),
        ('[#"a(" #b"x" #inst "2020"]', ("[", ("#", '"a("'), ("#b", '"x"'), ("#inst", '"2020"'))),
        ("#:n{:a 1}", ("#:n", ("{", ":a", "1"))),
        ("`(f ~x ~@y)", ("`", ("(", "f", ("~", "x"), ("~@", "y")))),
        ("#?(:clj 1 :lpy 2)", "2"),
        ("[#?@(:lpy [1 2]) #?(:clj 3) ##Inf]", ("[", "1", "2", "##Inf")),
        ('#f"{(str "a")} b"', '#f"{(str "a")} b"'),
    ],
)  # fmt: skip
def test_a_shape_has_what_is_written(text: str, shape: object) -> None:
    assert tree(text) == shape


def test_what_never_closes_is_one_form() -> None:
    assert [form.text for form in split("(a) (b (c) \n(d)")] == ["(a)", "(b (c) \n(d)"]


def test_forms_know_their_namespace() -> None:
    text = '(f) (ns ^:hot my.shop "doc") (g) (in-ns \'other) (h)'
    assert [form.namespace for form in split(text)] == ["user", "my.shop", "my.shop", "other", "other"]
    assert named("(ns my.shop)") == "my.shop"


def test_discarded_and_commented_forms_are_none() -> None:
    assert split("#_(a) (comment (b)) #_ #_ c d ; (e)\n") == ()


def test_parts_of_shapes() -> None:
    assert head(tree("^:x (core/defn f [])")) == "defn"
    assert items_of(tree("(a b)")) == ("a", "b")
    assert bare(tree("^:x 'a")) == "a"
    literals = ["1", "-1", ":a", '"s"', "\\a", "nil", "##Inf"]
    assert [*filter(is_literal, ["x", "-", *literals])] == literals
    assert [is_data(tree(text)) for text in ("[1 {:a #{2}}]", "'(f x)", "[x]", "(f)")] == [True, True, False, False]
    assert {*atoms(tree('(f 1 [Box. ::a/k] #f"{y}" #::b{:k 1})'))} == {"f", "Box", "a/k", "y", "b/"}
