"""Whoever listens hears what is written, as far as it reads."""

from __future__ import annotations

from collections.abc import Callable

from bridge.listener import WINDOW_CHARS, Listener
from device_server import wire
from middleware.request import Message, Request
from tests.middleware.fakes import FakeSession


class SlowClient:
    """Takes what it is sent when it is told to."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self._callbacks: list[Callable[[], None]] = []

    def request(self) -> Request:
        return Request("out-subscribe", "7", {}, FakeSession(), "s1", self.sent.append, self._callbacks.append)

    def read(self) -> None:
        calls, self._callbacks[:] = [*self._callbacks], []
        for call in calls:
            call()


def written(text: str) -> wire.Message:
    return {"op": "out", "stream": "out", "text": text}


def test_output_comes_under_the_id_of_the_subscription() -> None:
    client = SlowClient()
    Listener(client.request()).hear(written("a"))
    assert client.sent == [{"out": "a", "id": "7", "session": "s1"}]


def test_who_does_not_read_misses_output_and_is_told_how_much() -> None:
    client = SlowClient()
    listener = Listener(client.request())
    listener.hear(written("a" * WINDOW_CHARS))
    for _ in range(3):
        listener.hear(written("missed"))
    assert len(client.sent) == 1
    client.read()
    listener.hear(written("heard"))
    assert [message.get("out", message.get("err")) for message in client.sent[1:]] == [
        "[18 characters left out]\n",
        "heard",
    ]
