"""The Python that a session has evaluated, as text: what completion and lookup read. It parses nothing."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from middleware.mirror import MAIN

LIMIT_CHARS: Final = 256 * 1024
"""So much of what was typed is kept; the oldest is forgotten first, and what is longer alone is not kept at all."""
LIMIT_FILES_CHARS: Final = 1024 * 1024
"""The same for the texts of loaded files."""


class PythonSource:
    """What one session has evaluated and loaded. It is the session's own: whose code it is, is told by identity."""

    def __init__(self) -> None:
        self._typed: deque[tuple[str, str]] = deque()
        self._typed_chars = 0
        self._files: OrderedDict[str, str] = OrderedDict()
        self._files_chars = 0

    def typed(self, ns: str = MAIN) -> list[str]:
        """What was evaluated in a module, one text for each eval, the oldest first."""
        return [code for name, code in self._typed if name == ns]

    def files(self) -> dict[str, str]:
        """Path of a file -> its text when it was loaded, which may not have been saved."""
        return dict(self._files)

    def add(self, code: str, ns: str = MAIN) -> None:
        """Remember code that was evaluated in module `ns`."""
        if len(code) > LIMIT_CHARS:
            return
        self._typed.append((ns, code))
        self._typed_chars += len(code)
        while self._typed_chars > LIMIT_CHARS:
            self._typed_chars -= len(self._typed.popleft()[1])

    def load(self, path: str, text: str) -> None:
        """Remember the text of a file that was loaded, instead of the one it had before."""
        self._files_chars -= len(self._files.pop(path, ""))
        if len(text) > LIMIT_FILES_CHARS:
            return
        self._files[path] = text
        self._files_chars += len(text)
        while self._files_chars > LIMIT_FILES_CHARS:
            self._files_chars -= len(self._files.popitem(last=False)[1])
