"""The project's own files, by the names that code uses for them. Not the device's: see device_files.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import trio

from bridge.project import source_roots

CODE: Final = frozenset({".py", ".pyc", ".pyi", ".lpy", ".lpyc", ".clj", ".cljc", ".cljs", ".so", ".pyd"})
PASSED_OVER: Final = frozenset({"__pycache__", "node_modules", "venv", "build", "dist", "site-packages"})
"""Folders, beside hidden ones, whose files are not the project's."""
MAX_FILES: Final = 10_000
"""No more files are looked at for a list."""


class ProjectFiles:
    """The files of the project at a root. A middleware.host_files.ProjectFiles."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def source_roots(self) -> list[str]:
        """See the Protocol."""
        return [str(root) for root in source_roots(self._root) if root.is_dir()]

    async def find(self, name: str) -> str | None:
        """See the Protocol. A name leads nowhere outside the roots."""
        if ".." in PurePosixPath(name).parts or name.startswith("/"):
            return None
        return await trio.to_thread.run_sync(self._find, name, abandon_on_cancel=True)

    async def resources(self) -> dict[str, str]:
        """See the Protocol; the first ten thousand files are looked at."""
        return await trio.to_thread.run_sync(self._resources, abandon_on_cancel=True)

    def _find(self, name: str) -> str | None:
        places = (str(root / name) for root in source_roots(self._root))
        return next(filter(os.path.isfile, places), None)

    def _resources(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for root in source_roots(self._root):
            for path in _files(root):
                if path.suffix not in CODE:
                    found.setdefault(path.relative_to(root).as_posix(), str(path))
        return dict(sorted(found.items()))


def _files(root: Path) -> Iterator[Path]:
    left = MAX_FILES
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in PASSED_OVER)
        for name in sorted(names)[:left]:
            left -= 1
            if not name.startswith("."):
                yield Path(folder, name)
        if left <= 0:
            return
