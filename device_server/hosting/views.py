"""The table of hosted views: answers the requests for them, each with one message, whatever the program does."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Protocol

from device_server import wire
from device_server.config import Config
from device_server.hosting.birth import RENDER_MS
from device_server.hosting.errand import Errand
from device_server.hosting.hosted_view import HostedView, OnEnd
from device_server.hosting.saving import Saving
from device_server.image_store import ImageStore
from device_server.jobs import Asker, Job
from device_server.succession import Nursery, Successor
from device_server.worker_link import Owner, WorkerLink

MOST_VIEWS: Final = 64
_MAIN: Final = "main"
_ASKED: Final = ("view-snapshot", "view-configure", "view-elements", "view-touch")
"""What the worker of a view is asked as it came."""


class Server(Owner, Protocol):
    """What views need of the device server."""

    workers: dict[str, WorkerLink]
    """By name."""


class HostedViews:
    """See the package."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        config: Config,
        server: Server,
        images: ImageStore | None,
        serials: Iterator[int],
    ) -> None:
        """`serials` are those of the server's jobs."""
        self._images, self._serials = images, serials
        self._loop, self._config, self._server = loop, config, server
        self.nursery: Nursery = server
        self._views: dict[str, HostedView] = {}
        self._starting: dict[str, HostedView] = {}
        self._numbers = itertools.count(1)
        self._errands: dict[int, tuple[WorkerLink, Job]] = {}
        """Serial of a request -> what a worker does for it."""
        self.operations: dict[str, Callable[[Job], None]] = {
            "view-start": self._start,
            "view-stop": self._stop,
            "view-sessions": self._sessions,
            "view-switch": self._switch,
            "reload": self._reload,
            "view-variants": self._variants,
            "view-diff": self._diff,
            **dict.fromkeys(_ASKED, self._ask_view),
        }
        """Op -> what serves it: a request, which it ends some time."""

    def __iter__(self) -> Iterator[HostedView]:
        return iter([*self._views.values()])

    def get(self, name: str) -> HostedView | None:
        """The view of that name."""
        return self._views.get(name)

    def errand_of(self, request: Job) -> tuple[WorkerLink, Job] | None:
        """What a worker does for a request now."""
        return self._errands.get(request.serial)

    def learn(self, name: str, frame: wire.Message) -> None:
        """The worker of that name has told what it has loaded, or that its view is not as it is shown."""
        view = self._views.get(name) or self._starting.get(name)
        if view is None:
            return
        if frame["op"] == "stale":
            view.refresh()
        else:
            view.files.learn(frame)

    def close(self) -> None:
        """At the end of the server, which closes the workers."""
        for view in (*self._views.values(), *self._starting.values()):
            view.close()

    def link(self, name: str, successor: Successor, generation: int) -> WorkerLink:
        """See House."""
        view = self._views.get(name) or self._starting.get(name)
        if view is not None:
            view.files.begin_with(successor.files)
        return WorkerLink(self._loop, name, self._config, self._server, successor, generation)

    def ask(self, link: WorkerLink, message: wire.Message, on_end: OnEnd, request: Job | None) -> None:
        """See House."""
        asked = request.message if request is not None else {}
        lang = asked.get("lang") or self._config.languages[0]
        session = asked.get("session") or link.name
        serial = next(self._serials)

        def end(answer: wire.Message) -> None:
            if request is not None:
                self._errands.pop(request.serial, None)
            on_end({key: value for key, value in answer.items() if key != "id"})

        client: Asker | None = request.client if request is not None else None
        complete = {"lang": lang, **message, "session": session}
        job = Job(Errand(client, end), complete, request.id if request is not None else 0, serial)
        if request is not None:
            self._errands[request.serial] = link, job
        link.submit(job)
        if request is not None and request.stop_reason is not None:
            link.stop(job, request.stop_reason)

    def place(self, name: str, link: WorkerLink) -> None:
        """See Company."""
        self._server.workers[name] = link

    def show(self, view: HostedView) -> None:
        """See Company."""
        self._hold(view.name, view.refs)
        self._server.tell_all(wire.CAP_WATCH, {"op": "view-changed", **view.told()})

    def _start(self, request: Job) -> None:
        def end(view: HostedView, answer: wire.Message) -> None:
            request.end(answer)

        self._host(request, end)

    def _host(self, request: Job, on_end: Callable[[HostedView, wire.Message], None]) -> None:
        if len(self._views) + len(self._starting) >= MOST_VIEWS:
            request.end(refusal(f"{MOST_VIEWS} views are hosted already; stop one of them"))
            return
        name = f"v{next(self._numbers)}"
        view = self._starting[name] = HostedView(self._loop, self, name)

        def end(answer: wire.Message) -> None:
            del self._starting[name]
            if answer["op"] == "result":
                self._views[name] = view
            else:
                self._forget(name)
            on_end(view, answer)

        view.renew(_spec(request.message), request, end)

    def _stop(self, request: Job) -> None:
        view = self._wanted(request)
        if view is not None:
            self._end(view)
            request.end({"op": "result", "view": view.name})

    def _end(self, view: HostedView) -> None:
        if self._views.pop(view.name, None) is not None:
            view.stop()
            self._forget(view.name)

    def _forget(self, name: str) -> None:
        self._server.workers.pop(name, None)
        self._hold(name, [])

    def _hold(self, name: str, refs: list[str]) -> None:
        if self._images is not None:
            self._images.hold(name, refs)

    def _sessions(self, request: Job) -> None:
        request.end({"op": "result", "views": [view.told() for view in self._views.values()]})

    def _switch(self, request: Job) -> None:
        """To another preview of its file."""
        view = self._wanted(request)
        if view is None:
            return
        place: wire.Message = {
            key: request.message[key] for key in ("index", "name", "timeout_ms") if key in request.message
        }
        if "expression" in view.spec:
            request.end(refusal(f"{view.name} shows an expression; start one with a 'path' to switch its previews"))
        elif not {"index", "name"} & place.keys():
            request.end(refusal("Missing 'index' or 'name' field"))
        else:
            kept = {key: value for key, value in view.spec.items() if key not in ("index", "name")}
            view.renew({**kept, **place}, request, request.end)

    def _ask_view(self, request: Job) -> None:
        view = self._wanted(request)
        if view is not None:
            name = view.name
            view.ask(request.message, request, lambda answer: request.end({**answer, "view": name}))

    def _variants(self, request: Job) -> None:
        """Of a view that is hosted, or of one that is hosted only for that."""
        count = len(variants) if isinstance(variants := request.message["variants"], list) else 1
        limit = request.message.get("timeout_ms")
        each_ms = limit if isinstance(limit, int) else RENDER_MS
        asked: wire.Message = {
            "op": "view-variants", "variants": variants, "limit_ms": each_ms, "timeout_ms": each_ms * (count + 1),
        }  # fmt: skip
        if request.message.get("view"):
            view = self._wanted(request)
            if view is not None:
                view.ask(asked, request, request.end)
            return

        def hosted(view: HostedView, answer: wire.Message) -> None:
            if answer["op"] != "result":
                request.end(answer)
            else:
                view.ask(asked, request, partial(drawn, view))

        def drawn(view: HostedView, answer: wire.Message) -> None:
            self._end(view)
            request.end(answer)

        self._host(request, hosted)

    def _diff(self, request: Job) -> None:
        """In the worker of the view; two pictures in the main one."""
        message = request.message
        if bool(message.get("view")) == bool(message.get("a")):
            request.end(refusal("'view' or 'a' is needed: what is compared with 'b'; not both"))
        elif message.get("view"):
            self._ask_view(request)
        else:
            limit = message.get("timeout_ms") or RENDER_MS
            self.ask(self._server.workers[_MAIN], {**message, "timeout_ms": limit}, request.end, request)

    def _reload(self, request: Job) -> None:
        """An edit of what the main worker has loaded concerns views, too."""
        worker = str(request.message.get("worker") or _MAIN)
        link = self._server.workers[worker]
        affected = [view for view in self if view.is_affected(request.message["files"])] if worker == _MAIN else []
        if not affected:
            link.submit(request)
            return
        saving = Saving(request, affected, request.end)
        self.ask(link, request.message, saving.on_main, request)

    def _wanted(self, request: Job) -> HostedView | None:
        """The view that a request names; when there is none, it is refused."""
        name = str(request.message["view"])
        view = self._views.get(name)
        if view is None:
            there = f"there are: {', '.join(self._views)}" if self._views else "none is hosted: view-start hosts one"
            request.end(refusal(f"There is no view '{name}'; {there}"))
        return view


def refusal(text: str) -> wire.Message:
    """A request cannot be served."""
    return {"op": "error", "type": wire.ErrorType.PROTOCOL, "error": text}


def _spec(message: wire.Message) -> wire.Message:
    """What a view is asked to be."""
    return {key: message[key] for key in wire.VIEWS["view-start"] if message.get(key) is not None}
