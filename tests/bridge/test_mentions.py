"""What a text may import, as far as can be seen without parsing it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mentions import absolute, basilisp_mentions, python_mentions


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("import a", ["a"]),
        ("import a.b as c, d", ["a.b", "d"]),
        ("from a.b import c", ["a.b", "a.b.c"]),
        ("from a import (\n    b,\n    c as d,\n)", ["a", "a.b", "a.c"]),
        ("    from . import b", [".", ".b"]),
        ("from ..a import b", ["..a", "..a.b"]),
        ("from a import *  # c", ["a"]),
        ("def f():\n\timport größe", ["größe"]),
        ("x = 'no import here'", []),
        ("import a; import b", ["a"]),
    ],
)
def test_imports_are_found_wherever_a_line_begins_with_them(text: str, mentions: list[str]) -> None:
    assert [*python_mentions(text)] == mentions


def test_every_name_in_a_namespace_may_be_one() -> None:
    text = "(ns app.core (:require [app.my-util :as u]))\n(app.model/item 1)"
    assert {"app.core", "app.my_util", "app.model"} <= {*basilisp_mentions(text)}


@pytest.mark.parametrize(
    ("mention", "module", "is_package", "name"),
    [
        ("a.b", "x.y", False, "a.b"),
        (".b", "x.y", False, "x.b"),
        (".b", "x.y", True, "x.y.b"),
        (".", "x.y", False, "x"),
        ("..b", "x.y", False, None),
        ("..b", "x.y", True, "x.b"),
    ],
)
def test_relative_names_are_those_of_the_package(mention: str, module: str, is_package: bool, name: str | None) -> None:
    assert absolute(mention, module, is_package=is_package) == name


@given(st.text(), st.text())
def test_any_text_will_do(text: str, module: str) -> None:
    for mention in (*python_mentions(text), *basilisp_mentions(text)):
        absolute(mention, module, is_package=False)
