"""What one application of edits does to the whole program, and what is to be told of it. Not one module's part."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack

from device_server.loaded import LoadedSources
from device_server.reload import Outcome, State
from device_server.reload.python_classes import Classes
from device_server.reload.python_functions import Functions
from device_server.reload.python_lineage import Lineage


class Program:
    """Shared by the modules that are changed together."""

    def __init__(self, undo: ExitStack, loaded: LoadedSources, lineage: Lineage) -> None:
        self.undo = undo
        self.functions = Functions(undo, lineage)
        self.classes = Classes(self.functions, undo)
        self.changed: dict[str, dict[str, object]] = {}
        """Module -> its names that other modules may have imported and that are bound to something else now, with what
        they were bound to."""
        self.resets: list[str] = []
        """What was made again and may have held state."""
        self.kept: list[str] = []
        """Values that stay as the program has set them, though their literals are others."""
        self._loaded = loaded
        self._reloaded: dict[str, None] = {}
        self._has_run = False

    def note_reloaded(self, module: str) -> None:
        """Some of its code is new or runs again."""
        self._reloaded[module] = None

    def before_running(self) -> None:
        """The program's code is about to run: what it imports is to be gone when that is undone."""
        if not self._has_run:
            self._has_run = True
            paths = [each.path for each in self._loaded]
            self.undo.callback(self._forget_imports, frozenset(sys.modules), frozenset(paths))

    def _forget_imports(self, names: frozenset[str], paths: frozenset[str]) -> None:
        for name in [*sys.modules]:
            if name not in names:
                module = sys.modules.pop(name)
                package, _, own_name = name.rpartition(".")
                if vars(sys.modules[package]).get(own_name) is module if package in sys.modules else False:
                    delattr(sys.modules[package], own_name)
        for each in self._loaded:
            if each.path not in paths:
                self._loaded.forget(each.path)

    def outcome(self) -> Outcome:
        """What was done."""
        left, migrated = self.classes.left, self.classes.migrated
        state = State.RESET if self.resets or left else State.MIGRATED if migrated else State.KEPT
        told = [
            *_told(self.resets, "made again: "),
            *_told(migrated, "moved to the new class: "),
            *left,
            *_told(self.kept, "as the program has set it: "),
        ]
        stale = tuple(dict.fromkeys(self.functions.stale))
        return Outcome(tuple(self._reloaded), state, "; ".join(told), stale)


def _told(names: Iterable[str], title: str) -> list[str]:
    joined = ", ".join(dict.fromkeys(names))
    return [title + joined] if joined else []
