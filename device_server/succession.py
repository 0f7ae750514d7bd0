"""The next generation of a worker, prepared beside the one that serves: started, and the project's modules imported.

When it takes over is its place's business, see worker_link.py. Until then the old one lives on, whatever happens here.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from device_server import wire
from device_server.parked import Parked
from device_server.project_modules import ProjectModules
from device_server.template import IMPORT_S
from device_server.templates import Beginning, Host
from device_server.worker_process import WorkerEvents, WorkerProcess

_OUTPUT_LIMIT = 1000
"""So many pieces of what it writes while it imports are kept."""


class Nursery(Host, Protocol):
    """What a successor needs of the device server."""

    def beginnings(self) -> list[Beginning]:
        """What it can start from, the best first; there is at least one."""

    def start_from(self, beginning: Beginning, events: WorkerEvents) -> WorkerProcess:
        """A new process. Raises: OSError."""

    def log_tail(self) -> str:
        """The end of what the processes have logged."""


class Successor:
    """A process on its way to be a worker."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        nursery: Nursery,
        on_prepared: Callable[[Successor], None],
        on_failed: Callable[[str], None],
    ) -> None:
        """Begins at once; calls neither from here. One that dies before it is taken is prepared again, or fails."""
        self.failed: wire.JSON = []
        """`{module, error}` of those that could not be imported."""
        self.frames: list[wire.Message] = []
        """What it has sent for whoever takes it."""
        self.output: deque[tuple[str, str]] = deque(maxlen=_OUTPUT_LIMIT)
        """Stream and text of what it has written."""
        self._began = time.monotonic()
        self._loop = loop
        self._nursery = nursery
        self._on_prepared, self._on_failed = on_prepared, on_failed
        beginnings = nursery.beginnings()
        self._waiting = deque([*beginnings, beginnings[-1]])  # once more: the zygote may just have died
        self._why = ""
        self._beginning: Beginning | None = None
        self._process: WorkerProcess | None = None
        self._timer = loop.call_later(IMPORT_S, self._give_up)
        self._next = loop.call_soon(self._begin)

    def report(self) -> wire.Message:
        """What to tell of how it was prepared."""
        elapsed_ms = round((time.monotonic() - self._began) * 1000, 3)
        is_from_template = self._beginning is not None and self._beginning.is_template
        return {"ms": elapsed_ms, "is_from_template": is_from_template, "failed": self.failed}

    @property
    def files(self) -> ProjectModules:
        """What it had loaded when it began; what has come since is told in its frames."""
        assert self._beginning is not None
        return self._beginning.files

    def hand_over(self, events: WorkerEvents) -> WorkerProcess:
        """Its process, which reports there from now on. Only when it is prepared."""
        assert self._process is not None
        self._process.report_to(events)
        return self._process

    def close(self) -> None:
        """Give it up; nothing is called any more."""
        self._timer.cancel()
        self._next.cancel()
        if self._process is not None:
            self._process.retire()

    def on_ready(self, parked: Parked | None) -> None:
        """See WorkerEvents."""
        if self._process is not None and self._beginning is not None:
            modules: Sequence[wire.JSON] = self._beginning.modules
            self._process.send({"op": "project", "project": self._nursery.project(None)})
            self._process.send({"op": "import", "id": 0, "modules": [*modules], "is_shared": False})

    def on_frame(self, frame: wire.Message) -> None:
        """See WorkerEvents."""
        if frame.get("op") in ("symbols", "loaded"):
            self.frames.append(frame)
        elif frame.get("op") == "result":
            self.failed = frame.get("failed")
            self._timer.cancel()
            self._on_prepared(self)

    def on_output(self, stream: str, text: str, session: str | None) -> None:
        """See WorkerEvents."""
        self.output.append((stream, text))

    def on_question(self, question: wire.Message, asker: socket.socket) -> None:
        """See WorkerEvents."""
        self._nursery.ask_host(None, question, asker)

    def on_death(self, end: str) -> None:
        """See WorkerEvents. A copy of it would only go the same way; but there may be something else to start from."""
        if self._process is not None:
            self._process.retire()
        self.on_end(end)

    def on_end(self, end: str) -> None:
        """See WorkerEvents."""
        self._process = None
        self._why = end
        self._begin()

    def _begin(self) -> None:
        self.frames, self.output = [], deque(maxlen=_OUTPUT_LIMIT)
        while self._waiting and self._process is None:
            self._beginning = self._waiting.popleft()
            try:
                self._process = self._nursery.start_from(self._beginning, self)
            except OSError as error:
                self._why = str(error)
        if self._process is None:
            self._fail(f"{self._why}. The log ends with:\n{self._nursery.log_tail()}")

    def _give_up(self) -> None:
        self._fail(f"importing the project's modules takes more than {IMPORT_S:g} seconds")

    def _fail(self, why: str) -> None:
        self.close()
        self._on_failed(why)


class Succession:
    """Who comes after the generation that serves, and who waits for that."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, nursery: Nursery, take: Callable[[Successor, str | None], wire.Message]
    ) -> None:
        """`take` lets a prepared one take over, for the session that asked first, and returns what is to be told."""
        self._loop = loop
        self._nursery = nursery
        self._take = take
        self._successor: Successor | None = None
        self._session: str | None = None
        self._waiting: list[Callable[[wire.Message], None]] = []

    def prepare(self, session: str | None, answer: Callable[[wire.Message], None]) -> None:
        """Let another take over when it is prepared; `answer` gets the `result`, or the `error` when none can be."""
        self._waiting.append(answer)
        if self._successor is None:
            self._session = session
            self._successor = Successor(self._loop, self._nursery, self._succeed, self._fail)

    def close(self) -> None:
        """Nobody comes after; who waits is not answered."""
        if self._successor is not None:
            self._successor.close()

    def _succeed(self, successor: Successor) -> None:
        self._successor = None
        self._end({"op": "result", **self._take(successor, self._session), **successor.report()})

    def _fail(self, why: str) -> None:
        self._successor = None
        text = f"The worker was not restarted and is as it was: no other could be started: {why}"
        self._end({"op": "error", "type": wire.ErrorType.CRASH, "error": text})

    def _end(self, answer: wire.Message) -> None:
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell(answer)
