"""One `reload` of the main worker, and what becomes of the views that it can affect: one answer for all of them.

The views' workers get the edit at the same time as the main one. An edit that keeps the state is applied in the same
process; any other has to wait for the main worker, because a new generation starts from what that one has.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from device_server import wire
from device_server.hosting.hosted_view import HostedView
from device_server.jobs import Job

_TOLD: Final = ("tier", "state", "reason", "error", "type", "location", "ms", "generation", "notices")


class Saving:
    """What comes of it; `end` gets the answer once all have said what they have to say."""

    def __init__(self, request: Job, views: list[HostedView], end: Callable[[wire.Message], None]) -> None:
        self._views = views
        self._end = end
        self._main: wire.Message | None = None
        self._outcomes: dict[str, wire.JSON] = {}
        self._images: dict[str, wire.JSON] = {}
        self._declined: list[HostedView] = []
        """Those for which the edit asks for a new generation."""
        edit: wire.Message = {"op": "view-reload", "files": request.message["files"]}
        if "timeout_ms" in request.message:
            edit["timeout_ms"] = request.message["timeout_ms"]
        for view in views:
            view.ask(edit, None, partial(self._on_edited, view))

    def on_main(self, answer: wire.Message) -> None:
        """The main worker has applied it, or has not."""
        self._main = answer
        declined, self._declined = self._declined, []
        for view in declined:
            self._begin_anew(view, answer)
        self._end_if_all_is_said()

    def _on_edited(self, view: HostedView, answer: wire.Message) -> None:
        if answer["op"] != "result":
            self._fail(view, answer)
        elif answer.get("declined") is True:
            if self._main is None:
                self._declined.append(view)
            else:
                self._begin_anew(view, self._main)
        elif answer.get("tier") == "none" and view.is_live:
            self._note(view, answer)
        else:
            view.ask({"op": "view-render"}, None, partial(self._on_drawn, view, answer))

    def _on_drawn(self, view: HostedView, edited: wire.Message, answer: wire.Message) -> None:
        if answer["op"] != "result":
            self._fail(view, answer)
            return
        self._show(view, {**edited, **answer})

    def _begin_anew(self, view: HostedView, main: wire.Message) -> None:
        if main["op"] == "result":
            view.renew(view.spec, None, partial(self._on_renewed, view))
        else:
            self._fail(view, main)

    def _on_renewed(self, view: HostedView, answer: wire.Message) -> None:
        if answer["op"] != "result":
            self._fail(view, answer)
            return
        reason = "the edit is structural: the view has begun anew"
        self._show(view, {**answer, "tier": "structural", "state": "reset", "reason": reason})

    def _fail(self, view: HostedView, answer: wire.Message) -> None:
        view.mark(answer)
        self._note(view, answer)

    def _show(self, view: HostedView, answer: wire.Message) -> None:
        images = answer.get("images")
        if isinstance(images, list) and images:
            self._images[view.name] = images[0]
        self._note(view, answer)

    def _note(self, view: HostedView, answer: wire.Message) -> None:
        self._outcomes[view.name] = {key: answer[key] for key in _TOLD if key in answer}
        self._end_if_all_is_said()

    def _end_if_all_is_said(self) -> None:
        if self._main is not None and len(self._outcomes) == len(self._views):
            self._end({**self._main, "images": self._images, "views": self._outcomes})
