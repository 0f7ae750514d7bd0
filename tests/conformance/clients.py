"""Small blocking clients: one for the device protocol, one for nREPL. They know the wire, not what is right on it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Final, Self

from bridge.framing import Framer, encode
from device_server import wire
from middleware.request import Bencode, Message
from tests.conformance.connections import READ_BYTES, connect
from tests.conformance.contract import Contract


class JsonLines:
    """A host of the device protocol. A context manager: it closes the connection."""

    def __init__(self, port: int, *caps: str) -> None:
        """Connect, read the welcome and say hello with these capabilities."""
        self._socket = connect(port)
        self._lines = self._socket.makefile("rb")
        self._ids = itertools.count(1)
        self._unread: dict[wire.JSON, deque[wire.Message]] = {}
        self.welcome = self.receive()
        assert self.ask("hello", caps=list(caps))["op"] == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._lines.close()
        self._socket.close()

    def ask(self, op: str, **keys: wire.JSON) -> wire.Message:
        """The terminal message of a request."""
        return list(self.converse(self.send(op, **keys)))[-1]

    def send(self, op: str, **keys: wire.JSON) -> int:
        """Send a request; its id."""
        id_ = next(self._ids)
        self._socket.sendall(wire.encode({"op": op, "id": id_, **keys}))
        return id_

    def reply(self, to: wire.Message, op: str, **keys: wire.JSON) -> None:
        """Answer what the device has asked."""
        self._socket.sendall(wire.encode({"op": op, "id": to["id"], **keys}))

    def converse(self, id_: int) -> Iterator[wire.Message]:
        """The messages with this id up to the terminal one, as they come; others are kept for who asks for them."""
        while True:
            kept = self._unread.get(id_)
            message = kept.popleft() if kept else self.receive()
            if message.get("id") != id_:
                self._unread.setdefault(message.get("id"), deque()).append(message)
                continue
            yield message
            if message["op"] in wire.TERMINAL:
                return

    def receive(self) -> wire.Message:
        """The next message, whoever it is for."""
        line = self._lines.readline()
        assert line, "the device server has hung up"
        (message,) = wire.Decoder().feed(line)
        assert isinstance(message, dict), message
        return message


class Nrepl:
    """An nREPL client. A context manager: it closes the connection, and with that no session."""

    def __init__(self, port: int) -> None:
        self.socket: Final = connect(port)
        self._contract = Contract(port)
        self._framer = Framer()
        self._unread: deque[Message] = deque()
        self._ids = (f"id-{number}" for number in itertools.count(1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.socket.close()

    def clone(self, **keys: Bencode) -> str:
        """The id of a new session."""
        return str(self.ask({"op": "clone", **keys})["new-session"])

    def sessions(self) -> list[str]:
        """The ids of all sessions."""
        listed = self.ask({"op": "ls-sessions"})["sessions"]
        assert isinstance(listed, list)
        return [str(session) for session in listed]

    def eval(self, code: str, session: str, **keys: Bencode) -> list[Message]:
        """The replies to an eval."""
        return self.talk({"op": "eval", "code": code, "session": session, **keys})

    def ask(self, message: Message) -> Message:
        """The one reply to a request."""
        (reply,) = self.talk(message)
        return reply

    def talk(self, message: Message) -> list[Message]:
        """The replies to a request, up to the one with `done`."""
        return list(self.converse(self.send(message)))

    def send(self, message: Message) -> Bencode:
        """Send a request; its id, a new one unless the message has one."""
        id_ = message.get("id") or next(self._ids)
        request = {**message, "id": id_}
        self._contract.note(request)
        self.socket.sendall(encode(request))
        return id_

    def converse(self, id_: Bencode) -> Iterator[Message]:
        """The replies with this id up to `done`, as they come; others are kept for who asks for them."""
        while True:
            reply = self._next(id_)
            yield reply
            if "done" in statuses(reply):
                return

    def receive(self) -> Message:
        """The next message, whoever it is for."""
        if not self._unread:
            self._read()
        return self._unread.popleft()

    def hear(self, text: str) -> None:
        """Take messages up to output with this text. What is printed may come in two pieces, the newline by itself."""
        while text not in str(self.receive().get("out", "")):
            pass

    def unread(self) -> list[Message]:
        """What has come and nobody has taken, up to the answer to a request that is sent now."""
        last = self.send({"op": "ls-sessions"})
        taken: list[Message] = []
        while (message := self.receive()).get("id") != last:
            taken.append(message)
        return taken

    def _next(self, id_: Bencode) -> Message:
        at = 0
        while True:
            while at == len(self._unread):
                self._read()
            if self._unread[at].get("id") == id_:
                found = self._unread[at]
                del self._unread[at]
                return found
            at += 1

    def _read(self) -> None:
        data = self.socket.recv(READ_BYTES)
        assert data, "the bridge has hung up"
        for message in self._framer.feed(data):
            self._contract.check(message)
            self._unread.append(message)


def statuses(reply: Message) -> list[Bencode]:
    """The `status` of a reply, empty when it has none."""
    status = reply.get("status", [])
    assert isinstance(status, list)
    return status


def joined(replies: list[Message], key: str) -> str:
    """What all replies say under a key, such as `out`."""
    return "".join(str(reply.get(key, "")) for reply in replies)


def values(replies: list[Message]) -> list[Bencode]:
    """The `value` of each reply that has one."""
    return [reply["value"] for reply in replies if "value" in reply]
