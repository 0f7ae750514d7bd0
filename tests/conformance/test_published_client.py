"""A conversation through the published nrepl-python-client, over a stream that counts bytes and over its own."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator

import nrepl as published
import pytest

from bridge.framing import Framer, encode
from middleware.request import Message
from tests.conformance.clients import joined, statuses, values
from tests.conformance.connections import PATIENCE_S, connect
from tests.conformance.servers import EXAMPLE, Server


class Stream:
    """What a WatchableConnection reads from and writes to; its own counts characters where bencode counts bytes."""

    def __init__(self, port: int) -> None:
        self._socket = connect(port)
        self._lock = threading.Lock()
        self._framer = Framer()

    def __iter__(self) -> Iterator[Message]:
        try:
            while data := self._socket.recv(65536):
                yield from self._framer.feed(data)
        except OSError:  # closed
            return

    def write(self, message: Message) -> None:
        with self._lock:
            self._socket.sendall(encode(message))

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Conversation:
    """Requests through a WatchableConnection, each with the replies that its watch has caught."""

    def __init__(self, port: int) -> None:
        self._connection = published.WatchableConnection(Stream(port))
        self._count = 0

    def talk(self, message: Message) -> list[Message]:
        """The replies to a request."""
        return list(self.converse(message))

    def converse(self, message: Message) -> Iterator[Message]:
        """The replies to a request as they come."""
        self._count += 1
        id_ = f"watched-{self._count}"
        caught: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._connection.watch(id_, {"id": id_}, lambda reply, _connection, _key: caught.put(reply))
        self._connection.send({**message, "id": id_})
        reply: Message = {}
        while "done" not in statuses(reply):
            reply = caught.get(timeout=PATIENCE_S)
            yield reply
        self._connection.unwatch(id_)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def conversation(bridge: Server) -> Iterator[Conversation]:
    conversation = Conversation(bridge.port)
    yield conversation
    conversation.close()


def test_a_conversation_through_a_watched_connection(conversation: Conversation) -> None:
    session = conversation.talk({"op": "clone"})[0]["new-session"]
    assert "eval" in str(conversation.talk({"op": "describe", "session": session})[0]["ops"])
    replies = conversation.talk({"op": "eval", "code": '(println "é漢😀") "" 0 []', "session": session})
    assert joined(replies, "out") == "é漢😀\n"
    assert values(replies) == ["nil", '""', "0", "[]"]
    replies = conversation.talk({"op": "eval", "code": "print('é')\n1/0", "lang": "python", "session": session})
    assert (joined(replies, "out"), joined(replies, "ex")) == ("é\n", "ZeroDivisionError")
    text = (EXAMPLE / "errands" / "model.lpy").read_text()
    replies = conversation.talk({"op": "load-file", "file": text, "file-path": "errands/model.lpy", "session": session})
    assert values(replies) == ["#'errands.model/minutes-left"]
    assert statuses(conversation.talk({"op": "close", "session": session})[0]) == ["done", "session-closed"]


def test_input_and_interrupts_while_an_eval_is_watched(conversation: Conversation) -> None:
    session = conversation.talk({"op": "clone"})[0]["new-session"]
    replies = conversation.converse({"op": "eval", "code": "(read-line)", "session": session})
    assert statuses(next(replies)) == ["need-input"]
    conversation.talk({"op": "stdin", "stdin": "é\n", "session": session})
    assert values(list(replies)) == ['"é"']
    replies = conversation.converse({"op": "eval", "code": "(read-line)", "session": session})
    assert statuses(next(replies)) == ["need-input"]
    assert statuses(conversation.talk({"op": "interrupt", "session": session})[0]) == ["done"]
    assert [statuses(reply) for reply in replies] == [["interrupted", "done"]]
    conversation.talk({"op": "close", "session": session})


def test_a_device_is_reached_through_a_watched_connection(conversation: Conversation, second_device: Server) -> None:
    session = conversation.talk({"op": "clone"})[0]["new-session"]
    (told,) = conversation.talk(
        {"op": "ios-connect", "host": "127.0.0.1", "port": second_device.port, "session": session}
    )
    assert (told["ios-connected"], told["ios-port"]) == ("true", second_device.port)
    assert values(conversation.talk({"op": "eval", "code": "(+ 1 2)", "session": session})) == ["3"]
    conversation.talk({"op": "close", "session": session})


# It leaves its socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_its_plain_connection_evaluates_ascii(bridge: Server) -> None:
    connection = published.connect(f"nrepl://127.0.0.1:{bridge.port}")
    connection.write({"op": "clone", "id": "1"})
    session = connection.read()["new-session"]
    connection.write({"op": "eval", "code": "(+ 1 2)", "session": session, "id": "2"})
    assert connection.read() == {"id": "2", "ns": "user", "session": session, "value": "3"}
    assert connection.read() == {"id": "2", "session": session, "status": ["done"]}
    connection.write({"op": "close", "session": session, "id": "3"})
    assert connection.read()["status"] == ["done", "session-closed"]
    connection.close()
