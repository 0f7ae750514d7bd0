"""The views and previews of Python files, by their text alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.python_views import read
from middleware.view_sources import NOTHING, Parameter

V = "from device_server import views as v\n"


def views(code: str, head: str = V) -> list[str]:
    return [each.name for each in read(head + code).views]


def parameters(code: str) -> tuple[Parameter, ...]:
    (found,) = read(V + code).views
    return found.parameters


@pytest.mark.parametrize(
    "returns", ["v.View", "v.Element", "v.VStack", "'v.View'"], ids=["View", "Element", "VStack", "quoted"]
)
def test_what_is_annotated_to_return_an_element_is_a_view(returns: str) -> None:
    assert views(f"def card() -> {returns}:\n    return made()") == ["card"]


@pytest.mark.parametrize("returns", ["str", "v.State", "v.Traits", "None", "'not code'"])
def test_what_is_annotated_to_return_something_else_is_none(returns: str) -> None:
    assert views(f"def card() -> {returns}:\n    return v.Text('a')") == []


@pytest.mark.parametrize(
    "body",
    [
        "return v.Text('a')",
        "return v.VStack(v.Text('a')).padding().background('red')",
        "if x:\n        return v.Text('a')\n    return None",
        "return v.Text('a') if x else v.Text('b')",
        "for each in x:\n        with y:\n            return v.Text('a')",
        "match x:\n        case 1:\n            return v.Text('a')",
    ],
)
def test_what_returns_an_element_that_it_makes_is_a_view(body: str) -> None:
    assert views(f"def card():\n    {body}") == ["card"]


@pytest.mark.parametrize(
    "body",
    ["return 1", "v.Text('a')", "return v.State(1)", "def inner():\n        return v.Text('a')", "return other()"],
)
def test_what_returns_nothing_of_the_kind_is_none(body: str) -> None:
    assert views(f"def card():\n    {body}") == []


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("from device_server import views", "views.Text"),
        ("import device_server.views as w", "w.Text"),
        ("import device_server.views", "device_server.views.Text"),
        ("from device_server.views import Text", "Text"),
        ("from device_server.views import Text as T", "T"),
    ],
)
def test_the_toolkit_is_called_what_the_file_calls_it(head: str, name: str) -> None:
    assert views(f"def card():\n    return {name}('a')", f"{head}\n") == ["card"]
    assert views("def card():\n    return z.Text('a')", f"{head}\n") == []


def test_a_class_with_a_body_is_a_view() -> None:
    code = "class Card:\n    def __init__(self, title, size=1): ...\n    def body(self):\n        return v.Text('a')"
    assert parameters(code) == (Parameter("title"), Parameter("size", "1"))


def test_a_dataclass_is_called_with_its_fields() -> None:
    code = "@dataclass\nclass Card:\n    title: str\n    size: int = 1\n    kinds: ClassVar[int] = 2\n"
    body = "    def body(self) -> v.View:\n        return v.Text('a')"
    assert parameters(code + body) == (Parameter("title", None, "str"), Parameter("size", "1", "int"))


def test_parameters_are_told_as_they_are_written() -> None:
    assert parameters("def f(a, b: int = 2, *c, d, e=None, **g) -> v.View: ...") == (
        Parameter("a"),
        Parameter("b", "2", "int"),
        Parameter("*c"),
        Parameter("d"),
        Parameter("e", "None"),
        Parameter("**g"),
    )


def test_a_long_default_is_cut() -> None:
    (parameter,) = parameters(f"def f(a={'x' * 300!r}) -> v.View: ...")
    assert parameter.default is not None
    assert len(parameter.default) == 201


def test_each_mark_is_a_preview_and_its_function_a_view() -> None:
    found = read(V + "@v.preview('Empty')\n@v.preview('Small', 'dark', size='320x480')\ndef f():\n    return made()")
    assert [(each.name, each.function, each.line, each.traits) for each in found.previews] == [
        ("Empty", "f", 2, ()),
        ("Small", "f", 3, ("dark", "size=320x480")),
    ]
    assert [(each.name, each.line) for each in found.views] == [("f", 4)]


def test_another_preview_is_none() -> None:
    assert read(V + "@other.preview('a')\ndef f(): ...").previews == ()


def test_a_file_without_the_toolkit_is_not_even_parsed() -> None:
    assert read("def (") is NOTHING


def test_a_syntax_error_has_its_line() -> None:
    assert read(V + "x = )").problem == "unmatched ')', line 2"


@pytest.mark.parametrize("code", ["def (", "x = '\0'"])
def test_a_file_that_is_no_python_says_so(code: str) -> None:
    assert read(V + code).problem


@given(st.text(alphabet="def (v.Txta)[]:\n @preview'1,", max_size=60))
def test_any_text_is_read_or_has_a_problem(code: str) -> None:
    read(V + code)
