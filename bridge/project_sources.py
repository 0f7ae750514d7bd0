"""Reads the project's source files, in a thread, so that a slow disk keeps nobody waiting but the one who asks."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import trio

from bridge.project import module_name
from bridge.source_text import MAX_BYTES, decoded
from middleware.project_sources import SourceFile

LANGUAGES: Final = {".lpy": "basilisp", ".cljc": "basilisp", ".py": "python"}
TEST_FILES: Final = tuple(f"{stem}{ending}" for stem in ("test_*", "*_test") for ending in LANGUAGES)
ROOTS: Final = ("src", "", "test", "tests")
"""Folders of a project in which a namespace is looked for."""
PASSED_OVER: Final = frozenset({"__pycache__", "node_modules", "venv", "env", "build", "dist", "target"})
"""Folders, besides hidden ones, that hold no tests of the project."""
MAX_FOLDERS: Final = 2000
"""So many folders are searched for tests, lest a home directory be taken for a project."""


class ProjectSources:
    """The files of the project at `root`. See middleware.project_sources.ProjectSources."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def read(self, paths: Collection[str]) -> dict[str, SourceFile]:
        """See the Protocol."""
        return await trio.to_thread.run_sync(self._read_all, paths, abandon_on_cancel=True)

    async def find(self, names: Collection[str]) -> dict[str, SourceFile]:
        """See the Protocol."""
        return await trio.to_thread.run_sync(self._find_all, names, abandon_on_cancel=True)

    async def tests(self) -> list[SourceFile]:
        """See the Protocol."""
        return await trio.to_thread.run_sync(self._tests, abandon_on_cancel=True)

    def _read_all(self, paths: Collection[str]) -> dict[str, SourceFile]:
        found = ((path, self._read(Path(os.path.normpath(self._root / path)))) for path in paths)
        return {path: file for path, file in found if file is not None}

    def _find_all(self, names: Collection[str]) -> dict[str, SourceFile]:
        found = ((name, self._find(name)) for name in names)
        return {name: file for name, file in found if file is not None}

    def _find(self, name: str) -> SourceFile | None:
        place = name.replace("-", "_").replace(".", "/")
        candidates = (self._root / root / f"{place}{ending}" for root in ROOTS for ending in LANGUAGES)
        return next((file for path in candidates if (file := self._read(path)) is not None), None)

    def _tests(self) -> list[SourceFile]:
        found = (self._read(path) for path in sorted(self._test_files()))
        return [file for file in found if file is not None]

    def _test_files(self) -> Iterator[Path]:
        for count, (folder, folders, names) in enumerate(os.walk(self._root)):
            folders[:] = [each for each in folders if not each.startswith(".") and each not in PASSED_OVER]
            if count == MAX_FOLDERS:
                return
            yield from (Path(folder, name) for name in names if any(fnmatchcase(name, each) for each in TEST_FILES))

    def _read(self, path: Path) -> SourceFile | None:
        """None when it is not the project's, is no source, or cannot be read."""
        lang = LANGUAGES.get(path.suffix)
        if lang is None or not path.is_relative_to(self._root):
            return None
        try:
            state = path.stat()
            if not stat.S_ISREG(state.st_mode) or state.st_size > MAX_BYTES:
                return None
            return source_file(self._root, path, path.read_bytes())
        except (OSError, ValueError):  # gone, unreadable, no text
            return None


def source_file(root: Path, path: Path, data: bytes) -> SourceFile:
    """A file of the project at `root`, which is source by its name and holds these bytes. Raises: ValueError."""
    lang = LANGUAGES[path.suffix]
    name = module_name(root, str(path)) or path.stem
    return SourceFile(str(path), name, lang, decoded(data, path))
