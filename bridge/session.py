"""One nREPL session: it runs its requests in order, in a task of its own, and outlives the connections that use it.

A session does not know what the ops mean: it is given a request and the stack's answer to it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import trio

from bridge.arriving_images import ArrivingImages
from bridge.device_files import DeviceFiles
from bridge.device_link import DeviceLink
from bridge.devices import Address, Device
from bridge.listener import Listener
from bridge.request_queue import RequestQueue
from bridge.running import Running
from device_server import wire
from middleware.languages import FIRST_NS, check
from middleware.mirror import MAIN, Mirror
from middleware.python_source import PythonSource
from middleware.replies import INTERRUPTED, Answer, finish
from middleware.request import Bencode, Interruption, OnFrame, Refusal, Request, Target, Transmit
from middleware.sorted_names import SortedNames
from middleware.stdin import TypedInput

if TYPE_CHECKING:
    from bridge.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Kind:
    """What is settled about a session when it is made."""

    lang: str | None
    client: str | None = None
    is_ephemeral: bool = False


class Session:
    """One session. `run` is its task."""

    def __init__(self, sessions: Sessions, kind: Kind, device: Device) -> None:
        """`device` is held by whoever makes it; the session releases it."""
        self.id: Final = str(uuid.uuid4())
        self.is_ephemeral: Final = kind.is_ephemeral
        self.client: Final = kind.client
        """The name of the program that it was made for, if that has said it."""
        self._lang = kind.lang
        self._ns: dict[tuple[Address | None, str], str] = {}
        """The namespace it is or was in, by device and language."""
        self._visited: set[Address | None] = set()
        """The devices that may know something of it."""
        self.last_failure: wire.Message | None = None
        self._sessions = sessions
        self._device = device
        self._users = 0
        self._last_used = trio.current_time()
        self._input = TypedInput()
        self.told_mirror: Mirror | None = None
        """What its client was told last of the mirror."""
        self.python_source: Final = PythonSource()
        """The Python that it has evaluated, as far as the compiler took it."""
        self._queue = RequestQueue()
        self._task: trio.lowlevel.Task | None = None
        self._running: Running | None = None
        self._served: Transmit | None = None
        """The way to the client whose request it serves or served last."""
        self._is_open = True

    @property
    def device(self) -> Device:
        """The device it evaluates on."""
        return self._device

    @property
    def is_open(self) -> bool:
        """Whether it has not been closed."""
        return self._is_open

    @property
    def lang(self) -> str | None:
        """The language that was chosen for it."""
        return self._lang

    @property
    def language(self) -> str:
        """The language that its requests without `lang` are served in."""
        return self._lang or self._device.link.languages[0]

    @property
    def ns(self) -> str:
        """The namespace it is in, as last reported by its device, in its language."""
        return self._ns.get((self._device.address, self.language), FIRST_NS.get(self.language, "user"))

    @ns.setter
    def ns(self, ns: str) -> None:
        self._ns[self._device.address, self.language] = ns

    @property
    def mirror(self) -> Mirror:
        """What its device's worker defines, as last told."""
        return self._device.link.mirror

    @property
    def keywords(self) -> SortedNames:
        """The Clojure keywords in the code that its device was given."""
        return self._device.keywords.names

    def refresh_mirror(self) -> None:
        """Ask the device for all that it defines."""
        self._device.link.refresh_mirror()

    @property
    def files(self) -> DeviceFiles:
        """The files of its device, as files of the host."""
        return self._device.files

    def enter(self) -> None:
        """A connection uses it from now on."""
        self._users += 1

    def leave(self) -> None:
        """A connection that used it has gone."""
        self._users -= 1
        self._last_used = trio.current_time()

    def is_abandoned(self, since: float) -> bool:
        """Whether no connection uses it and it has done nothing since that time of the clock."""
        is_idle = self._running is None and not self._queue
        return is_idle and not self._users and self._last_used <= since

    def submit(self, request: Request, answer: Answer) -> None:
        """Serve a request after those that came before it. Raises: Refusal, when too many wait already."""
        self._queue.add(request, answer)

    async def run(self) -> None:
        """Serve requests in order, until the session is closed."""
        self._task = trio.lowlevel.current_task()
        while (asked := await self._queue.next()) is not None:
            await self._serve(*asked)

    async def _serve(self, request: Request, answer: Answer) -> None:
        self._running = running = Running(request)
        self._served = request.transmit
        with running.scope:
            await answer(request)
        if running.scope.cancelled_caught:
            finish(request, INTERRUPTED)
        self._running = None
        self._last_used = trio.current_time()
        running.ended.set()

    async def ask(self, frame: wire.Message, on_frame: OnFrame) -> wire.Message:
        """Send a request to the device; the frame that ends it. Cancelled, it interrupts the device."""
        link = self._device.link
        self._visited.add(self._device.address)
        await link.settle()
        running = self._running if trio.lowlevel.current_task() is self._task else None  # else it is asked beside that
        arriving = ArrivingImages(link, self._sessions.devices.images, self._passing_on(on_frame, link, running))
        pending = link.start(frame, arriving.take)
        if running is not None:
            running.link, running.pending = link, pending
        self._see_keywords(frame)
        try:
            last = await arriving.last(await pending.wait())
        finally:
            link.abandon(pending)
            arriving.close()
        self._remember(frame, last)
        return last

    def _see_keywords(self, frame: wire.Message) -> None:
        code = frame.get("code", frame.get("source"))
        if isinstance(code, str) and frame.get("lang", self.language) != "python":
            ns = str(frame.get("ns", self.ns))
            here = self.mirror.namespaces.get(ns)
            self._device.keywords.see(code, ns, here.aliases if here else {})

    def _passing_on(self, on_frame: OnFrame, link: DeviceLink, running: Running | None) -> OnFrame:
        """As `on_frame`; and output is counted, and heard by those who listen."""

        def show(frame: wire.Message) -> None:
            on_frame(frame)
            if frame.get("op") == "out":
                self._sessions.pass_on(frame, link, self)
                if running is not None:
                    running.count_output(len(str(frame.get("text"))))

        return show

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
        if (queued := self._queue.withdraw(target)) is not None:
            finish(queued, INTERRUPTED)
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
        host, port = (address.host, address.port) if address else (None, None)
        return Target(link.name, host, port, link.is_up, link.languages, link.python)

    async def connect(self, host: str, port: int, lang: str | None) -> None:
        """Move to the device there. Raises: OSError, Refusal; then nothing has changed."""
        device = await self._sessions.devices.connect(Address(host, port))
        try:
            if lang:
                check(lang, device.link.languages)
        except Refusal:
            self._sessions.devices.release(device)
            raise
        self._move(device)
        self._lang = lang or self._lang

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
        devices.release(left)

    def begin_again(self) -> None:
        """Its device has lost its state, and so does not know any more in which namespace this session was."""
        self._ns = {place: ns for place, ns in self._ns.items() if place[0] != self._device.address}

    def is_told_by_its_request(self, news: wire.Message, link: DeviceLink, transmit: Transmit) -> bool:
        """Whether an error that says the same ends what it runs, or ran last, for the client behind `transmit`."""
        if news.get("op") == "restarted":  # by whom it was asked for, with any of its connections
            return news.get("session") == self.id
        if self._served != transmit:
            return False
        if news.get("op") == "died":
            return news.get("session") == self.id
        return news.get("op") == "lost" and self._running is not None and self._running.waits_on(link)

    def listen(self, request: Request | None) -> None:
        """Answer that request from now on with what others write on the device; None ends it."""
        self._sessions.listen(self, Listener(request) if request else None)

    def follow_edits(self, request: Request | None) -> None:
        """Answer that request from now on with what becomes of edits; None ends it."""
        self._sessions.follow_edits(self, request)

    def clone(self, lang: str | None, client: str | None) -> str:
        """The id of a new session with the same device and `*1 *2 *3 *e`; in the same language unless told."""
        clone = self._sessions.create(self, lang, client)
        if not self.is_ephemeral:
            clone._visited.add(self._device.address)
            self._device.link.start({"op": "clone", "session": clone.id, "from": self.id}, _ignore)
        return clone.id

    def close(self) -> None:
        """Interrupt what it runs, tell the device to forget it, end its task."""
        if not self._is_open:
            return
        self._is_open = False
        for queued in self._queue.close():
            finish(queued, INTERRUPTED)
        if self._running is not None:
            self._running.scope.cancel()
        self._device.link.start({"op": "close", "session": self.id}, _ignore)
        self._sessions.forget(self, self._visited - {self._device.address})
        self._sessions.devices.release(self._device)


def _ignore(_frame: wire.Message) -> None:
    """Nobody looks at the frames of this request."""
