"""The conversation of an `eval`."""

from __future__ import annotations

import pytest

from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


def test_a_value_and_its_ns_share_a_message_and_done_has_one_of_its_own(session: FakeSession) -> None:
    replies = replies_to({"op": "eval", "code": "(+ 1 2)"}, session)
    assert replies == [{"value": "3", "ns": "user"}, {"status": ["done"]}]


def test_every_form_has_a_value_message_and_a_failed_one_does_not_stop_the_next(session: FakeSession) -> None:
    session.frames = [
        {"op": "value", "value": "1", "ns": "user"},
        {"op": "fault", "type": "runtime", "error": "E: no", "ex": "E", "ns": "user"},
        {"op": "result", "value": "3", "ns": "user"},
    ]
    assert replies_to({"op": "eval", "code": "1 (no) 3"}, session) == [
        {"value": "1", "ns": "user"},
        {"err": "E: no\n"},
        {"ex": "E", "root-ex": "E", "ns": "user", "status": ["eval-error"]},
        {"value": "3", "ns": "user"},
        {"status": ["done"]},
    ]


def test_after_a_failure_done_has_no_value(session: FakeSession) -> None:
    session.frames = [{"op": "error", "type": "runtime", "error": "E: no", "ex": "E"}]
    *_, error, done = replies_to({"op": "eval", "code": "(no)"}, session)
    assert error["status"] == ["eval-error"]
    assert done == {"status": ["done"]}


def test_empty_code_is_answered_with_done_alone_and_never_sent(session: FakeSession) -> None:
    assert replies_to({"op": "eval", "code": ""}, session) == [{"status": ["done"]}]
    assert session.asked == []


@pytest.mark.parametrize("code", [0, ["a"], b"\xff"])
def test_code_that_is_no_text_is_refused(session: FakeSession, code: Bencode) -> None:
    (reply,) = replies_to({"op": "eval", "code": code}, session)
    assert reply["status"] == ["error", "unknown-code-type", "done"]


def test_missing_code_is_refused(session: FakeSession) -> None:
    (reply,) = replies_to({"op": "eval"}, session)
    assert reply["status"] == ["error", "no-code", "done"]


def test_an_unknown_namespace_is_one_message_that_names_it(session: FakeSession) -> None:
    session.frames = [{"op": "error", "type": "namespace", "error": "no nope"}]
    (reply,) = replies_to({"op": "eval", "code": "1", "ns": "nope"}, session)
    assert reply["status"] == ["error", "namespace-not-found", "done"]
    assert reply["ns"] == "nope"


def test_an_interrupted_eval_says_only_that(session: FakeSession) -> None:
    session.frames = [{"op": "error", "type": "interrupted", "error": "Interrupted"}]
    assert replies_to({"op": "eval", "code": "1"}, session) == [{"status": ["interrupted", "done"]}]


def test_the_session_follows_its_namespace(session: FakeSession) -> None:
    session.frames = [{"op": "value", "value": "nil", "ns": "app"}, {"op": "error", "type": "runtime", "ns": "web"}]
    replies_to({"op": "eval", "code": "(ns app) (in-ns 'web) (no)"}, session)
    assert session.ns == "web"


def test_an_ns_in_the_request_does_not_move_the_session(session: FakeSession) -> None:
    session.frames = [{"op": "result", "value": "1", "ns": "app"}]
    reply, _ = replies_to({"op": "eval", "code": "1", "ns": "app"}, session)
    assert (reply["ns"], session.ns) == ("app", "user")


def test_the_device_is_told_place_and_language(session: FakeSession) -> None:
    session.lang = "basilisp"
    place: Message = {"ns": "app", "lang": "python", "file": "a.py", "line": 3}
    replies_to({"op": "eval", "code": "1", **place, "column": "5"}, session)
    assert session.asked == [{"op": "eval", "code": "1", **place, "column": 5, "session": "s1"}]


def test_calvas_zeros_for_null_are_left_out(session: FakeSession) -> None:
    replies_to({"op": "eval", "code": "1", "file": 0, "line": 0, "ns": 0, "context": 0, "pprint": 0}, session)
    assert session.asked == [{"op": "eval", "code": "1", "session": "s1"}]


def test_a_read_without_input_asks_the_client_in_a_status_of_one(session: FakeSession) -> None:
    session.frames.insert(0, {"op": "need-input"})
    need, *_ = replies_to({"op": "eval", "code": "(read-line)"}, session)
    assert need == {"status": ["need-input"]}


def test_a_read_takes_what_was_typed_before(session: FakeSession) -> None:
    session.offer_input("x\n")
    session.frames.insert(0, {"op": "need-input"})
    value, _ = replies_to({"op": "eval", "code": "(read-line)"}, session)
    assert value == {"value": "3", "ns": "user"}


def test_an_eval_in_another_language_does_not_move_the_session(session: FakeSession) -> None:
    session.frames = [{"op": "result", "value": "3", "ns": "__main__"}]
    reply, _ = replies_to({"op": "eval", "code": "3", "lang": "python"}, session)
    assert (reply["ns"], session.ns) == ("__main__", "user")
