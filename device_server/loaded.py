"""The project's files as this worker has loaded them: what an edit is compared with.

Not what is on disk, nor what was read last: a file that was read and failed to load is not here. Lives in the worker's
memory, so that a restored state knows what that state had loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file, as it was when its module was made of it, or when the latest edit of it was applied."""

    module: str
    """The key of `sys.modules`; for Basilisp, the namespace's module."""
    path: str
    """The host's path, absolute: the module's `__file__`."""
    lang: str
    text: str


class LoadedSources:
    """Every loaded file of the project, by its path."""

    def __init__(self) -> None:
        self._by_path: dict[str, Loaded] = {}

    def note(self, loaded: Loaded) -> None:
        """From now on this is what the path's module is made of."""
        self._by_path[loaded.path] = loaded

    def forget(self, path: str) -> None:
        """What the path's module is made of is not known any more."""
        self._by_path.pop(path, None)

    def get(self, path: str) -> Loaded | None:
        """What was loaded from there."""
        return self._by_path.get(path)

    def __iter__(self) -> Iterator[Loaded]:
        """In the order in which they were first loaded."""
        return iter([*self._by_path.values()])


@lru_cache(maxsize=4096)
def sha256(text: str) -> str:
    """The hash by which host and device know a text. A lone surrogate, which has no UTF-8, counts as its escape."""
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()
