"""One template, as the supervisor sees it: a process that has imported project modules and forks workers.

Code of the program has run in it, so it may fail, hang or die like any worker; then it is of no use, and says why.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from device_server import platforms, wire
from device_server.config import WorkerSettings
from device_server.parked import Parked
from device_server.project_modules import ProjectModules
from device_server.worker_process import WorkerEvents, WorkerProcess

IMPORT_S = 60.0
"""How long a process may take to import the project's modules."""


class TemplateEvents(Protocol):
    """Who hears of a template."""

    def on_usable(self, template: Template) -> None:
        """It forks workers from now on."""

    def on_unfit(self, template: Template, modules: Sequence[str], why: str) -> None:
        """It is of no use because of these modules, which cannot be shared."""

    def on_gone(self, template: Template, why: str) -> None:
        """It is of no use."""

    def on_question(self, question: wire.Message, asker: socket.socket) -> None:
        """It imports something that a host may have; the answer goes to `asker`, which is the receiver's."""

    def on_log(self, text: str) -> None:
        """It has written something."""


class Template:
    """See WorkerStarter, which this is once it is usable."""

    is_warm = True

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        modules: Sequence[str],
        project: wire.JSON,
        start: Callable[[WorkerEvents], WorkerProcess],
        events: TemplateEvents,
    ) -> None:
        """Begins at once to import the modules, in that order; `project` is what hosts have said of it.

        Raises: OSError, when no process can be started.
        """
        self.modules = frozenset(modules)
        self.files = ProjectModules()
        """What it has loaded, the modules that those import included."""
        self.started = 0
        """How many workers it has been asked for."""
        self.is_usable = False
        self._loop = loop
        self._order: list[wire.JSON] = [*modules]
        self._project = project
        self._events = events
        self._first_rss_bytes = 0
        self._timer = loop.call_later(IMPORT_S, self._give_up)
        self._process = start(self)

    @property
    def pid(self) -> int | None:
        """None until it runs."""
        return self._process.pid

    @property
    def grown_bytes(self) -> int:
        """How much bigger its resident memory is than when it became usable."""
        return self._rss_bytes() - self._first_rss_bytes

    def start(self, fds: Sequence[int], settings: WorkerSettings) -> None:
        """See WorkerStarter. Raises: OSError."""
        self._process.start_fork(fds, settings)
        self.started += 1

    def close(self) -> None:
        """See WorkerStarter."""
        self._timer.cancel()
        self._process.retire()

    def on_ready(self, parked: Parked | None) -> None:
        """See WorkerEvents."""
        self._process.send({"op": "project", "project": self._project})
        self._process.send({"op": "import", "id": 0, "modules": self._order, "is_shared": True})

    def on_frame(self, frame: wire.Message) -> None:
        """See WorkerEvents."""
        match frame:
            case {"op": "loaded"}:
                self.files.learn(frame)
            case {"op": "result", "failed": [{"module": str(module), "error": str(why)}, *_]}:
                self._events.on_unfit(self, [module], why)
            case {"op": "result"} if untold := self.modules - {*self.files.names}:
                self._events.on_unfit(self, sorted(untold), "it is not known what they are made of")
            case {"op": "result"}:
                self._process.send({"op": "be-template"})
            case {"op": "template"}:
                self._timer.cancel()
                self.is_usable = True
                self._first_rss_bytes = self._rss_bytes()
                self._events.on_usable(self)

    def on_output(self, stream: str, text: str, session: str | None) -> None:
        """See WorkerEvents."""
        self._events.on_log(text)

    def on_question(self, question: wire.Message, asker: socket.socket) -> None:
        """See WorkerEvents."""
        self._events.on_question(question, asker)

    def on_death(self, end: str) -> None:
        """See WorkerEvents."""
        self.is_usable = False

    def on_end(self, end: str) -> None:
        """See WorkerEvents."""
        self._timer.cancel()
        self._events.on_gone(self, f"it died: {end}")

    def _give_up(self) -> None:
        self._events.on_gone(self, f"importing the project's modules takes more than {IMPORT_S:g} seconds")

    def _rss_bytes(self) -> int:
        return (platforms.resident_bytes(self.pid) or 0) if self.pid is not None else 0
