"""Pushes the project's edits to every device that is connected: what is saved, as it is saved, and what was missed."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import trio

from bridge.device_link import DeviceLink
from bridge.devices import Devices
from bridge.project import source_roots
from bridge.project_sources import LANGUAGES, source_file
from bridge.pushing import Edit, NotToldError, Pushes
from bridge.settling import Settled
from bridge.watching import Watcher
from bridge.whole_files import Content, Unreadable, read
from device_server import wire
from middleware.request import Refusal

T = TypeVar("T")


class Reloader:
    """The edits of the project at `root`. A middleware.reload.Edits. `run` is its task."""

    def __init__(self, devices: Devices, root: Path) -> None:
        self._devices = devices
        self._root = root
        self._pushes: dict[DeviceLink, Pushes] = {}
        self.is_watching: Final = trio.Event()
        """Set when saves are seen from now on."""

    async def run(self) -> None:
        """Push what is saved from now on, until cancelled."""
        async with trio.open_nursery() as nursery:

            def hear(settled: list[Settled]) -> None:
                saved = (replace(self._edit(each), saved_ns=each.changed_ns or None) for each in settled)
                edits = [edit for edit in saved if not self._is_outdated(edit)]
                for link in self._devices.links():
                    pushes = self._of(link)
                    pushes.saved(edits)
                    if link.is_up:
                        nursery.start_soon(pushes.push_saved)

            def on_news(link: DeviceLink, news: wire.Message) -> None:
                if news["op"] in ("up", "back", "died"):
                    nursery.start_soon(self._catch_up, link, news["op"] == "up")

            self._devices.hearers.append(on_news)
            for link in self._devices.links():
                if link.is_up:
                    on_news(link, {"op": "up"})
            await Watcher(self._root, hear, self.is_watching).run()

    async def push(self, device: str, paths: Sequence[str] | None, *, is_forced: bool) -> list[wire.Message]:
        """See the Protocol."""
        link = self._devices.find(device)
        await link.settle()
        pushes = self._of(link)
        if paths is None:
            try:
                loaded = await pushes.loaded()
            except NotToldError as error:
                raise Refusal(str(error), "reload-failed") from None
            found = await self._read([*loaded])
            edits = [edit for path, edit in found.items() if is_forced or edit.differs_from(loaded[path])]
        else:
            named = [self._absolute(path) for path in paths]
            edits = [*(await _in_thread(partial(self._read_all, named, also_busy=True))).values()]
            for path in {*named} - {edit.path for edit in edits}:
                raise Refusal(f"There is no file {path}", "bad-paths")
        return [await pushes.push(edits, is_forced=is_forced)] if edits else []

    async def news_of(self, device: str, path: str, sha256: str, limit_s: float) -> wire.Message | None:
        """See the Protocol."""
        pushes, absolute = self._of(self._devices.find(device)), self._absolute(path)
        with trio.move_on_after(limit_s):
            return await pushes.news_of(absolute, sha256)
        return None

    async def _catch_up(self, link: DeviceLink, is_first: bool) -> None:
        pushes = self._of(link)
        await pushes.catch_up(is_first=is_first)
        await pushes.push_saved()

    def _of(self, link: DeviceLink) -> Pushes:
        """Those of devices that have been left are forgotten."""
        known = {*self._devices.links(), link}
        self._pushes = {each: pushes for each, pushes in self._pushes.items() if each in known}
        return self._pushes.setdefault(link, Pushes(link, self._root, self._read))

    def _absolute(self, path: str) -> str:
        """Raises: Refusal, when it is no source file of the project."""
        absolute = os.path.normpath(self._root / path)
        if not self._is_source(absolute):
            raise Refusal(f"{path} is no source file of the project in {self._root}", "bad-paths")
        return absolute

    def _is_source(self, path: str) -> bool:
        roots = source_roots(self._root)
        return Path(path).suffix in LANGUAGES and any(Path(path).is_relative_to(root) for root in roots)

    async def _read(self, paths: Collection[str]) -> dict[str, Edit]:
        """See pushing.Read."""
        ours = [path for path in paths if self._is_source(path)]
        found = await _in_thread(partial(self._read_all, ours, also_busy=False)) if ours else {}
        return {path: edit for path, edit in found.items() if not self._is_outdated(edit)}

    def _is_outdated(self, edit: Edit) -> bool:
        """Whether a text that an editor has not saved yet has been loaded in its stead."""
        return edit.file is not None and self._devices.sources.is_outdated(edit.path, edit.file.text_sha256)

    def _read_all(self, paths: Iterable[str], *, also_busy: bool) -> dict[str, Edit]:
        """Those of these files that are there. Blocks."""
        edits = {}
        for path in paths:
            match read(path, also_busy=also_busy):
                case Content(data, changed_ns):
                    edits[path] = self._edit(Settled(path, data, changed_ns))
                case Unreadable(why):
                    edits[path] = self._edit(Settled(path, None, problem=why))
        return edits

    def _edit(self, settled: Settled) -> Edit:
        if settled.data is None:
            return Edit(settled.path, "", None, settled.problem)
        try:
            file = source_file(self._root, Path(settled.path), settled.data)
        except ValueError as error:
            return Edit(settled.path, settled.sha256, None, f"It is no text: {error}")
        return Edit(settled.path, settled.sha256, file)


async def _in_thread(work: Callable[[], T]) -> T:
    return await trio.to_thread.run_sync(work, abandon_on_cancel=True)
