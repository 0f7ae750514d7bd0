"""The op `macroexpand`: what the device is asked, and what becomes of its answers."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware.request import Message
from tests.middleware.fakes import FakeSession, replies_to

EXPANDED: wire.Message = {"op": "result", "expansion": "(if a b)"}


def expanding(keys: Message, answer: wire.Message = EXPANDED) -> tuple[FakeSession, Message]:
    session = FakeSession()
    session.frames = [answer]
    (reply,) = replies_to({"op": "cider/macroexpand", "code": "(when a b)", **keys}, session)
    return session, reply


@pytest.mark.parametrize("op", ["macroexpand", "cider/macroexpand"])
def test_the_expansion_comes_in_the_one_reply(op: str) -> None:
    session = FakeSession()
    session.frames = [EXPANDED]
    assert replies_to({"op": op, "code": "(when a b)"}, session) == [{"expansion": "(if a b)", "status": ["done"]}]


def test_what_cider_asks_for_is_passed_on() -> None:
    keys: Message = {"expander": "macroexpand-1", "ns": "app", "display-namespaces": "tidy", "print-meta": "true"}
    session, _ = expanding(keys)
    assert session.asked == [
        {
            "op": "macroexpand",
            "code": "(when a b)",
            "session": "s1",
            "expander": "macroexpand-1",
            "display": "tidy",
            "print": {"width": 80, "meta": True},
            "ns": "app",
        }
    ]


def test_what_is_not_said_is_as_in_cider_nrepl() -> None:
    (asked,) = expanding({"expander": [], "print-meta": 0, "ns": []})[0].asked
    assert (asked["expander"], asked["display"], asked["print"]) == (
        "macroexpand",
        "qualified",
        {"width": 80, "meta": False},
    )
    assert "ns" not in asked


@pytest.mark.parametrize(
    "keys", [{"expander": "expand"}, {"display-namespaces": "short"}, {"code": " "}, {"code": 3}, {"ns": 3}]
)
def test_what_cannot_be_asked_is_refused(keys: Message) -> None:
    session, reply = expanding(keys)
    assert session.asked == []
    assert reply["status"][0:1] == ["error"]  # type: ignore[index]


def test_what_fails_is_a_macroexpand_error() -> None:
    _, reply = expanding({}, {"op": "error", "type": "compile", "error": "E: no"})
    assert (reply["err"], reply["status"]) == ("E: no\n", ["error", "macroexpand-error", "done"])


def test_a_namespace_that_is_not_there_is_named() -> None:
    _, reply = expanding({"ns": "nope"}, {"op": "error", "type": "namespace", "error": "no nope"})
    assert (reply["ns"], reply["status"]) == ("nope", ["error", "namespace-not-found", "macroexpand-error", "done"])


def test_an_interrupt_is_told() -> None:
    _, reply = expanding({}, {"op": "error", "type": "interrupted", "error": "Interrupted"})
    assert reply["status"] == ["error", "interrupted", "macroexpand-error", "done"]
