"""What single frames become."""

from __future__ import annotations

import re

import pytest

from device_server import wire
from middleware import frames


@pytest.mark.parametrize("stream", ["out", "err"])
def test_output_goes_under_the_name_of_its_stream(stream: str) -> None:
    assert frames.output({"op": "out", "stream": stream, "text": "é\n"}) == {stream: "é\n"}


def test_a_failure_is_a_text_and_then_a_type_but_never_a_value() -> None:
    frame: wire.Message = {"type": "runtime", "error": "KeyError: 1", "ex": "KeyError", "root_ex": "E", "ns": "user"}
    assert list(frames.failure(frame, with_ns=True)) == [
        {"err": "KeyError: 1\n"},
        {"ex": "KeyError", "root-ex": "E", "ns": "user", "status": ["eval-error"]},
    ]


def test_a_failure_always_has_ex_and_root_ex() -> None:
    _, error = frames.failure({"type": "crash", "error": "died"}, with_ns=True)
    assert (error["ex"], error["root-ex"]) == ("crash", "crash")


CLOJURE_ERROR = re.compile(
    r"^(?:Syntax error reading source |(?:Syntax error |Unexpected error ).*?(?:macroexpanding |compiling ).*?)"
    r"at .*?\((?P<file>.*?):(?P<line>[-\d]+)(?::(?P<column>[-\d]+))?\)\.",
    re.MULTILINE,
)
"""As cider-clojure-compilation-regexp reads a compile error."""


@pytest.mark.parametrize(
    ("phase", "line"),
    [
        ("read-source", "Syntax error reading source at (a.lpy:2:3)."),
        ("macroexpansion", "Syntax error macroexpanding when at (a.lpy:2:3)."),
        ("compile-syntax-check", "Syntax error compiling at (a.lpy:2:3)."),
        (None, "Syntax error compiling at (a.lpy:2:3)."),
    ],
)
def test_a_compile_error_begins_with_the_line_that_editors_jump_by(phase: str | None, line: str) -> None:
    place: wire.Message = {"file": "a.lpy", "line": 2, "column": 3, "name": "when"}
    frame: wire.Message = {"type": "compile", "error": "E: no", "location": place, "phase": phase}
    text, _ = frames.failure(frame, with_ns=False)
    assert text == {"err": f"{line}\nE: no\n"}
    found = CLOJURE_ERROR.match(str(text["err"]))
    assert found
    assert found.groupdict() == {"file": "a.lpy", "line": "2", "column": "3"}


@pytest.mark.parametrize(
    ("file", "told"), [("<repl>", "REPL:2:3"), ("<python-input-4>", "REPL:2:3"), ("/p/a.py", "/p/a.py:2")]
)
def test_typed_code_is_the_repls_and_python_has_no_brackets_to_look_for(file: str, told: str) -> None:
    place: wire.Message = {"file": file, "line": 2, "column": 3}
    text, _ = frames.failure({"type": "compile", "error": "E: no", "location": place}, with_ns=False)
    assert text["err"] == f"Syntax error compiling at ({told}).\nE: no\n"
    assert CLOJURE_ERROR.match(str(text["err"]))


def test_a_runtime_error_ends_with_the_place_in_the_users_code() -> None:
    place: wire.Message = {"file": "/p/a.lpy", "line": 2, "name": "f"}
    text, _ = frames.failure({"type": "runtime", "error": "E: no", "location": place}, with_ns=False)
    assert text == {"err": "E: no\n  at f (/p/a.lpy:2)\n"}


def test_a_lost_device_is_named_in_the_status() -> None:
    _, error = frames.failure({"type": "device-lost", "error": "gone"}, with_ns=False)
    assert error["status"] == ["eval-error", "device-lost"]


def test_keys_of_the_wrong_type_count_as_empty() -> None:
    assert frames.output({"text": 3}) == {"out": ""}
