"""What single frames become."""

from __future__ import annotations

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


def test_a_compile_error_begins_with_the_line_that_editors_jump_by() -> None:
    place: wire.Message = {"file": "a.lpy", "line": 2, "column": 3}
    text, _ = frames.failure({"type": "compile", "error": "E: no", "location": place}, with_ns=False)
    assert text == {"err": "Syntax error compiling at (a.lpy:2:3).\nE: no\n"}


def test_a_lost_device_is_named_in_the_status() -> None:
    _, error = frames.failure({"type": "device-lost", "error": "gone"}, with_ns=False)
    assert error["status"] == ["eval-error", "device-lost"]


def test_keys_of_the_wrong_type_count_as_empty() -> None:
    assert frames.output({"text": 3}) == {"out": ""}
