"""The project's files as this worker has loaded them: what an edit is compared with.

Not what is on disk, nor what was read last: a file that was read and failed to load is not here. Lives in the worker's
memory, so that a restored state knows what that state had loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Loaded:
    """One file, as it was when its module was made of it, or when the latest edit of it was applied."""

    module: str
    """The key of `sys.modules`; for Basilisp, the namespace's module."""
    path: str
    """The host's path, absolute: the module's `__file__`."""
    lang: str
    text: str

    @cached_property
    def sha256(self) -> str:
        """See `hash_of`. Kept with the text and no longer: a program is edited all day."""
        return hash_of(self.text)


def hash_of(text: str) -> str:
    """The hash by which host and device know a text. A lone surrogate, which has no UTF-8, counts as its escape."""
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()


_WORD = "reload"


class LoadedSources:
    """Every loaded file of the project, by its path."""

    def __init__(self) -> None:
        self._by_path: dict[str, Loaded] = {}
        self._speaking: dict[str, None] = {}
        """The paths of those whose text has the word, in the order in which they were loaded."""
        self._changed: dict[str, None] = {}

    def note(self, loaded: Loaded) -> None:
        """From now on this is what the path's module is made of."""
        self._by_path[loaded.path] = loaded
        if _WORD in loaded.text:
            self._speaking[loaded.path] = None
        else:
            self._speaking.pop(loaded.path, None)
        self._changed[loaded.path] = None

    def forget(self, path: str) -> None:
        """What the path's module is made of is not known any more."""
        self._by_path.pop(path, None)
        self._speaking.pop(path, None)
        self._changed[path] = None

    def take_changed(self) -> list[str]:
        """The paths that were noted or forgotten since this was asked last, in order."""
        changed, self._changed = self._changed, {}
        return [*changed]

    def get(self, path: str) -> Loaded | None:
        """What was loaded from there."""
        return self._by_path.get(path)

    def of_module(self, module: str) -> Loaded | None:
        """What was loaded as that module; asked for files whose path says nothing, it looks at all of them."""
        return next((each for each in self._by_path.values() if each.module == module), None)

    def speaking_of_reload(self) -> list[Loaded]:
        """Those whose text has the word `reload`: the others have no hooks and no marks, and are not looked at."""
        return [self._by_path[path] for path in self._speaking]

    def snapshot(self) -> LoadedSources:
        """What is loaded at this moment, for `restore`."""
        copy = LoadedSources()
        copy.restore(self)
        return copy

    def restore(self, snapshot: LoadedSources) -> None:
        """Nothing has been loaded since."""
        for path in {**self._by_path, **snapshot._by_path}:
            if self._by_path.get(path) is not snapshot._by_path.get(path):
                self._changed[path] = None
        self._by_path, self._speaking = {**snapshot._by_path}, {**snapshot._speaking}

    def __iter__(self) -> Iterator[Loaded]:
        """In the order in which they were first loaded."""
        return iter([*self._by_path.values()])
