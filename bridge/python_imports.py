"""Which modules the reader of Python code may import: those installed with this Python. A project's are only read.

Whoever infers types finds modules as an import would. For most he reads the source; those without one, in C, he
imports. This finder finds all of them, gives the text that an editor has not saved yet, and lets none of the project's
run.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from site import getsitepackages, getusersitepackages
from types import ModuleType
from typing import Final


class UnsavedTexts:
    """The texts of files that differ from what is on the disk. Saving a file again makes its text there count."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[bytes, float]] = {}

    def put(self, path: str, text: str) -> None:
        """The file has this text from now on."""
        self._texts[path] = text.encode(errors="replace"), modified(path)

    def get(self, path: str) -> bytes | None:
        """Its text, None when that on the disk counts."""
        text, since = self._texts.get(path, (None, 0.0))
        if text is not None and modified(path) > since:
            del self._texts[path]
            return None
        return text


class ReadingFinder:
    """The only finder of a process that reads code."""

    def __init__(self, unsaved: UnsavedTexts) -> None:
        self.seen: dict[str, float] = {}
        """What of the project was found or looked through, as paths -> when each was last changed; for its reader."""
        self._unsaved = unsaved
        self._installed = tuple({str(Path(each).resolve()) + "/" for each in _installation()})

    def install(self) -> None:
        """Find every module that is imported from now on, instead of what finds them now."""
        sys.meta_path[:] = [BuiltinImporter, FrozenImporter, self]

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As any finder. A C module of the project is not found."""
        for place in sys.path if path is None else path:
            self._note(place)
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or self._is_installed(spec.origin):
            return spec
        if not isinstance(spec.loader, SourceFileLoader):
            return None
        self._note(spec.origin)
        spec.loader = _ReadOnlyLoader(name, spec.origin, self._unsaved)
        return spec

    def _note(self, path: str) -> None:
        if path not in self.seen and not self._is_installed(path):
            self.seen[path] = modified(path)

    def _is_installed(self, path: str) -> bool:
        return f"{Path(path).resolve()}/".startswith(self._installed)


class _ReadOnlyLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, unsaved: UnsavedTexts) -> None:
        super().__init__(name, path)
        self._unsaved: Final = unsaved

    def get_data(self, path: str) -> bytes:
        text = self._unsaved.get(path)
        return super().get_data(path) if text is None else text

    def exec_module(self, module: ModuleType) -> None:
        raise ImportError(f"{self.path} belongs to a project: it is read, never run")


def _installation() -> list[str]:
    """The directories of the standard library and of installed packages."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return [*(sysconfig.get_path(name) for name in names), *getsitepackages(), getusersitepackages()]


def modified(path: str) -> float:
    """When the file or directory was last changed; 0 when it is not there."""
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0
