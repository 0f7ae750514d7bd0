"""The ops about edits, in front of a bridge that answers from a script."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from device_server import wire
from middleware import reload, session, stack
from middleware.replies import answering
from middleware.request import Bencode, Message, Refusal
from tests.middleware.fakes import FakeSession, finish, request_for
from tests.middleware.test_acks import DONE, FAILED


class FakeEdits:
    """A reload.Edits."""

    def __init__(self, *news: wire.Message) -> None:
        self.news = list(news)
        self.asked: list[object] = []

    async def push(self, device: str, paths: Sequence[str] | None, *, is_forced: bool) -> list[wire.Message]:
        self.asked.append((device, paths, is_forced))
        if paths == ["/elsewhere"]:
            raise Refusal("no", "bad-paths")
        return self.news

    async def news_of(self, device: str, path: str, sha256: str, limit_s: float) -> wire.Message | None:
        self.asked.append((device, path, sha256, limit_s))
        return self.news[0] if self.news else None


def says(edits: FakeEdits, to: FakeSession, op: str, **keys: Bencode) -> list[Message]:
    sent: list[Message] = []
    message: Message = {"op": op, **{key.replace("_", "-"): value for key, value in keys.items()}}
    finish(answering(stack.build([session.middleware(list), reload.middleware(edits)]))(request_for(message, to, sent)))
    for reply in sent:
        assert (reply.pop("id"), reply.pop("session")) == ("7", "s1")
    return sent


def test_edits_are_pushed_and_what_became_of_them_is_told() -> None:
    edits = FakeEdits(DONE)
    ack, done = says(edits, FakeSession(), "device-reload")
    assert (ack["tier"], ack["status"], done) == ("body", ["reloaded"], {"status": ["done"]})
    assert edits.asked == [("local", None, False)]


def test_named_files_are_pushed_by_force_when_that_is_asked() -> None:
    edits = FakeEdits()
    assert says(edits, FakeSession(), "device-reload", paths=["a.py"], force="true") == [{"status": ["done"]}]
    assert edits.asked == [("local", ["a.py"], True)]


def test_a_failure_is_told_at_the_end_too() -> None:
    ack, done = says(FakeEdits(FAILED), FakeSession(), "device-reload")
    assert ack["status"] == ["reload-failed"]
    assert done == {"status": ["error", "reload-failed", "done"]}


@pytest.mark.parametrize("paths", [["/elsewhere"], [5], [""], "a.py", {"a": "b"}, 5])
def test_what_are_no_files_is_refused(paths: Bencode) -> None:
    (reply,) = says(FakeEdits(DONE), FakeSession(), "device-reload", paths=paths)
    assert reply["status"] == ["error", "bad-paths", "done"]


def test_who_waits_for_a_content_is_told_what_became_of_it() -> None:
    edits = FakeEdits(DONE)
    (reply,) = says(edits, FakeSession(), "reload-await", path="shop.py", sha256="AB", timeout_ms=500)
    assert (reply["tier"], reply["status"]) == ("body", ["done", "reloaded"])
    assert edits.asked == [("local", "shop.py", "ab", 0.5)]
    (reply,) = says(FakeEdits(FAILED), FakeSession(), "reload-await", path="shop.py", sha256="ab")
    assert reply["status"] == ["error", "reload-failed", "done"]


def test_nobody_waits_for_ever() -> None:
    edits = FakeEdits()
    (reply,) = says(edits, FakeSession(), "reload-await", path="shop.py", sha256="ab")
    assert reply["status"] == ["error", "timeout", "done"]
    assert edits.asked == [("local", "shop.py", "ab", reload.DEFAULT_MS / 1000)]


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({"path": "", "sha256": "a"}, "bad-path"),
        ({"path": "a.py", "sha256": ""}, "bad-sha256"),
        ({"path": "a.py"}, "no-sha256"),
        ({"path": "a.py", "sha256": "a", "timeout_ms": 10**9}, "bad-timeout-ms"),
        ({"path": "a.py", "sha256": "a", "timeout_ms": -1}, "bad-timeout-ms"),
    ],
)
def test_waiting_for_nothing_sensible_is_refused(keys: dict[str, Bencode], status: str) -> None:
    (reply,) = says(FakeEdits(DONE), FakeSession(), "reload-await", **keys)
    assert reply["status"] == ["error", status, "done"]


def test_a_session_can_follow_edits_and_leave_it() -> None:
    to = FakeSession()
    assert says(FakeEdits(), to, "reload-subscribe") == [{"reload-subscribe": "s1", "status": ["done"]}]
    assert to.following is not None
    assert says(FakeEdits(), to, "reload-unsubscribe") == [{"reload-unsubscribe": "s1", "status": ["done"]}]
    assert to.following is None
