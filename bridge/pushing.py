"""What one device is sent of the project's edits: one request at a time, in order, and what became of each.

An edit that was refused is owed. If it was itself what was wrong, it is sent again when it is saved again, or once
after another edit has succeeded, which may have been what it lacked; if it was only sent along, with the next edit.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final, TypeAlias

import trio

from bridge.device_link import DeviceLink
from device_server import wire
from middleware import acks, frames
from middleware.load_order import in_order
from middleware.project_sources import SourceFile

log = logging.getLogger(__name__)

WORKER: Final = "main"
PATIENCE_S: Final = 0.5
"""When the device has not answered for so long, it is asked what it does, and again after each such time."""
LIMIT_MS: Final = 30_000
"""Code that a reload runs is interrupted after so long: nobody has asked for it whom an interrupt would occur to."""
CROWD: Final = 8
"""Of more files than this, or when one cannot be read, only those are sent that are loaded."""
AGAIN: Final = 3
"""So often an edit is sent again because the worker has lost it: it may be what the worker dies of."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A file as somebody has left it."""

    path: str
    """Absolute."""
    sha256: str
    """Of its bytes; empty when it has gone or cannot be read."""
    file: SourceFile | None = None
    """None when it has gone or cannot be read."""
    problem: str = ""
    """Why it cannot be read, for a person."""
    saved_ns: int | None = None
    """When it became what it is, in nanoseconds since 1970, if it was seen to be saved."""

    def differs_from(self, text_sha256: str) -> bool:
        """Whether it can be read and has another text than the one with that hash."""
        return self.file is not None and self.file.text_sha256 != text_sha256


Read: TypeAlias = Callable[[Collection[str]], Awaitable[Mapping[str, Edit]]]
"""Reads those of these files that are the project's, and there, and written by nobody just now; by path."""


class NotToldError(Exception):
    """The device does not tell what it has loaded; the text says why."""


@dataclass(slots=True)
class _Sent:
    """The latest edit of a file that the device was sent, and what became of it."""

    edit: Edit
    news: wire.Message
    is_owed: bool = False
    """Whether the device has refused it."""
    is_culprit: bool = False
    """Whether for its own sake."""
    repeats: int = 0
    """How often it was sent again because the worker had lost it."""


