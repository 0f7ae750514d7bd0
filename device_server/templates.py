"""Keeps a template of the project at hand: when one is made and replaced, and what a new generation starts from.

A template has imported all project modules but those that are being edited and those that need them. It is used only
while each file in it is as the program has it; else generations come from the zygote and import everything. Another is
made in the background, one at a time, when files in it have changed, when much is missing in it, or when it has served
for long enough; the old one serves until then.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from device_server import wire
from device_server.jobs import Asker
from device_server.memory import MeasuredMemory
from device_server.processes import WorkerStarter
from device_server.project_modules import HOT, ProjectModules
from device_server.template import Template
from device_server.worker_process import WorkerEvents, WorkerProcess

_QUIET_S = 0.25
"""So long after the latest change another template is begun."""
_MISSING = 2 * HOT
"""With more modules than that missing in it, a template is worth replacing."""
_TOLD = 3
"""So many modules are told by name."""
_GROWTH_BYTES = 8 * 1024**2
"""A template that has grown by so much is replaced."""
_TRIES = 3
"""After so many failures in a row no template is made until the project changes."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a generation can start from."""

    starter: WorkerStarter
    modules: Sequence[str]
    """Those that it has to import, in this order."""
    files: ProjectModules
    """What it has loaded before."""
    is_template: bool


class Host(Protocol):
    """Where the project is."""

    def project(self, preferred: Asker | None) -> wire.Message | None:
        """What is known of the project that is imported from."""

    def ask_host(self, preferred: Asker | None, question: wire.Message, asker: socket.socket) -> None:
        """Ask for source; the answer goes to `asker`, which is closed then."""


class Templates:
    """The templates of one device server; at most one is usable, and one is being made."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        zygote: WorkerStarter,
        start: Callable[[WorkerEvents], WorkerProcess],
        host: Host,
        log: Callable[[str], None],
        limit: int,
    ) -> None:
        """`start` gives a process from the zygote, one that parks no copies of itself.

        `limit` is how many generations a template may serve; with 0 there are no templates.
        """
        self._loop = loop
        self._zygote = zygote
        self._start = start
        self._host = host
        self._limit = limit
        self._project = ProjectModules()
        self._usable: Template | None = None
        self._making: Template | None = None
        self._failures = 0
        self._dropped: str | None = None
        """Why the latest was given up."""
        self._timer: asyncio.TimerHandle | None = None
        self._memory = MeasuredMemory()
        self.on_log = log

    def learn(self, frame: wire.Message) -> None:
        """Take what the main worker has told in a `loaded` frame."""
        self._project.learn(frame)
        self._failures = 0
        self._look_soon()

    def begin_with(self, files: ProjectModules) -> None:
        """The main worker is another process now, which had those files when it began."""
        self._project.begin_with(files)

    def beginnings(self) -> list[Beginning]:
        """What the next generation can start from, the best first."""
        names = self._project.names
        afresh = Beginning(self._zygote, names, ProjectModules(), is_template=False)
        template = self._usable
        if template is None or not self._is_watched or not self._project.includes(template.files):
            return [afresh]
        self._look_soon()  # it may have served for long enough then
        has = {*template.files.names}
        rest = [name for name in names if name not in has]
        return [Beginning(template, rest, template.files, is_template=True), afresh]

    def status(self) -> wire.Message:
        """The entry in the `status` message."""
        usable = self._usable
        pid = usable.pid if usable else None
        return {
            "pid": pid,
            "modules": len(usable.files.names) if usable else 0,
            "is_current": usable is not None and self._project.includes(usable.files),
            "generations": usable.started if usable else 0,
            "pss_bytes": self._memory.of([pid]).get(pid) if pid else None,
            "is_making": self._making is not None,
            "dropped": self._dropped if self._is_watched else "no host is connected that tells of every edit",
        }

    def close(self) -> None:
        """End them."""
        self._limit = 0
        if self._timer is not None:
            self._timer.cancel()
        for template in (self._usable, self._making):
            if template is not None:
                template.close()

    def on_usable(self, template: Template) -> None:
        """See TemplateEvents."""
        if self._usable is not None:
            self._usable.close()
        self._usable, self._making, self._dropped, self._failures = template, None, None, 0
        self._look_soon()

    def on_unfit(self, template: Template, modules: Sequence[str], why: str) -> None:
        """See TemplateEvents. The next one goes without them."""
        self._project.leave_out(modules)
        self._drop(template, f"{', '.join(modules[:_TOLD])} cannot be in it: {why}")

    def on_question(self, question: wire.Message, asker: socket.socket) -> None:
        """See TemplateEvents."""
        self._host.ask_host(None, question, asker)

    def on_gone(self, template: Template, why: str) -> None:
        """See TemplateEvents."""
        self._failures += 1
        self._drop(template, why)

    @property
    def _is_watched(self) -> bool:
        """Whether a host tells of every edit, so that what is known of the project is true."""
        return (self._host.project(None) or {}).get("is_watched") is True

    def _drop(self, template: Template, why: str) -> None:
        self._dropped = why
        self.on_log(f"A template of the project was dropped: {why}\n")
        template.close()
        if template is self._usable:
            self._usable = None
        if template is self._making:
            self._making = None
        self._look_soon()

    def _look_soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(_QUIET_S, self._look)

    def _look(self) -> None:
        """Make another template, if that is called for."""
        self._timer = None
        bulk = self._project.bulk
        may_make = self._making is None and self._limit > 0 and self._failures < _TRIES
        if not may_make or not self._is_watched or not self._is_wanting(bulk):
            return
        try:
            self._making = Template(self._loop, bulk, self._host.project(None), self._start, self)
        except OSError as error:
            self._dropped = f"no process can be started: {error}"

    def _is_wanting(self, bulk: Sequence[str]) -> bool:
        template = self._usable
        if not bulk:
            return False
        if template is None or not self._project.includes(template.files):
            return True
        is_used_up = template.started >= self._limit or template.grown_bytes > _GROWTH_BYTES
        has_edited = not template.modules <= {*bulk}
        return is_used_up or has_edited or len({*bulk} - template.modules) > _MISSING
