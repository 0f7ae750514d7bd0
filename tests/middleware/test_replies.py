"""How a request ends: once, with `done`, and with the name of what went wrong."""

from __future__ import annotations

import pytest

from middleware.descriptor import OpSpec, provides
from middleware.replies import answering
from middleware.request import Bencode, Final, Message, Refusal, Request
from middleware.stack import build
from tests.middleware.fakes import FakeSession, finish, request_for


def replies(handler_outcome: Final | Exception, **message: Bencode) -> list[Message]:
    """What a stack says whose only op returns or raises that."""

    async def handle(_request: Request) -> Final:
        if isinstance(handler_outcome, Exception):
            raise handler_outcome
        return handler_outcome

    sent: list[Message] = []
    stack = build([provides("only", {"act": (OpSpec("Act.", requires={"what": "What."}), handle)})])
    finish(answering(stack)(request_for({"op": "act", "what": "it", **message}, FakeSession(), sent)))
    return sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ([], ["done"]),
        (["session-idle"], ["done", "session-idle"]),
        (["session-closed"], ["done", "session-closed"]),
        (["interrupted"], ["interrupted", "done"]),
        (["error", "no-code"], ["error", "no-code", "done"]),
    ],
)
def test_done_comes_last_after_a_failure_and_first_before_a_remark(said: list[Bencode], sent: list[Bencode]) -> None:
    assert replies({"status": said})[0]["status"] == sent


def test_a_refusal_names_its_statuses_and_keys() -> None:
    (reply,) = replies(Refusal("No such thing", "no-thing", ns="x"))
    assert reply["status"] == ["error", "no-thing", "done"]
    assert (reply["error"], reply["err"], reply["ns"]) == ("No such thing", "No such thing\n", "x")


def test_any_exception_ends_the_op_with_its_name() -> None:
    (reply,) = replies(ZeroDivisionError("by zero"))
    assert reply["status"] == ["error", "act-error", "done"]
    assert reply["error"] == "ZeroDivisionError: by zero"


def test_a_missing_key_is_named_before_the_handler_is_asked() -> None:
    sent: list[Message] = []
    stack = build([provides("only", {"act": (OpSpec("Act.", requires={"what": "What."}), _never)})])
    finish(answering(stack)(request_for({"op": "act"}, FakeSession(), sent)))
    assert sent[0]["status"] == ["error", "no-what", "done"]


async def _never(_request: Request) -> Final:
    raise AssertionError("the handler was asked")
