"""Caught keys of requests, and how failures are told."""

from __future__ import annotations

from device_server import wire
from middleware import caught
from middleware.printing import Printing
from middleware.request import Message
from tests.middleware.fakes import FakeSession, replies_to, request_for

KEY = "nrepl.middleware.caught/"
FAILED: wire.Message = {"op": "error", "type": "runtime", "error": "E: no", "ex": "E", "root_ex": "E", "ns": "user"}
ERROR: Message = {"ex": "E", "root-ex": "E", "ns": "user", "status": ["eval-error"]}
WHOLE = Printing({}, None)


def test_the_function_and_whether_to_print_go_to_the_device() -> None:
    message: Message = {"op": "eval", f"{KEY}caught": "a/b", f"{KEY}print?": "1"}
    assert caught.wanted(request_for(message, FakeSession(), [])) == {"function": "a/b", "print": True}


def test_nothing_is_wanted_of_empty_keys() -> None:
    message: Message = {"op": "eval", f"{KEY}caught": "", f"{KEY}print?": []}
    assert caught.wanted(request_for(message, FakeSession(), [])) == {}


def test_a_failure_that_a_function_has_told_has_no_text_of_ours() -> None:
    assert list(caught.failure({**FAILED, "caught": True}, WHOLE, with_ns=True)) == [ERROR]


def test_a_failure_that_nothing_has_told_has_its_text() -> None:
    assert list(caught.failure(FAILED, WHOLE, with_ns=True)) == [{"err": "E: no\n"}, ERROR]


def test_a_printed_exception_comes_with_the_failure() -> None:
    _, error = caught.failure({**FAILED, "throwable": "E('no')"}, WHOLE, with_ns=True)
    assert error == {**ERROR, f"{KEY}throwable": "E('no')"}


def test_a_printed_exception_that_was_cut_says_so_beside_the_failure() -> None:
    _, error = caught.failure({**FAILED, "throwable": "E(", "truncated": True}, WHOLE, with_ns=True)
    assert error["status"] == ["eval-error", "nrepl.middleware.print/truncated"]
    assert error["nrepl.middleware.print/truncated-keys"] == [f"{KEY}throwable"]


def test_a_printed_exception_is_streamed_as_values_are() -> None:
    _, *messages = caught.failure({**FAILED, "throwable": "E('no')"}, Printing({}, 4), with_ns=True)
    assert messages == [{f"{KEY}throwable": "E('n"}, {f"{KEY}throwable": "o')"}, ERROR]


def test_a_function_that_is_not_found_is_told_before_the_error() -> None:
    session = FakeSession()
    session.frames = [{"op": "unresolved", "key": "caught", "name": "a/b"}, FAILED]
    first, text, error, done = replies_to({"op": "eval", "code": "1", f"{KEY}caught": "a/b"}, session)
    assert first == {f"{KEY}error": "Couldn't resolve var a/b", "status": [f"{KEY}error"]}
    assert (text, error, done) == ({"err": "E: no\n"}, ERROR, {"status": ["done"]})
