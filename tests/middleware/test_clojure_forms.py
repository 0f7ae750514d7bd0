"""Clojure's text as forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.clojure_forms import Form, forms


def outline(form: Form) -> object:
    return form.text if form.is_atom else [form.text, *map(outline, form.items)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a :b 1.5", ["a", ":b", "1.5"]),
        ("(a [b {c d}])", [["(", "a", ["[", "b", ["{", "c", "d"]]]]),
        ('(a "b ) \\" c")', [["(", "a", '"b ) \\" c"']]),
        ("(a #_(b c) d)", [["(", "a", "d"]]),
        ("#_ #_ a b c", ["c"]),
        ("(a ; b )\n c)", [["(", "a", "c"]]),
        (r"(a \( b)", [["(", "a", r"\(", "b"]]),
        ("#(a %) #{b} #?(:lpy c)", [["#(", "a", "%"], ["#{", "b"], ["#?(", ":lpy", "c"]]),
        ("'a @b #'c", ["a", "b", "c"]),
        ("(a (b", [["(", "a", ["(", "b"]]]),
        ("a) b", ["a", "b"]),
    ],
)
def test_text_is_read_as_forms(text: str, expected: list[object]) -> None:
    assert [outline(form) for form in forms(text)] == expected


def test_each_form_has_its_line() -> None:
    first, second = forms("; one\n(a\n  b)\n\nc")
    assert (first.line, first.items[1].line, second.line) == (2, 3, 5)


def test_metadata_belongs_to_what_comes_after_it() -> None:
    (form,) = forms("(defn ^:a ^{:b 1} f ^String x)")
    assert [outline(each) for each in form.items[1].metadata] == [":a", ["{", ":b", "1"]]
    assert [outline(each) for each in form.items[2].metadata] == ["String"]


def test_a_string_has_a_value() -> None:
    assert [form.string for form in forms(r'"a\"b\n\\" a')] == ['a"b\n\\', None]


@given(st.text(alphabet="()[]{}\"\\;#_^'@ ab:\n", max_size=80))
def test_any_text_is_read(text: str) -> None:
    forms(text)
