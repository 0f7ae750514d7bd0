"""One connection to a device: who waits for which reply, and what becomes of them when the device is lost.

It redials for as long as its task runs. It does not know sessions, nor how the device is reached: a `Dialer` does.

Frames before the last of a request go to its `on_frame` from the task that reads them, so output is on its way to
the client without another task being woken. The last one ends the request's `Pending`.
"""

from __future__ import annotations

import itertools
import logging
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final, Protocol, TypeAlias

import trio

from bridge.device_messages import hello, received, source_line, texts
from bridge.symbol_sync import Descriptions, SymbolSync
from bridge.transport import ByteStream
from device_server import wire
from middleware.languages import NAMES
from middleware.mirror import Mirror
from middleware.request import OnFrame

log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0
HEARTBEAT_S: Final = 4.0
SILENCE_S: Final = 10.0
"""A device that sends no byte for so long, though it is pinged, is lost; a busy one answers pings."""
REMEMBERED: Final = 256
"""Of so many sessions the latest eval may still get output when it has ended, written by threads, for example."""


class Dialer(Protocol):
    """How a device is reached, and what a person should know when it is not."""

    @property
    def name(self) -> str: ...

    @property
    def limit_s(self) -> float:
        """How long a connection may take until the device is ready."""

    @property
    def is_patient(self) -> bool:
        """Whether requests wait for the device; otherwise they fail at once while there is no connection."""

    @property
    def remedy(self) -> str:
        """What it means that the device is lost and what to do, in one line."""

    async def dial(self) -> socket.socket:
        """A connected socket. Raises: OSError, whose text is what a patient requester is told."""


class Project(Protocol):
    """What a device may import from."""

    async def project(self) -> wire.Message:
        """What it should know beforehand: the `project` of a hello."""

    def serve(self, question: wire.Message, reply: OnFrame) -> None:
        """Answer a `need-source`; `reply` takes the keys of the answer."""


OnNews: TypeAlias = Callable[["DeviceLink", wire.Message], None]
"""Called with what belongs to no request: the device's `died`, `restarted`, `out` and `reloaded`; from here `up`,
`lost` and `back`."""


class Pending:
    """A request that the device has not ended yet."""

    __slots__ = ("_ended", "_on_end", "id", "last", "on_frame", "op", "session")

    def __init__(self, id_: int, request: wire.Message, on_frame: OnFrame, on_end: OnFrame) -> None:
        self.id: Final = id_
        self.op: Final = request.get("op")
        self.session: Final = request.get("session")
        self.on_frame: Final = on_frame
        self._on_end: Final = on_end
        self.last: wire.Message = {}
        """The frame that ended it; empty until then."""
        self._ended = trio.Event()

    async def wait(self) -> wire.Message:
        """The frame that ends it."""
        await self._ended.wait()
        return self.last

    def end(self, last: wire.Message) -> None:
        """Give it its last frame."""
        self.last = last
        self._ended.set()
        self._on_end(last)


