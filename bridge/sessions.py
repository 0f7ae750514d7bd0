"""nREPL sessions: each runs its requests in order, in a task of its own. They outlive the connections that use them.

A session does not know what the ops mean: it is given a request and the stack's answer to it.
"""

from __future__ import annotations

import uuid
from collections import deque
from functools import partial
from typing import Final

import trio

from bridge.device_files import DeviceFiles
from bridge.device_link import DeviceLink, Pending
from bridge.devices import Address, Device, Devices
from device_server import wire
from middleware.mirror import Mirror
from middleware.python_source import MAIN, PythonSource
from middleware.replies import INTERRUPTED, Answer, finish
from middleware.request import Bencode, Interruption, OnFrame, Request, Target
from middleware.stdin import TypedInput

DEFAULT_NS: Final = {"python": MAIN}
"""Where a session of a language begins; `user` for those not listed."""


ACKNOWLEDGED_CHARS: Final = 128 * 1024
"""Output is acknowledged in pieces of this size; the device lets a request be eight of them ahead."""


class Running:
    """The request that a session serves now."""

    def __init__(self, request: Request) -> None:
        self.request: Final = request
        self.scope: Final = trio.CancelScope()
        self.ended: Final = trio.Event()
        """Set when the request has had its `done`."""
        self.link: DeviceLink | None = None
        self.pending: Pending | None = None
        """What it waits for on `link`."""
        self.wants_input = False
        self.unacknowledged = 0
        """Characters of output that the device has not been told to have gone on."""


def acknowledging(running: Running, on_frame: OnFrame) -> OnFrame:
    """As `on_frame`; and the device is told when the client has taken the output, so that it can wait for it."""

    def show(frame: wire.Message) -> None:
        on_frame(frame)
        if frame.get("op") == "out":
            running.unacknowledged += len(str(frame.get("text")))
        link, pending = running.link, running.pending
        if running.unacknowledged >= ACKNOWLEDGED_CHARS and link is not None and pending is not None:
            ack: wire.Message = {"op": "ack", "id": pending.id, "chars": running.unacknowledged}
            running.unacknowledged = 0
            running.request.when_sent(partial(link.tell, ack))

    return show


