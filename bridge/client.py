"""A small synchronous nREPL client, for `tether eval` and `tether status`. It prints nothing."""

from __future__ import annotations

import itertools
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, Self

from bridge.config import PORT_FILE
from bridge.framing import Framer, FramingError, encode
from middleware.request import Message

CONNECT_S: Final = 5.0
READ_BYTES: Final = 64 * 1024


class NoBridgeError(Exception):
    """There is no bridge to talk to, or it has gone; the text says what to do."""


def find_port(directory: Path) -> int:
    """The port in the nearest port file, upwards. Raises: NoBridgeError."""
    for candidate in (directory, *directory.parents):
        try:
            return int((candidate / PORT_FILE).read_text())
        except (OSError, ValueError):
            continue
    raise NoBridgeError(
        f"No bridge: there is no {PORT_FILE} here or above. Start one with `tether serve`, or say --port"
    )


class Client:
    """One connection and one session. A context manager: it closes both."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        """Connect. Raises: NoBridgeError."""
        try:
            self._sock = socket.create_connection((host, port), CONNECT_S)
        except OSError as error:
            raise NoBridgeError(f"No bridge answers on port {port} ({error}). Start one with `tether serve`") from error
        self._sock.settimeout(None)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._framer = Framer()
        self._received: deque[Message] = deque()
        self._ids = (str(number) for number in itertools.count(1))
        self._session: Message = {}
        with ExitStack() as undo:
            undo.callback(self._sock.close)
            self._session = {"session": self.ask({"op": "clone", "client-name": "tether"})["new-session"]}
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        try:
            self.send({"op": "close"})
        except NoBridgeError:
            pass  # it has gone, and the session with it
        finally:
            self._sock.close()

    def ask(self, message: Message) -> Message:
        """All keys of all replies to a request. Raises: NoBridgeError."""
        merged: Message = {}
        for reply in self._replies(self.send(message)):
            merged.update(reply)
        return merged

    def converse(self, message: Message) -> Iterator[Message]:
        """The replies to a request as they come; Ctrl-C interrupts it, a second one us. Raises: NoBridgeError."""
        id_ = self.send(message)
        with _ctrl_c(lambda: self.send({"op": "interrupt", "interrupt-id": id_})):
            yield from self._replies(id_)

    def follow(self, message: Message) -> Iterator[Message]:
        """The replies to a request that has no end, after its `done` too. Raises: NoBridgeError."""
        id_ = self.send(message)
        while True:
            if (reply := self._receive()).get("id") == id_:
                yield reply

    def send(self, message: Message) -> str:
        """Send a request in this client's session; the id it was given. Raises: NoBridgeError."""
        id_ = next(self._ids)
        try:
            self._sock.sendall(encode({**message, **self._session, "id": id_}))
        except OSError as error:
            raise NoBridgeError(f"The bridge has gone: {error}") from error
        return id_

    def _replies(self, id_: str) -> Iterator[Message]:
        """The replies with that id, up to and with `done`; others are dropped. Raises: NoBridgeError."""
        while True:
            reply = self._receive()
            if reply.get("id") == id_:
                yield reply
                if has_status(reply, "done"):
                    return

    def _receive(self) -> Message:
        while not self._received:
            try:
                data = self._sock.recv(READ_BYTES)
                self._received.extend(self._framer.feed(data))
            except (OSError, FramingError) as error:
                raise NoBridgeError(f"The bridge has gone: {error}") from error
            if not data:
                raise NoBridgeError("The bridge has gone. Start it again with `tether serve`")
        return self._received.popleft()


@contextmanager
def _ctrl_c(act: Callable[[], object]) -> Iterator[None]:
    """Let the first Ctrl-C do something instead of raising wherever it happens to strike."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        act()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def has_status(reply: Message, status: str) -> bool:
    """Whether a reply says this in its `status`."""
    said = reply.get("status")
    return isinstance(said, list) and status in said