class DeviceLink:
    """The bridge's side of one device. `open` and `run` belong to whoever owns the link."""

    def __init__(
        self,
        dialer: Dialer,
        token: str | None = None,
        descriptions: Descriptions | None = None,
        project: Project | None = None,
    ) -> None:
        self.late = 0
        """How many replies came after their request had ended; they are dropped."""
        self.connections = 0
        """How often it has been connected."""
        self.languages: tuple[str, ...] = NAMES
        """What the device evaluates, as its last welcome said, its default first."""
        self.python: str | None = None
        """The version of Python that it runs, likewise."""
        self._life: list[wire.JSON] | None = None
        """Which process and generation answered last, as its welcome said: another has not what was defined."""
        self._former_life: list[wire.JSON] | None = None
        self.on_news: OnNews = _no_news
        self._symbols = SymbolSync(descriptions or Descriptions())
        self._dialer = dialer
        self._token = token
        self._project = project
        self._ids = itertools.count(1)
        self._pending: dict[wire.Id, Pending] = {}
        self._ended: dict[wire.JSON, Pending] = {}
        """By session, what has ended last of the requests that run the program; oldest first."""
        self._stream: ByteStream | None = None
        self._decoder = wire.Decoder()
        self._heard = 0.0
        self._settled = trio.Event()
        self._tells_symbols = False

    @property
    def name(self) -> str:
        """The device's name in the bridge."""
        return self._dialer.name

    @property
    def is_up(self) -> bool:
        """Whether the device is connected and has said that it is ready."""
        return self._stream is not None

    @property
    def mirror(self) -> Mirror:
        """What its worker defines, as last told; known also when the device is busy or lost."""
        return self._symbols.mirror

    def refresh_mirror(self) -> None:
        """Ask the device anew for all that it defines. What is known stays until it answers."""
        if self.is_up and self._tells_symbols:
            self._ask_for_symbols(self._symbols.connected())

    async def settle(self) -> None:
        """Wait while a patient dialer is at work, until the device is up or known to be in trouble."""
        if self._dialer.is_patient and self._stream is None:
            await self._settled.wait()

    def start(self, frame: wire.Message, on_frame: OnFrame, on_end: OnFrame | None = None) -> Pending:
        """Send a request. Without a connection it has ended already, with an error of type device-lost.

        `on_end` gets the last frame before anything that the device has sent after it is looked at.
        """
        pending = Pending(next(self._ids), frame, on_frame, on_end or _ignore)
        line = wire.encode({**frame, "id": pending.id})
        if self._stream is None:
            pending.end(self._lost())
        elif len(line) > wire.LIMIT_BYTES:  # the device could not tell us which request it refused
            pending.end(_error(wire.ErrorType.TOO_LARGE, f"A device takes at most {wire.LIMIT_BYTES} bytes at once"))
        else:
            self._pending[pending.id] = pending
            self._stream.send_now(line)
        return pending

    def tell(self, frame: wire.Message) -> None:
        """Send something that has no reply."""
        if self._stream is not None:
            self._stream.send_now(wire.encode(frame))

    def abandon(self, pending: Pending) -> None:
        """Interrupt a request that nobody waits for any more."""
        if self._pending.pop(pending.id, None) is not None:
            self.start({"op": "interrupt", "target": pending.id}, _ignore)

    async def open(self) -> None:
        """Connect. Raises: OSError."""
        with trio.move_on_after(self._dialer.limit_s):
            sock = await self._dial()
            with ExitStack() as undo:
                stream = ByteStream(sock, f"device {self.name}")
                undo.callback(stream.close)
                self._decoder = wire.Decoder()
                early = await self._shake_hands(stream)
                undo.pop_all()
            self._heard = trio.current_time()
            self._stream = stream
            self.connections += 1
            self._settled.set()
            self._tell_back()
            if self._tells_symbols:
                self._ask_for_symbols(self._symbols.connected())
            for message in early:
                self._deliver(message)
            return
        raise TimeoutError(f"no answer within {self._dialer.limit_s:g} s")

    async def run(self) -> None:
        """Keep the device connected, until cancelled."""
        pause_s = FIRST_PAUSE_S
        try:
            while True:
                if await self._reopen():
                    pause_s = FIRST_PAUSE_S
                    await self._converse()
                    self.on_news(self, {"op": "lost", "error": self._dialer.remedy})
                    self._lose()
                await trio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        finally:
            self._hang_up()

    async def _dial(self) -> socket.socket:
        try:
            return await self._dialer.dial()
        except OSError:
            self._settled.set()  # there is nothing to be patient for
            raise

    async def _reopen(self) -> bool:
        if self._stream is None:
            try:
                await self.open()
            except OSError as error:
                log.info("device %s: %s", self.name, error)
                return False
        return True

    def _know(self, welcome: wire.Message) -> None:
        self.languages = texts(welcome, "languages") or self.languages
        self._tells_symbols = wire.CAP_SYMBOLS in texts(welcome, "caps")
        python = welcome.get("python")
        self.python = python if isinstance(python, str) else None
        self._former_life, self._life = self._life, [welcome.get("device"), welcome.get("generation")]

    def _tell_back(self) -> None:
        if self._former_life is None:
            self.on_news(self, {"op": "up"})
        else:
            self.on_news(self, {"op": "back", "is_same": self._former_life == self._life})

    async def _shake_hands(self, stream: ByteStream) -> list[wire.Message]:
        """What the device has said since it is ready."""
        while data := await stream.receive():
            messages = iter(received(self._decoder, data))
            for message in messages:
                match message.get("op"):
                    case "welcome":
                        self._know(message)
                        project = await self._project.project() if self._project is not None else None
                        stream.send_now(wire.encode(hello(message, self._token, project)))
                    case "ready":
                        return [*messages]
                    case "access-denied":
                        raise PermissionError(str(message.get("error", "access denied")))
        raise ConnectionError("the device closed the connection before it was ready")

    async def _converse(self) -> None:
        stream = self._stream
        if stream is None:
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.drain)
            nursery.start_soon(self._beat, stream)
            await self._read(stream)
            nursery.cancel_scope.cancel()

    async def _read(self, stream: ByteStream) -> None:
        while data := await stream.receive():
            self._heard = trio.current_time()
            try:
                messages = received(self._decoder, data)
            except ConnectionError as error:
                log.warning("device %s: %s", self.name, error)
                return
            for message in messages:
                self._deliver(message)

    async def _beat(self, stream: ByteStream) -> None:
        while trio.current_time() - self._heard < SILENCE_S:
            self.start({"op": "ping"}, _ignore)
            await trio.sleep(HEARTBEAT_S)
        log.warning("device %s has been silent for %g s", self.name, SILENCE_S)
        stream.close()

    def _deliver(self, message: wire.Message) -> None:
        if "id" not in message:
            self._hear(message)
            return
        if message.get("op") == "need-source":
            self._serve(message)
            return
        id_ = message.get("id")
        pending = self._pending.get(id_) if isinstance(id_, int | str) else None
        if pending is None:
            self._deliver_late(message)
        elif message.get("op") in wire.TERMINAL:
            del self._pending[pending.id]
            self._remember(pending)
            pending.end(message)
        else:
            pending.on_frame(message)

    def _serve(self, question: wire.Message) -> None:
        if self._project is not None and self._stream is not None:
            stream = self._stream
            self._project.serve(question, lambda answer: stream.send_now(source_line(question["id"], answer)))

    def _deliver_late(self, message: wire.Message) -> None:
        ended = [each for each in self._ended.values() if each.id == message["id"]]
        if ended and message.get("op") == "out":
            ended[0].on_frame(message)
        else:
            self.late += 1
            log.info("device %s: dropped a late %s", self.name, message.get("op"))

    def _hear(self, message: wire.Message) -> None:
        """Take what belongs to no request."""
        if message.get("op") == "symbols":
            self._ask_for_symbols(self._symbols.told(message))
        else:
            is_anew = message.get("op") in ("died", "restarted") and message.get("worker") == "main"
            if self._life is not None and is_anew:
                self._life = [*self._life[:1], message.get("generation")]
            self.on_news(self, message)

    def _ask_for_symbols(self, request: wire.Message | None) -> None:
        if request is not None:
            self.start(request, _ignore, lambda last: self._ask_for_symbols(self._symbols.answered(request, last)))

    def _remember(self, pending: Pending) -> None:
        if pending.op not in wire.RUNNING:
            return
        self._ended.pop(pending.session, None)
        self._ended[pending.session] = pending
        if len(self._ended) > REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def _hang_up(self) -> None:
        """Nobody wants the device any more: what it does for us it need not end."""
        for pending in self._pending.values():
            if pending.op in wire.CHANGING:
                self.tell({"op": "interrupt", "id": 0, "target": pending.id})
        self._lose()

    def _lose(self) -> None:
        """End all that waits; from now on requests fail or wait, as the dialer has it."""
        if self._stream is None:
            return
        self._stream.close()
        self._stream = None
        self._settled = trio.Event()
        self._ended.clear()
        pending, self._pending = self._pending, {}
        for each in pending.values():
            each.end(self._lost())

    def _lost(self) -> wire.Message:
        return _error(wire.ErrorType.DEVICE_LOST, self._dialer.remedy)


def _error(kind: wire.ErrorType, text: str) -> wire.Message:
    return {"op": "error", "type": kind, "error": text}


def _no_news(_link: DeviceLink, _news: wire.Message) -> None:
    """Nobody wants to know."""


def _ignore(_frame: wire.Message) -> None:
    """Nobody looks at the frames of this request."""
