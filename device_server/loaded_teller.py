"""Tells the supervisor which of the project's files a worker has loaded, by hash, and which of them use which."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

from device_server import wire
from device_server.loaded import Loaded, LoadedSources

_PYTHON_IMPORTS = re.compile(r"^[ \t]*(?:from|import)\b[^\n(]*(?:\([^)]*\))?", re.MULTILINE)
_WORD = re.compile(r"\w+")
_FILES_A_FRAME = 1000


class LoadedTeller:
    """Sends what has changed since it was told last."""

    def __init__(self, loaded: LoadedSources, send: Callable[[wire.Message], None]) -> None:
        self._loaded = loaded
        self._send = send
        self._by_last_part: defaultdict[str, set[str]] = defaultdict(set)
        """The last part of a module's name -> the full names."""
        self._described: dict[str, tuple[Loaded, wire.Message]] = {}
        """By path, what was told last."""

    def tell(self) -> None:
        """Say what has changed. Costs nothing when nothing has."""
        self._tell(self._loaded.take_changed())

    def announce(self) -> None:
        """Say everything: whoever listens knows nothing of this process."""
        self._loaded.take_changed()
        self._send({"op": "loaded", "is_new": True, "files": {}})
        self._tell([each.path for each in self._loaded])

    def _tell(self, paths: list[str]) -> None:
        for start in range(0, len(paths), _FILES_A_FRAME):
            self._send({"op": "loaded", "files": self._told(paths[start : start + _FILES_A_FRAME])})

    def _told(self, paths: list[str]) -> wire.Message:
        found = {path: self._loaded.get(path) for path in paths}
        for each in found.values():
            if each is not None:
                self._by_last_part[_last_part(each.module)].add(each.module)
        return {path: None if each is None else self._describe(each) for path, each in found.items()}

    def _describe(self, loaded: Loaded) -> wire.Message:
        known, description = self._described.get(loaded.path, (None, {}))
        if known is not loaded:
            description = self._made(loaded)
            self._described[loaded.path] = loaded, description
        return description

    def _made(self, loaded: Loaded) -> wire.Message:
        """`uses` are those whose names it mentions where it imports: rather one too many than one too few."""
        words = set(_WORD.findall(_import_text(loaded)))
        uses = {name for word in words & self._by_last_part.keys() for name in self._by_last_part[word]}
        return {
            "module": loaded.module,
            "sha256": loaded.sha256,
            "uses": [*sorted(uses - {loaded.module})],
        }


def _import_text(loaded: Loaded) -> str:
    if loaded.lang == "python":
        return "\n".join(_PYTHON_IMPORTS.findall(loaded.text))
    return loaded.text.replace("-", "_")  # as in the names of modules


def _last_part(module: str) -> str:
    return module.rpartition(".")[2]
