"""The other ends of the bridge's connections: a device and a client, scripted by the test, over real sockets."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from bridge.app import build_stack
from bridge.device_files import Folders
from bridge.devices import Address, Devices
from bridge.framing import Framer, encode
from bridge.nrepl_server import NreplServer
from bridge.reloading import Reloader
from bridge.sessions import Sessions
from bridge.transport import ByteStream
from device_server import wire
from middleware.python_mirror_names import MirrorNames
from middleware.request import Bencode, Message

IDLE_S = 2.0
"""After so long the bridge closes a session that nobody uses."""
NOWHERE = Folders(Path("/p"), Path("/p/cache"))
"""For a bridge that opens no files."""

_opened: list[ByteStream] = []


def opened(sock: socket.socket) -> ByteStream:
    """A stream that `close_all` closes."""
    stream = ByteStream(sock, "the bridge")
    _opened.append(stream)
    return stream


def close_all() -> None:
    """Close every far end of the test that has ended."""
    while _opened:
        _opened.pop().close()


class FakeDevice:
    """The device's end of a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._stream = opened(sock)
        self._decoder = wire.Decoder()
        self._received: deque[wire.Message] = deque()

    async def welcome(self, **more: wire.JSON) -> wire.Message:
        """Shake hands; what the hello said."""
        self.send({"op": "welcome", "proto": wire.PROTOCOL, "auth": "none", **more})
        hello = await self.read()
        self.send({"op": "ready", "id": hello["id"]})
        return hello

    async def read(self, *, skip: str = "ping") -> wire.Message:
        """The next message that is no ping."""
        while not self._received:
            data = await self._stream.receive()
            if not data:
                raise EOFError
            messages = [item for item in self._decoder.feed(data) if not isinstance(item, wire.BadLine)]
            self._received.extend(message for message in messages if message["op"] != skip)
        return self._received.popleft()

    def send(self, message: wire.Message) -> None:
        self._stream.send_now(wire.encode(message))

    def send_bytes(self, data: bytes) -> None:
        self._stream.send_now(data)

    def reply(self, to: wire.Message, op: str, **keys: wire.JSON) -> None:
        """Answer a request."""
        self.send({"op": op, "id": to["id"], **keys})

    def close(self) -> None:
        self._stream.close()


class Listener:
    """A place on loopback where a device may answer."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.address = Address(*self.listener.getsockname())

    async def accept(self, **more: wire.JSON) -> FakeDevice:
        await trio.lowlevel.wait_readable(self.listener)
        device = FakeDevice(self.listener.accept()[0])
        await device.welcome(**more)
        return device


class FakeDialer:
    """Hands the far end of every connection to the test."""

    name = "fake"
    limit_s = 5.0
    remedy = "Start it again."

    def __init__(self, *, is_patient: bool = False) -> None:
        self.is_patient = is_patient
        self.refuses: OSError | None = None
        self._send, self._dialled = trio.open_memory_channel[FakeDevice](10)

    async def dial(self) -> socket.socket:
        await trio.lowlevel.checkpoint()
        if self.refuses:
            raise self.refuses
        ours, theirs = socket.socketpair()
        self._send.send_nowait(FakeDevice(theirs))
        return ours

    async def dialled(self) -> FakeDevice:
        """The far end of the next connection."""
        return await self._dialled.receive()


class FakeClient:
    """An nREPL client's end of a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._stream = opened(sock)
        self._framer = Framer()
        self._received: deque[Message] = deque()

    def send(self, **message: Bencode) -> None:
        self._stream.send_now(encode({key.replace("_", "-"): value for key, value in message.items()}))

    def send_bytes(self, data: bytes) -> None:
        self._stream.send_now(data)

    async def read(self) -> Message:
        while not self._received:
            data = await self._stream.receive()
            if not data:
                raise EOFError
            self._received.extend(self._framer.feed(data))
        return self._received.popleft()

    async def read_value(self) -> Message:
        """The message with the value of an eval of one form; the one with `done` is behind it."""
        value, done = await self.read(), await self.read()
        assert done == {"id": value["id"], "session": value["session"], "status": ["done"]}
        return value

    async def ask(self, **message: Bencode) -> Message:
        """Send a request and merge the replies up to its `done`, which must all be to it."""
        self.send(**message)
        merged: Message = {}
        while not said(merged, "done"):
            reply = await self.read()
            assert reply.get("id") == message.get("id")
            merged.update(reply)
        return merged

    def close(self) -> None:
        self._stream.close()


class FakeBridge:
    """A whole bridge but for its listening socket, whose `local` device is the test."""

    def __init__(self, nursery: trio.Nursery, folders: Folders) -> None:
        self.dialer = FakeDialer(is_patient=True)
        self.devices = Devices(nursery, self.dialer, folders)
        self.sessions = Sessions(nursery, self.devices, self.devices.hold(self.devices.local), lang=None, idle_s=IDLE_S)
        self.reloader = Reloader(self.devices, folders.project)
        stack = build_stack(self.sessions, Path("/p"), MirrorNames(), self.devices.sources, self.reloader)
        self.server = NreplServer(self.sessions, stack)
        self._nursery = nursery

    def client(self) -> FakeClient:
        """A new connection to it."""
        ours, theirs = socket.socketpair()
        self._nursery.start_soon(self.server.serve, theirs, "a test")
        return FakeClient(ours)

    async def local(self) -> FakeDevice:
        """Its device, when it has been started and greeted."""
        device = await self.dialer.dialled()
        await device.welcome()
        return device


@asynccontextmanager
async def running_bridge(folders: Folders = NOWHERE) -> AsyncIterator[FakeBridge]:
    """A bridge for as long as the block runs."""
    async with trio.open_nursery() as nursery:
        yield FakeBridge(nursery, folders)
        nursery.cancel_scope.cancel()


def said(message: Message, status: str) -> bool:
    """Whether a message's status has that word."""
    statuses = message.get("status", [])
    assert isinstance(statuses, list)
    return status in statuses
