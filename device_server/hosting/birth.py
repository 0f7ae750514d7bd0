"""A generation of a view on its way: a worker is prepared, gets the view ready there, and draws its first frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from device_server import wire
from device_server.jobs import Job
from device_server.succession import Nursery, Successor
from device_server.template import IMPORT_S
from device_server.worker_link import WorkerLink

RENDER_MS = 2000
"""How long drawing may take, unless a request says otherwise."""


class House(Protocol):
    """What births need of whoever has all views."""

    nursery: Nursery
    """Where workers come from."""

    def link(self, name: str, successor: Successor, generation: int) -> WorkerLink:
        """A place of that name, in which the successor evaluates."""

    def ask(
        self, link: WorkerLink, message: wire.Message, on_end: Callable[[wire.Message], None], request: Job | None
    ) -> None:
        """Give the link a job; its answer goes to `on_end`, what it writes to whoever has made the request."""


class Birth:
    """It begins at once. Exactly one of the two functions is called, unless it is given up."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        house: House,
        name: str,
        generation: int,
        spec: wire.Message,
        request: Job | None,
        on_born: Callable[[WorkerLink, wire.Message], None],
        on_failed: Callable[[wire.Message], None],
    ) -> None:
        """`spec` is what `view-host` takes. `on_born` gets the link, and all that the view has told; `on_failed` an
        `error`, when nothing is left of it."""
        self.link: WorkerLink | None = None
        """The worker, once it is there."""
        self._house = house
        self._name, self._generation = name, generation
        self._spec = spec
        self._request = request
        self._on_born, self._on_failed = on_born, on_failed
        self._told: wire.Message = {}
        self._successor = Successor(loop, house.nursery, self._on_prepared, self._on_unprepared)

    def give_up(self) -> None:
        """Leave nothing of it; nothing is called any more."""
        self._on_born, self._on_failed = (lambda link, told: link.give_way(None, "")), (lambda error: None)
        if self.link is None:
            self._successor.close()
        else:
            self.link.give_way(None, "The view was stopped")

    def close(self) -> None:
        """At the end of the server."""
        if self.link is None:
            self._successor.close()
        else:
            self.link.close()

    def _on_prepared(self, successor: Successor) -> None:
        self.link = self._house.link(self._name, successor, self._generation)
        message: wire.Message = {**self._spec, "op": "view-host", "timeout_ms": round(IMPORT_S * 1000)}
        self._house.ask(self.link, message, self._on_hosted, self._request)

    def _on_unprepared(self, why: str) -> None:
        self._on_failed({"op": "error", "type": wire.ErrorType.CRASH, "error": f"No worker can be started: {why}"})

    def _on_hosted(self, answer: wire.Message) -> None:
        if self.link is None or answer["op"] != "result":
            self._fail(answer)
            return
        self._told = answer
        limit = self._spec.get("timeout_ms") or RENDER_MS
        self._house.ask(self.link, {"op": "view-render", "timeout_ms": limit}, self._on_rendered, self._request)

    def _on_rendered(self, answer: wire.Message) -> None:
        if self.link is None or answer["op"] != "result":
            self._fail(answer)
        else:
            self._on_born(self.link, {**self._told, **answer})

    def _fail(self, answer: wire.Message) -> None:
        if self.link is not None:
            self.link.give_way(None, "The view has failed")
        self._on_failed(answer)
