"""Argument lists of both languages, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.arglists import MAX_CHARS, parameters
from middleware.mirror import Symbol


def split(text: str, type_: str = "function") -> list[str]:
    (parts,) = parameters(Symbol("f", type_, (text,)))
    return parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[]", []),
        ("[x]", ["x"]),
        ("[x y & more]", ["x", "y", "&", "more"]),
        ("[{:keys [a b] :or {a 1}} x]", ["{:keys [a b] :or {a 1}}", "x"]),
        ("[x, y]", ["x", "y"]),
        ("[x' y]", ["x'", "y"]),
        ('[[a "]"] b]', ['[a "]"]', "b"]),
        ("()", []),
        ("(x, *more)", ["x", "*more"]),
        ("(self, /, sep=None, maxsplit=-1)", ["self", "/", "sep=None", "maxsplit=-1"]),
        ("(x: dict[str, int] = {}, *, y='a, b') -> int", ["x: dict[str, int] = {}", "*", "y='a, b'"]),
        ("unusual", ["unusual"]),
    ],
)
def test_parameters_are_what_stands_between_the_outermost_separators(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_a_special_form_is_taken_apart_into_words() -> None:
    assert split("(if test then else?)", "special-form") == ["if", "test", "then", "else?"]


def test_each_way_to_call_has_a_list() -> None:
    assert parameters(Symbol("f", "function", ("[]", "[x]"))) == [[], ["x"]]


def test_an_argument_list_that_is_very_long_stays_whole() -> None:
    text = f"[{'x ' * MAX_CHARS}]"
    assert split(text) == [text]


@given(st.text("[](){}\"'\\, ax&=*", max_size=30))
def test_any_text_can_be_taken_apart(text: str) -> None:
    assert all(isinstance(part, str) for part in split(text))
