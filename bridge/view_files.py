"""Finds the views of the project's files by reading them, each again only when it has changed. A ViewSources."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import trio

from bridge.project import ProjectError, module_name, settings
from bridge.project_sources import LANGUAGES
from bridge.source_text import read_text
from bridge.source_tree import SourceTree
from device_server import wire
from middleware import clojure_views, python_views
from middleware.request import Refusal
from middleware.view_sources import FileViews, Found, ViewSources

_READERS: Final[dict[str, Callable[[str], Found]]] = {"python": python_views.read, "basilisp": clojure_views.read}
_State: TypeAlias = tuple[int, int, int]
"""What tells a changed file: its inode, its size, when it was changed."""


class ViewFiles(ViewSources):
    """The views of the project at `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, tuple[_State, FileViews]] = {}
        self._lock = trio.Lock()

    async def find(self, path: str | None) -> list[FileViews]:
        """See the Protocol."""
        async with self._lock:  # the second to ask finds what the first has read
            return await trio.to_thread.run_sync(self._find, path)

    def hosting(self, path: str | None) -> wire.Message:
        """See the Protocol."""
        try:
            setup = settings(self._root).get("setup")
        except ProjectError as error:
            raise Refusal(str(error), "bad-project") from error
        told: wire.Message = {"setup": setup} if isinstance(setup, str) else {}
        if path is not None:
            module, lang = module_name(self._root, os.path.normpath(self._root / path)), _language(path)
            if module is None:
                raise Refusal(f"The project at {self._root} cannot import {path}", "bad-path")
            told |= {"module": module, "lang": lang}
        return told

    def _find(self, path: str | None) -> list[FileViews]:
        start = os.path.normpath(self._root / (path or ""))
        if not os.path.exists(start):
            raise Refusal(f"There is no file or folder {start}", "bad-path")
        files = [start] if os.path.isfile(start) else [*_files(Path(start))]
        states = {file: state for file in files if (state := _state(file)) is not None}
        if path is None:
            self._known = {file: known for file, known in self._known.items() if file in states}
        listed = (self._read(file, state) for file, state in states.items())
        return [each for each in listed if each.found.views or each.found.previews or each.found.problem]

    def _read(self, path: str, state: _State) -> FileViews:
        known = self._known.get(path)
        if known is None or known[0] != state:
            module = module_name(self._root, path) or Path(path).stem
            known = self._known[path] = (state, FileViews(path, module, _found(path)))
        return known[1]


def _files(folder: Path) -> Iterator[str]:
    tree = SourceTree([folder])
    for each in tree.folders:
        yield from tree.files(each)


def _found(path: str) -> Found:
    reader = _READERS[_language(path)]
    try:
        return reader(read_text(path))
    except (OSError, ValueError) as error:
        return Found(problem=str(error))


def _language(path: str) -> str:
    lang = LANGUAGES.get(os.path.splitext(path)[1])
    if lang is None:
        raise Refusal(f"{path} is no source file: those end with {', '.join(LANGUAGES)}", "bad-path")
    return lang


def _state(path: str) -> _State | None:
    try:
        told = os.stat(path)
    except OSError:  # gone
        return None
    return (told.st_ino, told.st_size, told.st_ctime_ns) if stat.S_ISREG(told.st_mode) else None