class Session:
    """One session. `run` is its task."""

    def __init__(self, sessions: Sessions, device: Device, lang: str | None, *, is_ephemeral: bool) -> None:
        self.id: Final = str(uuid.uuid4())
        self.is_ephemeral: Final = is_ephemeral
        self.lang: Final = lang
        self.ns = DEFAULT_NS.get(lang or "", "user")
        self.last_failure: wire.Message | None = None
        self._ns_on: dict[str, str] = {}
        """The namespaces it was in on the devices that it has left."""
        self._sessions = sessions
        self._device = device
        self._input = TypedInput()
        self.python_source: Final = PythonSource()
        """The Python that it has evaluated, as far as the compiler took it."""
        self._queue: deque[tuple[Request, Answer]] = deque()
        self._has_queued = trio.lowlevel.ParkingLot()
        self._running: Running | None = None
        self._is_open = True

    @property
    def device(self) -> Device:
        """The device it evaluates on."""
        return self._device

    @property
    def language(self) -> str:
        """The language that its requests without `lang` are served in."""
        return self.lang or self._device.link.languages[0]

    @property
    def mirror(self) -> Mirror:
        """What its device's worker defines, as last told."""
        return self._device.link.mirror

    @property
    def files(self) -> DeviceFiles:
        """The files of its device, as files of the host."""
        return self._device.files

    def submit(self, request: Request, answer: Answer) -> None:
        """Serve a request after those that came before it."""
        self._queue.append((request, answer))
        self._has_queued.unpark()

    async def run(self) -> None:
        """Serve requests in order, until the session is closed."""
        while self._is_open:
            if self._queue:
                await self._serve(*self._queue.popleft())
            else:
                await self._has_queued.park()

    async def _serve(self, request: Request, answer: Answer) -> None:
        self._running = running = Running(request)
        with running.scope:
            await answer(request)
        if running.scope.cancelled_caught:
            finish(request, INTERRUPTED)
        self._running = None
        running.ended.set()

    async def ask(self, frame: wire.Message, on_frame: OnFrame) -> wire.Message:
        """Send a request to the device; the frame that ends it. Cancelled, it interrupts the device."""
        link = self._device.link
        await link.settle()
        running = self._running
        if running is not None:
            on_frame = acknowledging(running, on_frame)
        pending = link.start(frame, on_frame)
        if running is not None:
            running.link, running.pending = link, pending
        try:
            last = await pending.wait()
        finally:
            link.abandon(pending)
        self._remember(frame, last)
        return last

    def _remember(self, frame: wire.Message, last: wire.Message) -> None:
        """Keep Python that was evaluated; what the compiler refused would only confuse whoever reads it."""
        if frame.get("lang", self.language) != "python" or last.get("type") == wire.ErrorType.COMPILE:
            return
        match frame:
            case {"op": "eval", "code": str(code)} | {"op": "load", "source": str(code)} if "name" not in frame:
                self.python_source.add(code, str(last.get("ns") or MAIN))
            case {"op": "load", "source": str(text), "file": str(path)}:
                self.python_source.load(path, text)

    def serve_input(self) -> bool:
        """Give the running request a line that was typed earlier; False when there is none."""
        if self._running is not None:
            self._running.wants_input = True
        return self._feed()

    def offer_input(self, text: str) -> None:
        """Take what was typed, for the request that waits for it or for later ones."""
        self._input.offer(text)
        self._feed()

    def _feed(self) -> bool:
        running = self._running
        if running is None or not running.wants_input or running.link is None or running.pending is None:
            return False
        line = self._input.take()
        if line is None:
            return False
        running.wants_input = False
        running.link.tell({"op": "stdin", "id": running.pending.id, "text": line})
        return True

    async def interrupt(self, target: Bencode | None) -> Interruption:
        """Interrupt the request with that id, running or queued; returns when it has had its `done`."""
        running = self._running
        if running is not None and target in (None, running.request.id):
            return await self._interrupt_running(running)
        for queued in self._queue:
            if target in (None, queued[0].id):
                self._queue.remove(queued)
                finish(queued[0], INTERRUPTED)
                return Interruption.DONE
        return Interruption.IDLE if running is None else Interruption.MISMATCH

    async def _interrupt_running(self, running: Running) -> Interruption:
        if running.link is None or running.pending is None:
            running.scope.cancel()  # it still waits for its device
        else:
            asked = running.link.start({"op": "interrupt", "target": running.pending.id}, _ignore)
            if (await asked.wait()).get("op") not in ("interrupted", "error"):
                return Interruption.IDLE  # it ended while we asked
        await running.ended.wait()
        return Interruption.DONE

    def target(self) -> Target:
        """The device this session evaluates on."""
        link, address = self._device.link, self._device.address
        if address is None:
            return Target(link.name, None, None, link.is_up)
        return Target(link.name, address.host, address.port, link.is_up)

    async def connect(self, host: str, port: int) -> None:
        """Move to the device there. Raises: OSError, and then nothing has changed."""
        self._move(await self._sessions.devices.connect(Address(host, port)))

    def disconnect(self) -> None:
        """Move back to the device `local`."""
        self._move(self._sessions.devices.hold(self._sessions.devices.local))

    def _move(self, device: Device) -> None:
        devices = self._sessions.devices
        if not self._is_open:  # closed while it was connecting
            devices.release(device)
            return
        left, self._device = self._device, device
        self.last_failure = None
        self._ns_on[left.link.name] = self.ns
        self.ns = self._ns_on.get(device.link.name, DEFAULT_NS.get(self.lang or "", "user"))
        devices.release(left)

    def clone(self) -> str:
        """The id of a new session with the same device, language and `*1 *2 *3 *e`."""
        clone = self._sessions.create(self)
        if not self.is_ephemeral:
            self._device.link.start({"op": "clone", "session": clone.id, "from": self.id}, _ignore)
        return clone.id

    def close(self) -> None:
        """Interrupt what it runs, tell the device to forget it, end its task."""
        if not self._is_open:
            return
        self._is_open = False
        while self._queue:
            finish(self._queue.popleft()[0], INTERRUPTED)
        if self._running is not None:
            self._running.scope.cancel()
        self._device.link.start({"op": "close", "session": self.id}, _ignore)
        self._sessions.forget(self)
        self._sessions.devices.release(self._device)
        self._has_queued.unpark()


class Sessions:
    """The sessions of a bridge, by id. Ephemeral ones belong to their connection and are not listed."""

    def __init__(self, nursery: trio.Nursery, devices: Devices, device: Device, lang: str | None) -> None:
        """New sessions start on `device`, in the language `lang`."""
        self.devices: Final = devices
        self._nursery = nursery
        self._device = device
        self._lang = lang
        self._by_id: dict[str, Session] = {}

    def create(self, parent: Session | None = None) -> Session:
        """A session that inherits device and language, and is listed."""
        session = self._create(parent, is_ephemeral=False)
        self._by_id[session.id] = session
        return session

    def create_ephemeral(self) -> Session:
        """A session for the requests of one connection that name none; it closes it."""
        return self._create(None, is_ephemeral=True)

    def get(self, session_id: Bencode) -> Session | None:
        """The session with that id."""
        return self._by_id.get(session_id) if isinstance(session_id, str) else None

    def ids(self) -> list[str]:
        """The ids of the listed sessions."""
        return list(self._by_id)

    def forget(self, session: Session) -> None:
        """Take a session off the list."""
        self._by_id.pop(session.id, None)

    def _create(self, parent: Session | None, *, is_ephemeral: bool) -> Session:
        device, lang = (parent.device, parent.lang) if parent else (self._device, self._lang)
        session = Session(self, self.devices.hold(device), lang, is_ephemeral=is_ephemeral)
        self._nursery.start_soon(session.run)
        return session


def _ignore(_frame: wire.Message) -> None:
    """Nobody looks at the frames of this request."""
