"""The op `device-restart`."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware import restart, session, stack
from middleware.replies import answering
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, finish, request_for

RESULT: wire.Message = {
    "op": "result",
    "generation": 3,
    "ms": 7.6,
    "failed": [{"module": "shop.cart", "error": "ImportError: no"}],
}


def restarting(answer: wire.Message, **keys: Bencode) -> tuple[FakeSession, Message]:
    """The session that was asked, and the reply."""
    asked = FakeSession()
    asked.frames = [answer]
    sent: list[Message] = []
    built = stack.build([session.middleware(lambda: ["s1"]), restart.middleware()])
    finish(answering(built)(request_for({"op": "device-restart", **keys}, asked, sent)))
    (reply,) = sent
    return asked, {key: value for key, value in reply.items() if key not in ("id", "session")}


def test_the_reply_says_which_generation_and_what_could_not_be_imported() -> None:
    _, reply = restarting(RESULT)
    assert reply == {"generation": 3, "ms": 8, "failed": ["shop.cart: ImportError: no"], "status": ["done"]}


def test_the_device_is_told_for_which_session_and_which_worker() -> None:
    asked, _ = restarting(RESULT)
    assert asked.asked == [{"op": "restart", "session": asked.id}]
    asked, _ = restarting(RESULT, worker="view-1")
    assert asked.asked == [{"op": "restart", "session": asked.id, "worker": "view-1"}]


def test_a_device_that_cannot_says_why() -> None:
    _, reply = restarting({"op": "error", "type": "crash", "error": "The worker was not restarted"})
    assert (reply["error"], reply["status"]) == ("The worker was not restarted", ["error", "restart-failed", "done"])


@pytest.mark.parametrize("junk", [{}, {"generation": "x", "ms": None, "failed": "y"}, {"failed": [3]}])
def test_a_device_that_tells_less_is_believed(junk: wire.Message) -> None:
    _, reply = restarting({"op": "result", **junk})
    assert reply == {"generation": 0, "ms": 0, "failed": [], "status": ["done"]}
