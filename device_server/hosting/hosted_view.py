"""One hosted view as the supervisor knows it: what was asked for, who serves it, and its last good frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from device_server import wire
from device_server.hosting.birth import RENDER_MS, Birth, House
from device_server.jobs import Job
from device_server.project_modules import ProjectModules
from device_server.worker_link import WorkerLink

OnEnd = Callable[[wire.Message], None]
_SUPERSEDED: wire.Message = {
    "op": "error",
    "type": wire.ErrorType.INTERRUPTED,
    "error": "Another generation of the view was asked for meanwhile",
}


class ViewState(StrEnum):
    """Whether the last good frame shows what is."""

    LIVE = "live"
    STALE = "stale"
    """There was an edit or a change since that it could not be drawn with."""
    CRASHED = "crashed"
    """Its worker has died, and what is left of it cannot be drawn."""


class Company(House, Protocol):
    """What a view needs of all of them."""

    def place(self, name: str, link: WorkerLink) -> None:
        """That is the worker of that name now."""

    def show(self, view: HostedView) -> None:
        """What is told of the view has changed: keep its pictures, let hosts know."""


class HostedView:
    """See the package."""

    def __init__(self, loop: asyncio.AbstractEventLoop, company: Company, name: str) -> None:
        self.name = name
        self.link: WorkerLink | None = None
        self.spec: wire.Message = {}
        """What `view-host` was told."""
        self.files = ProjectModules()
        """What its worker has loaded."""
        self._loop, self._company = loop, company
        self._told: wire.Message = {}
        self._state, self._error = ViewState.LIVE, ""
        self._birth: Birth | None = None
        self._on_birth_end: OnEnd | None = None
        self._is_refreshing = False
        self._is_reviving = False
        """Whether the worker has died, and nothing was drawn since."""

    @property
    def refs(self) -> list[str]:
        """The pictures of the last good frame."""
        images = self._told.get("images")
        return [str(image["ref"]) for image in images if isinstance(image, dict)] if isinstance(images, list) else []

    @property
    def entries(self) -> frozenset[str]:
        """The modules that it names; it depends on these and on what they use. Empty when that is not known."""
        entries = self._told.get("entries")
        return frozenset(map(str, entries)) if isinstance(entries, list) else frozenset()

    @property
    def images(self) -> wire.JSON:
        """Of the last good frame."""
        return self._told.get("images")

    @property
    def is_live(self) -> bool:
        """Whether the last good frame shows what is."""
        return self._state is ViewState.LIVE

    def is_affected(self, files: wire.JSON) -> bool:
        """Whether an edit of these files, as in a `reload`, may change what it shows."""
        edited = [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []
        paths, names = ([str(file.get(key)) for file in edited] for key in ("path", "name"))
        modules = self.files.affected(paths, names)
        return bool(modules & self.entries if self.entries else modules)

    def told(self) -> wire.Message:
        """The entry in the answer to `view-sessions`."""
        asked: wire.Message = {
            key: self.spec[key] for key in ("expression", "path", "module", "lang") if key in self.spec
        }
        traits = self._told.get("traits")
        shape = {key: traits[key] for key in ("size", "scale")} if isinstance(traits, dict) else {}
        state: wire.Message = {"state": self._state, **({"error": self._error} if self._error else {})}
        generation = self.link.generation if self.link is not None else 0
        shown = {"name": self._told.get("name"), "traits": traits, "images": self.images}
        return {"view": self.name, **asked, **shown, **shape, "generation": generation, **state}

    def renew(self, spec: wire.Message, request: Job | None, on_end: OnEnd) -> None:
        """Let a new generation of it, as `spec` says, take over when its first frame is there."""
        self.give_up_birth(_SUPERSEDED)

        def on_born(link: WorkerLink, told: wire.Message) -> None:
            self._birth = self._on_birth_end = None
            self.spec = spec
            self._take_over(link, told)
            on_end({**told, "view": self.name, "generation": link.generation})

        def on_failed(error: wire.Message) -> None:
            self._birth = self._on_birth_end = None
            on_end(error)

        generation = self.link.generation if self.link is not None else 0
        self._on_birth_end = on_end
        self._birth = Birth(self._loop, self._company, self.name, generation, spec, request, on_born, on_failed)

    def ask(self, message: wire.Message, request: Job | None, on_end: OnEnd) -> None:
        """Give its worker a job. A frame that comes of a job that changes what is shown is the view's from then on."""
        assert self.link is not None
        link = self.link

        def end(answer: wire.Message) -> None:
            if link is self.link and answer["op"] == "result" and message["op"] in _SHOWING:
                self.take_frame(answer)
            on_end(answer)

        limit = message.get("timeout_ms") or RENDER_MS
        self._company.ask(link, {**message, "lang": self.spec["lang"], "timeout_ms": limit}, end, request)

    def take_frame(self, answer: wire.Message) -> None:
        """It was drawn, and is as it is shown."""
        kept: wire.Message = {
            key: answer[key] for key in ("images", "traits", "name", "entries", "notices") if key in answer
        }
        self._told = {**self._told, **kept}
        self._state, self._error, self._is_reviving = ViewState.LIVE, "", False
        self._company.show(self)

    def mark(self, error: wire.Message) -> None:
        """It could not be drawn: the last good frame stays."""
        self._state = ViewState.CRASHED if self._is_reviving else ViewState.STALE
        self._error = str(error.get("error"))
        self._company.show(self)

    def refresh(self) -> None:
        """Draw it again, because something has changed."""
        if self.link is not None and not self._is_refreshing:
            self._is_refreshing = True
            self.ask({"op": "view-render"}, None, self._on_refreshed)

    def stop(self) -> None:
        """Leave nothing of it."""
        stopped: wire.Message = {**_SUPERSEDED, "error": "The view was stopped"}
        self.give_up_birth(stopped)
        if self.link is not None:
            self.link.give_way(None, "The view was stopped")

    def close(self) -> None:
        """At the end of the server."""
        if self._birth is not None:
            self._birth.close()

    def give_up_birth(self, answer: wire.Message) -> None:
        """Whoever waits for a new generation gets this."""
        birth, on_end = self._birth, self._on_birth_end
        self._birth = self._on_birth_end = None
        if birth is not None and on_end is not None:
            birth.give_up()
            on_end(answer)

    def _take_over(self, link: WorkerLink, told: wire.Message) -> None:
        earlier, self.link = self.link, link
        self._is_refreshing = False
        link.on_replaced = self._on_replaced
        self._company.place(self.name, link)
        if earlier is not None:
            earlier.on_replaced = lambda is_restored: None
            earlier.give_way(link, "Interrupted: the view has a new generation now")
        self.take_frame(told)

    def _on_replaced(self, is_restored: bool) -> None:
        """Its worker has died, or was restarted. What was restored is drawn; else the view begins anew."""
        if self._is_reviving:  # it has died of that
            return
        self._is_reviving, self._is_refreshing = True, False
        if is_restored:
            self.refresh()
        else:
            self.renew(self.spec, None, self._on_renewed)

    def _on_refreshed(self, answer: wire.Message) -> None:
        self._is_refreshing = False
        if answer["op"] != "result":
            self.mark(answer)

    def _on_renewed(self, answer: wire.Message) -> None:
        if answer["op"] != "result":
            self.mark(answer)


_SHOWING = ("view-render", "view-configure", "view-touch")
"""The jobs after which what is shown is what they have drawn."""
