"""What unfinished Python code ends in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.python_code import callee, is_attribute, is_import, stem_of, trail_of


def test_the_stem_is_what_is_before_the_last_name() -> None:
    stems = [stem_of(code) for code in ("x.app", "x.", "x", "f(größe", "", "_x1")]
    assert stems == ["x.", "x.", "", "f(", "", ""]


@pytest.mark.parametrize(
    ("code", "trail"),
    [
        ("x.ap", "x.ap"), ("f(x.ap", "x.ap"), ("y = [a.b.", "a.b."), ("x", "x"), ("", ""), ("f(", ""),
        ("f().x", None), ("'a'.x", None), ("a..x", None), ("x[0].", None),
    ],
)  # fmt: skip
def test_the_trail_is_the_dotted_name_at_the_end(code: str, trail: str | None) -> None:
    assert trail_of(code) == trail


@pytest.mark.parametrize(
    ("code", "called"),
    [("f(", "f"), ("x.grow(1, ", "x.grow"), ("f(g(1), [2], ", "f"), ("f(g(", "f(g"), ("f(1)", None), ("f([1", None)],
)
def test_what_is_called_stands_before_the_bracket_that_is_not_closed(code: str, called: str | None) -> None:
    assert callee(code) == called


def test_an_attribute_follows_a_dot() -> None:
    assert [is_attribute(stem) for stem in ("x.", "x. ", "f().", "x", "f(", "")] == [True, True, True] + [False] * 3


def test_an_import_is_seen_by_the_last_line() -> None:
    imports = ("import os", "  from a import b", "x = 1\nfrom ")
    assert all(map(is_import, imports))
    assert not any(map(is_import, ("importer", "x", "import os\nx", "")))


@given(st.text("x.()[]{}'\" \nimport,mode1é"))
def test_any_code_has_an_end(code: str) -> None:
    assert code.startswith(stem_of(code))
    assert code.endswith(trail_of(code) or "")
    assert code.startswith(f"{called}(" if (called := callee(code)) is not None else "")


@pytest.mark.parametrize("code", ["x" * 10**6 + "(", "x." * 10**6 + "(", "(" * 10**6, ")" * 10**6, "x " * 10**6])
def test_much_code_takes_no_more_than_its_length(code: str) -> None:
    assert (stem_of(code), trail_of(code), is_import(code)) is not None
    callee(code)
