"""The op `device-rewind`."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware import rewind, session, stack
from middleware.replies import answering
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, finish, request_for

RESULT: wire.Message = {
    "op": "result",
    "undone": [{"id": 3, "code": "(def x 1)"}, {"id": 4, "code": "x ..."}],
    "to": 2,
    "not_restored": ["thread timer"],
}


def replies_to(message: Message, to: FakeSession) -> list[Message]:
    """As the fakes' own, from a stack that has the op."""
    sent: list[Message] = []
    built = stack.build([session.middleware(lambda: ["s1"]), rewind.middleware()])
    finish(answering(built)(request_for(message, to, sent)))
    return [{key: value for key, value in reply.items() if key not in ("id", "session")} for reply in sent]


def rewinding(*frames: wire.Message, **keys: Bencode) -> tuple[FakeSession, list[Message]]:
    """The session that was asked, and the replies."""
    asked = FakeSession()
    asked.frames = list(frames)
    return asked, replies_to({"op": "device-rewind", **keys}, asked)


def test_the_reply_lists_what_was_undone_and_what_could_not_be_brought_back() -> None:
    _, (reply,) = rewinding(RESULT)
    assert reply == {"undone": ["(def x 1)", "x ..."], "not-restored": ["thread timer"], "status": ["done"]}


def test_one_eval_is_undone_unless_told() -> None:
    asked, _ = rewinding(RESULT)
    assert asked.asked == [{"op": "rewind", "steps": 1}]


@pytest.mark.parametrize("steps", [3, "3"])
def test_steps_say_how_many(steps: Bencode) -> None:
    asked, _ = rewinding(RESULT, steps=steps)
    assert asked.asked == [{"op": "rewind", "steps": 3}]


@pytest.mark.parametrize("steps", [0, -1, "-1", "x", "", [], {}])
def test_steps_that_are_no_number_from_one_on_are_refused(steps: Bencode) -> None:
    asked, (reply,) = rewinding(RESULT, steps=steps)
    assert reply["status"] == ["error", "bad-steps", "done"]
    assert asked.asked == []


def test_a_device_that_cannot_says_why() -> None:
    _, (reply,) = rewinding({"op": "error", "type": "protocol", "error": "Cannot go back 9 evals"}, steps=9)
    assert reply["error"] == "Cannot go back 9 evals"
    assert reply["status"] == ["error", "rewind-failed", "done"]


@pytest.mark.parametrize("junk", [{}, {"undone": None, "not_restored": None}, {"undone": "x", "not_restored": 3}])
def test_a_device_that_tells_less_is_believed(junk: wire.Message) -> None:
    _, (reply,) = rewinding({"op": "result", **junk})
    assert reply == {"undone": [], "not-restored": [], "status": ["done"]}