class Pushes:
    """The edits that go to one device."""

    def __init__(self, link: DeviceLink, root: PurePath, read: Read) -> None:
        """`root` is the project's."""
        self._link = link
        self._root = root
        self._read = read
        self._sent: dict[str, _Sent] = {}
        self._due: dict[str, Edit] = {}
        self._turn = trio.Lock()
        self._has_news = trio.Event()

    def saved(self, edits: Iterable[Edit]) -> None:
        """These files are to be sent with the next `push_saved`."""
        self._due |= {edit.path: edit for edit in edits}

    async def push_saved(self) -> None:
        """Send what was saved and has not been sent: the saves that come while one is served go together."""
        async with self._turn:
            due, self._due = self._due, {}
            if due:
                await self._push_and_retry(due)

    async def push(self, edits: Iterable[Edit], *, is_forced: bool = False) -> wire.Message:
        """Send these now; what became of it. `is_forced`: all of them runs again, whatever has changed."""
        async with self._turn:
            return await self._push_and_retry({edit.path: edit for edit in edits}, is_forced=is_forced)

    async def catch_up(self, *, is_first: bool) -> None:
        """Send what the device has in another state than the disk.

        `is_first`: whatever it has loaded; otherwise of the edits that it was sent those that it has lost.
        """
        async with self._turn:
            with suppress(NotToldError):
                await self._push_lost(await self.loaded(), is_first=is_first)

    async def _push_lost(self, loaded: Mapping[str, str], *, is_first: bool) -> None:
        wanted = loaded if is_first else self._sent
        edits = await self._read([path for path in wanted if path in loaded and self._may_repeat(path)])
        lost = {path: edit for path, edit in edits.items() if edit.differs_from(loaded[path])}
        if lost:
            await self._push_and_retry(lost)

    async def loaded(self) -> dict[str, str]:
        """The files that the worker has loaded, by path, with the hashes of their texts. Raises: NotToldError."""
        answer = await self._link.start({"op": "loaded", "worker": WORKER}, _ignore).wait()
        told = answer.get("files")
        if not isinstance(told, dict):
            raise NotToldError(frames.text(answer, "error") or "The device does not tell what it has loaded")
        return {path: str(sha256) for path, sha256 in told.items()}

    async def news_of(self, path: str, sha256: str) -> wire.Message:
        """What became of the file when it had this content; waits until that has been sent, or was loaded."""
        while (news := self._told(path, sha256)) is None:
            with trio.move_on_after(
                PATIENCE_S
            ) as patience:  # as a rule it is on its way, and a question would delay it
                await self._has_news.wait()
            if patience.cancelled_caught and await self._has(path, sha256):
                same: wire.Message = {"op": acks.RELOADED, "tier": "none", "state": "kept", **self._named([path])}
                return self._told(path, sha256) or same
        return news

    def _told(self, path: str, sha256: str) -> wire.Message | None:
        sent = self._sent.get(path)
        return sent.news if sent is not None and sent.edit.sha256 == sha256 else None

    async def _has(self, path: str, sha256: str) -> bool:
        """Whether the file has this content and the device has loaded it like that."""
        edit = (await self._read([path])).get(path)
        if edit is None or edit.sha256 != sha256:
            return False
        with suppress(NotToldError):
            loaded = await self.loaded()
            return path in loaded and not edit.differs_from(loaded[path])
        return False

    async def _push_and_retry(self, edits: Mapping[str, Edit], *, is_forced: bool = False) -> wire.Message:
        news = await self._push({**self._owed(is_culprit=False), **edits}, is_forced=is_forced)
        culprits = self._owed(is_culprit=True)
        if culprits and not acks.has_failed(news):
            await self._push(culprits, is_quiet=True)
        return news

    async def _push(
        self, edits: Mapping[str, Edit], *, is_forced: bool = False, is_quiet: bool = False
    ) -> wire.Message:
        """One request. `is_quiet`: that it has failed again is known."""
        wanted = edits
        if len(edits) > CROWD or any(edit.problem for edit in edits.values()):
            wanted = await self._those_loaded(edits)
        unreadable = [edit for edit in wanted.values() if edit.problem]
        if not wanted:
            answer: wire.Message = {"op": "result", "tier": "none", "state": "kept", "reason": acks.NOT_LOADED}
        elif unreadable:
            text = f"{unreadable[0].path} cannot be read: {unreadable[0].problem}"
            answer = {"op": "error", "type": wire.ErrorType.COMPILE, "error": text}
        else:
            answer = await self._ask(wanted, is_forced=is_forced)
        news = await self._news(wanted or edits, answer)
        self._note(edits, news, {edit.path for edit in unreadable})
        if not (is_quiet and acks.has_failed(news)):
            self._tell(news)
        return news

    async def _those_loaded(self, edits: Mapping[str, Edit]) -> Mapping[str, Edit]:
        try:
            loaded = await self.loaded()
        except NotToldError:
            return edits
        return {path: edit for path, edit in edits.items() if path in loaded}

    async def _ask(self, edits: Mapping[str, Edit], *, is_forced: bool) -> wire.Message:
        files: list[wire.JSON] = [self._entry(edit, is_forced=is_forced) for edit in self._in_order(edits)]
        frame: wire.Message = {"op": "reload", "files": files, "worker": WORKER, "timeout_ms": LIMIT_MS}
        saved_ns = max((edit.saved_ns for edit in edits.values() if edit.saved_ns), default=None)
        phases: wire.Message = {} if saved_ns is None else {"detect": max(0.0, (time.time_ns() - saved_ns) / 1e6)}
        begun = time.perf_counter()
        pending = self._link.start(frame, self._hear)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._mind, edits)
                answer = await pending.wait()
                nursery.cancel_scope.cancel()
        finally:
            self._link.abandon(pending)
        phases |= _phases(answer, (time.perf_counter() - begun) * 1000)
        return {**answer, "phases": phases}

    def _entry(self, edit: Edit, *, is_forced: bool) -> wire.Message:
        force: wire.Message = {"force": True} if is_forced else {}
        return {**(edit.file.frame() if edit.file else {"path": edit.path, "source": None}), **force}

    def _in_order(self, edits: Mapping[str, Edit]) -> list[Edit]:
        """Those used before those that use them; the files that have gone last."""
        by_name = {edit.file.module: edit for edit in edits.values() if edit.file}
        files = {name: edit.file for name, edit in by_name.items() if edit.file}
        ordered = [by_name[name] for name in in_order(files, self._link.mirror.namespaces)]
        return [*ordered, *(edit for edit in edits.values() if edit not in ordered)]

    async def _mind(self, edits: Mapping[str, Edit]) -> None:
        """Say so if the device does something else first, up to the end of the push."""
        told = ""
        while True:
            await trio.sleep(PATIENCE_S)
            pong = await self._link.start({"op": "ping"}, _ignore).wait()
            job = next((each for each in _jobs(pong) if each.get("worker") == WORKER), {})
            if job.get("op") != "reload" and (behind := frames.text(job, "op")) and behind != told:
                told = behind
                self._tell({"op": acks.WAITS, "behind": behind, **self._named(edits)})

    def _hear(self, frame: wire.Message) -> None:
        """What the edited code writes is for those who listen; nobody types what it reads."""
        match frame:
            case {"op": "out", "id": id_, "text": str(text)}:
                self._link.tell({"op": "ack", "id": id_, "chars": len(text)})
                self._link.on_news(self._link, frame)
            case {"op": "need-input", "id": id_}:
                self._link.tell({"op": "stdin", "id": id_, "text": ""})

    async def _news(self, edits: Mapping[str, Edit], answer: wire.Message) -> wire.Message:
        """The answer, as news."""
        place = acks.location(answer)
        frame: wire.Message = {}
        if place is not None:
            edit = edits.get(place[0]) or (await self._read([place[0]])).get(place[0])
            frame["code_frame"] = acks.code_frame(edit.file.text if edit and edit.file else "", *place[1:])
        told = {key: value for key, value in answer.items() if key != "id"}
        return {"worker": WORKER, **told, "op": acks.RELOADED, **self._named(edits), **frame}

    def _named(self, edits: Iterable[str]) -> wire.Message:
        paths = [*edits]
        return {"paths": [*paths], "names": [_below(self._root, path) for path in paths]}

    def _note(self, edits: Mapping[str, Edit], news: wire.Message, unreadable: set[str]) -> None:
        """Keep what became of them, and who was to blame."""
        is_owed, place = acks.has_failed(news), acks.location(news)
        culprits = unreadable or ({place[0]} if place and place[0] in edits else {*edits})
        if news.get("type") in _NOT_ITS_FAULT:
            culprits = set()
        for path, edit in edits.items():
            before = self._sent.get(path)
            repeats = before.repeats + 1 if before and before.edit == edit and not before.is_owed else 0
            self._sent[path] = _Sent(edit, news, is_owed, is_owed and path in culprits, repeats)
        self._has_news.set()
        self._has_news = trio.Event()

    def _owed(self, *, is_culprit: bool) -> dict[str, Edit]:
        owed = {path: each for path, each in self._sent.items() if each.is_owed and each.is_culprit is is_culprit}
        is_hopeless = {path for path, each in owed.items() if is_culprit and each.news.get("type") in _HOPELESS}
        return {path: replace(each.edit, saved_ns=None) for path, each in owed.items() if path not in is_hopeless}

    def _may_repeat(self, path: str) -> bool:
        sent = self._sent.get(path)
        return sent is None or (not sent.is_culprit and sent.repeats < AGAIN)

    def _tell(self, news: wire.Message) -> None:
        log.log(logging.WARNING if acks.has_failed(news) else logging.INFO, "%s", acks.summary(news))
        self._link.on_news(self._link, news)


_NOT_ITS_FAULT: Final = (wire.ErrorType.DEVICE_LOST, wire.ErrorType.CONNECTION)
_HOPELESS: Final = (wire.ErrorType.COMPILE, wire.ErrorType.CRASH)
"""What fails so fails again until it is edited, or had better not be tried."""


def _phases(answer: wire.Message, took_ms: float) -> wire.Message:
    """What the device tells of itself, and what else there was: the way, and what ran before."""
    told = answer.get("phases")
    theirs = {key: ms for key, ms in told.items() if isinstance(ms, int | float)} if isinstance(told, dict) else {}
    rest_ms = max(0.0, took_ms - sum(theirs.values()))
    return {"wait" if rest_ms > PATIENCE_S * 1000 else "transfer": rest_ms, **theirs}


def _jobs(pong: wire.Message) -> list[wire.Message]:
    busy = pong.get("busy")
    return [job for job in busy if isinstance(job, dict)] if isinstance(busy, list) else []


def _below(root: PurePath, path: str) -> str:
    return str(PurePath(path).relative_to(root)) if PurePath(path).is_relative_to(root) else path


def _ignore(_frame: wire.Message) -> None:
    """Nobody looks at the frames before the last."""
