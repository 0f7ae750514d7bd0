"""The registry of languages, and what both of them promise."""

from __future__ import annotations

import inspect

import pytest

from device_server import languages
from device_server.languages import Language, NamespaceNotFoundError, Source
from tests.device_server.device import Host

PROTOCOL = [name for name, member in vars(Language).items() if inspect.isfunction(member) and name[0] != "_"]


def test_python_is_made_by_its_name() -> None:
    assert languages.create(["python"])["python"].name == "python"


@pytest.mark.parametrize("name", ["", "cobol", "Python"])
def test_an_unknown_language_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(ValueError, match=repr(name)):
        languages.create([name])


def test_python_keeps_the_protocols_signatures() -> None:
    python = type(languages.create(["python"])["python"])
    for name in PROTOCOL:
        expected = list(inspect.signature(getattr(Language, name)).parameters)
        assert list(inspect.signature(getattr(python, name)).parameters) == expected


def test_source_begins_at_the_first_line_and_column() -> None:
    assert (Source("x").line, Source("x").column, Source("x").file, Source("x").namespace) == (1, 1, None, None)


def test_a_namespace_error_tells_the_name_alone() -> None:
    assert str(NamespaceNotFoundError("a.b")) == "a.b"


@pytest.mark.parametrize(("lang", "code"), [("python", "[1, 'é', None]"), ("basilisp", '[1 "é" nil]')])
def test_a_value_is_shown_as_it_is_written(host: Host, lang: str, code: str) -> None:
    assert host.eval(code, lang=lang)["value"] == code


@pytest.mark.parametrize(("lang", "code"), [("python", "1/0"), ("basilisp", "(/ 1 0)")])
def test_an_error_has_a_class_frames_and_the_place_in_the_file(host: Host, lang: str, code: str) -> None:
    error = host.eval(code, lang=lang, file="/src/a.x")
    assert (error["type"], error["ex"], error["root_ex"]) == ("runtime", "ZeroDivisionError", "ZeroDivisionError")
    assert error["error"].startswith("ZeroDivisionError: ")
    assert error["frames"]
    assert (error["location"]["file"], error["location"]["line"]) == ("/src/a.x", 1)
    assert error["phase"] == "execution"


@pytest.mark.parametrize(("lang", "code"), [("python", "1/0"), ("basilisp", "(/ 1 0)")])
def test_what_was_typed_has_no_place(host: Host, lang: str, code: str) -> None:
    assert host.eval(code, lang=lang)["location"] is None


@pytest.mark.parametrize(("lang", "code"), [("python", "\n\n1 +"), ("basilisp", "\n\n(+ 1")])
def test_what_cannot_be_read_is_a_compile_error_with_a_place(host: Host, lang: str, code: str) -> None:
    error = host.eval(code, lang=lang, file="/src/a.x", line=10)
    assert error["type"] == "compile"
    assert error["location"]["file"] == "/src/a.x"
    assert error["location"]["line"] == 12
    assert error["location"]["column"] >= 1


@pytest.mark.parametrize(
    ("lang", "define", "ask"),
    [
        ("python", "def f(): pass", "f.__code__.co_firstlineno, f.__code__.co_filename"),
        ("basilisp", "(defn f [] 1)", "[(:line (meta #'f)) (:file (meta #'f))]"),
    ],
)
def test_what_is_defined_knows_the_files_line(host: Host, lang: str, define: str, ask: str) -> None:
    host.eval("\n" + define, lang=lang, file="/src/a.x", line=40)
    shown = host.eval(ask, lang=lang)["value"]
    assert "41" in shown
    assert "/src/a.x" in shown
