"""Watches folders by looking at them again and again: for where the system does not tell of changes. It blocks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Event
from typing import Final, TypeAlias

POLL_S: Final = 1.0
_Seen: TypeAlias = dict[str, tuple[int, int, int]]
"""Path -> when it was changed, in nanoseconds, its size, its inode."""


class Polling:
    """The folders, not those below them. As watchfiles' RustNotify, as far as watching.py uses that."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = folders
        self._seen = self._look()

    def watch(self, _debounce_ms: int, _step_ms: int, timeout_ms: int, stop: Event) -> set[tuple[int, str]]:
        """Kinds, which say nothing here, and paths of what has changed; none after that time, or when it is stopped."""
        for _ in range(max(1, int(timeout_ms / (POLL_S * 1000)))):
            if stop.wait(POLL_S):
                break
            before, self._seen = self._seen, self._look()
            if before != self._seen:
                return {(0, path) for path, _ in before.items() ^ self._seen.items()}
        return set()

    def close(self) -> None:
        """There is nothing to close."""

    def _look(self) -> _Seen:
        seen: _Seen = {}
        for folder in self._folders:
            try:
                with os.scandir(folder) as entries:
                    for each in entries:
                        state = each.stat(follow_symlinks=False)
                        seen[each.path] = (state.st_ctime_ns, state.st_size, state.st_ino)
            except OSError:  # it has gone, or may not be read: then it has no files
                continue
        return seen
