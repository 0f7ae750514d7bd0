"""Answers devices that import the project's modules: files and texts below the source roots, nothing else."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import trio

from bridge.module_files import ModuleFiles, Told
from bridge.project import source_roots
from bridge.source_text import read_bytes
from device_server import wire

Reply: TypeAlias = Callable[[wire.Message], None]
"""Takes the keys of a `source`."""

MAX_CHARACTERS: Final = 2 * 1024 * 1024
"""About so much text is told in one answer; the device asks for the rest."""
MAX_RESOURCE_BYTES: Final = 8 * 1024 * 1024
MAX_NAME_CHARACTERS: Final = 1000
"""There is no module whose name is longer."""
MAX_PATH_CHARACTERS: Final = 4096
MAX_WAITING: Final = 512
"""So many questions wait for an answer; a device that asks more has none to wait for."""


class SourceServer:
    """The project, as devices import it. Reads in a thread, one request at a time."""

    def __init__(self, nursery: trio.Nursery, project: Path) -> None:
        self.is_watched = False
        """Whether devices are told of every edit as it is saved. To be set before the first of them is connected."""
        self._nursery = nursery
        self._files = ModuleFiles([root for root in source_roots(project) if root.is_dir()])
        self._turn = trio.CapacityLimiter(1)
        self._waiting = 0
        """How many questions have no answer yet."""
        self._loading: list[str] = []
        """The files that editors have loaded just now."""

    async def project(self) -> wire.Message:
        """What devices should know beforehand: {roots, modules, is_watched}, the folders and the names at their top."""
        names = await trio.to_thread.run_sync(self._files.top_level, abandon_on_cancel=True, limiter=self._turn)
        return {"roots": [*self._files.roots], "modules": [*names], "is_watched": self.is_watched}

    @contextmanager
    def loading(self, path: str) -> Iterator[None]:
        """See load_file.Buffers."""
        self._loading.append(path)
        try:
            yield
        finally:
            self._loading.remove(path)

    async def note_unsaved(self, path: str, text: str) -> None:
        """See load_file.Buffers."""
        if self._files.is_inside(path):
            await trio.to_thread.run_sync(self._files.note_unsaved, path, text, limiter=self._turn)

    def is_outdated(self, path: str, sha256: str) -> bool:
        """Whether an editor has had another text of a file since the disk got the one with that hash."""
        return path in self._loading or self._files.is_outdated(path, sha256)

    def serve(self, question: wire.Message, reply: Reply) -> None:
        """Answer a `need-source` soon."""
        if self._waiting >= MAX_WAITING:
            reply({"found": False, "error": "too many imports wait for the host already"})
            return
        self._waiting += 1
        self._nursery.start_soon(self._serve, question, reply)

    async def _serve(self, question: wire.Message, reply: Reply) -> None:
        try:
            reply(await trio.to_thread.run_sync(self._answer, question, abandon_on_cancel=True, limiter=self._turn))
        finally:
            self._waiting -= 1

    def _answer(self, question: wire.Message) -> wire.Message:
        """The keys of the answer. Blocks."""
        match question:
            case {"module": str(module)} if len(module) > MAX_NAME_CHARACTERS:
                return {"found": False, "files": []}
            case {"module": str(module)}:
                files = self._files.closure(module)
                return {"found": bool(files), "files": [_keys(told) for told in files]}
            case {"sha256": list(hashes)}:
                texts = self._files.texts([str(each) for each in hashes], MAX_CHARACTERS)
                return {"found": bool(texts), "sources": {**texts}}
            case {"path": str(path)}:
                return self._resource(path)
        return {"found": False, "error": "a need-source has one of module, sha256 and path"}

    def _resource(self, path: str) -> wire.Message:
        if len(path) > MAX_PATH_CHARACTERS or not os.path.isabs(path):
            return {"found": False}
        try:
            if not self._files.is_inside(path):
                return {"found": False}
        except (OSError, ValueError):  # no file can be called so
            return {"found": False}
        try:
            if os.path.isdir(path):
                names = sorted(name for name in os.listdir(path) if self._files.is_inside(os.path.join(path, name)))
                return {"found": True, "names": [*names]}
            return {"found": True, "data": base64.b64encode(read_bytes(path, MAX_RESOURCE_BYTES)).decode()}
        except FileNotFoundError:
            return {"found": False}
        except (OSError, ValueError) as error:
            return {"found": False, "error": f"{path}: {error}"}


def _keys(told: Told) -> wire.Message:
    keys: wire.Message = {"module": told.file.module, "lang": told.file.lang}
    if told.file.path is not None:
        keys["path"] = told.file.path
    if told.file.locations is not None:
        keys["locations"] = [*told.file.locations]
    if told.source is not None:
        keys["sha256"] = told.source.sha256
    if told.error:
        keys["error"] = told.error
    if told.uses:
        keys["uses"] = [*told.uses]
    return keys
