from __future__ import annotations

import pytest

from repl import python_forms as forms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 + 1",
        "def f(x):\n    return 1\n",
        "def f(x):\n    return 1\n    ",
        "1 +* 2",
        "a\nb",
        "x = (1,\n2)",
        "'''a\nb'''",
    ],
)
def test_an_interpreter_would_not_wait_for_more(text: str) -> None:
    assert forms.is_complete(text)


@pytest.mark.parametrize(
    "text",
    ["def f(x):", "def f(x):\n    return 1", "x = (1,", "for i in x: y", "'''a", "if a:\n  b\nelse:", "@d", "a = \\"],
)
def test_an_interpreter_would_wait_for_more(text: str) -> None:
    assert not forms.is_complete(text)


@pytest.mark.filterwarnings("error")
def test_typing_warns_of_nothing() -> None:
    assert forms.is_complete("1 is 1; '\\d'")


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("def f(x):", 4),
        ("    return 1", 0),
        ("a = (", 4),
        ("x: # foo", 4),
        ("s = '#' :", 4),
        ("    x", 4),
        ("  pass", 0),
        ("", 0),
    ],
)
def test_the_next_line_is_indented_by_the_last(text: str, column: int) -> None:
    assert forms.indentation(text) == column


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("foo(a, ", "foo"),
        ("foo(bar(1), ", "foo"),
        ("x = [a.b.c(", "a.b.c"),
        ("'foo(", ""),
        ("foo('a(b", "foo"),
        ("(1, ", ""),
        ("f([1", "f"),
        ("# f(", ""),
    ],
)
def test_the_call_around_the_cursor(text: str, name: str) -> None:
    assert forms.call_at(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [("foo.ba", "foo.ba"), ("x = fo", "fo"), ("'fo", ""), ("# fo", ""), ("foo ", ""), ("3", ""), ("é.f", "é.f")],
)
def test_the_name_before_the_cursor(text: str, name: str) -> None:
    assert forms.name_before(text) == name


def test_the_definition_at_a_line_of_a_file() -> None:
    text = "import a\n\n@deco\ndef f(x):\n    return x\n\nclass C:\n    y = 1\n"
    assert forms.form_at(text, 4) == "@deco\ndef f(x):\n    return x"
    assert forms.form_at(text, 7) == "class C:\n    y = 1"
    assert forms.form_at(text, 2) == ""
    assert forms.form_at("def (", 1) == ""
