"""The files behind the names of the project's modules, and their texts. Blocks; for use in one thread at a time.

Nothing outside the source roots is found, nor what a symbolic link in them leads to outside. A text is read again
unless its file is as it was, and had been so for a while when it was read: within the resolution of a file system's
clock, the same size and time do not mean the same text.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.mentions import absolute, basilisp_mentions, python_mentions
from bridge.source_text import read_text

LISP_ENDINGS: Final = (".lpy", ".cljc")
PASSED_OVER: Final = frozenset({"__pycache__", "node_modules", "venv", "env", "build", "dist", "site-packages"})
"""Folders whose files are not the project's, unless they are packages."""
MAX_FILES: Final = 4000
"""So many files are told of at once."""
MAX_CHARACTERS: Final = 64 * 1024 * 1024
"""So much text is kept, to be told when a device asks for it."""
_SETTLED_NS: Final = 2_000_000_000
_UNSAVED_FILES: Final = 256


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """What the project has for the name of a module."""

    module: str
    path: str | None
    """None for a package that is only folders."""
    locations: tuple[str, ...] | None
    """Where a package's modules are; None for a module that is no package."""
    lang: str = "python"


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a file, and what it may import."""

    text: str
    sha256: str
    mentions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a device is told of a module."""

    file: ModuleFile
    source: SourceText | None
    error: str
    """Why its file cannot be read; empty when it can, or when there is none."""
    uses: tuple[str, ...]
    """The modules of the project that it mentions, and the packages that these are in."""


@dataclass(frozen=True, slots=True)
class _Read:
    signature: tuple[int, ...]
    is_settled: bool
    source: SourceText


class ModuleFiles:
    """The modules below some folders."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self.roots: Final = tuple(map(str, roots))
        self._real_roots = tuple(os.path.realpath(root) for root in roots)
        self._reads: dict[str, _Read] = {}
        """By path, the oldest first."""
        self._texts: dict[str, str] = {}
        """By hash."""
        self._characters = 0
        self._unsaved: dict[str, tuple[SourceText, str]] = {}
        """By path, what an editor has, and the hash of what the disk had then."""

    def top_level(self) -> list[str]:
        """The names of the modules and packages at the top."""
        look = _Look(self.roots, self._real_roots)
        names = {name.partition(".")[0] for root in self.roots for name in look.entries(root)}
        return sorted(name for name in names if name not in PASSED_OVER and look.find(name) is not None)

    def closure(self, module: str) -> list[Told]:
        """The module, what it imports, what that imports, and so on; nothing when there is no such module."""
        look = _Look(self.roots, self._real_roots)
        found: dict[str, Told] = {}
        left = [module]
        while left and len(found) < MAX_FILES:
            name = left.pop()
            file = look.find(name) if name not in found else None
            if file is not None:
                found[name] = told = self._told(look, file)
                left += [each for each in reversed(told.uses) if each not in found]
        return [*found.values()]

    def texts(self, hashes: Sequence[str], limit: int) -> dict[str, str]:
        """Those of these that have been told of, as many as have at most `limit` characters together, at least one."""
        found: dict[str, str] = {}
        for sha256 in hashes:
            text = self._texts.get(sha256)
            if text is not None:
                limit -= len(text)
                if found and limit < 0:
                    break
                found[sha256] = text
        return found

    def note_unsaved(self, path: str, text: str) -> None:
        """An editor has another text than the disk: it counts until the disk has another than now."""
        self._unsaved.pop(path, None)
        try:
            saved = self.read(path)
        except (OSError, ValueError):  # there is nothing that could be imported
            return
        if text != saved.text:
            self._unsaved[path] = _source(path, text), saved.sha256
            if len(self._unsaved) > _UNSAVED_FILES:
                del self._unsaved[next(iter(self._unsaved))]

    def read(self, path: str) -> SourceText:
        """The text of a file, as its editor or the disk has it now. Raises: OSError, ValueError."""
        saved = self._saved(path)
        unsaved, before = self._unsaved.get(path, (None, ""))
        if unsaved is None or saved.sha256 != before:
            self._unsaved.pop(path, None)
            return saved
        self._keep(unsaved)
        return unsaved

    def is_outdated(self, path: str, sha256: str) -> bool:
        """Whether an editor has had another text of a file since the disk got the one with that hash."""
        return self._unsaved.get(path, (None, ""))[1] == sha256

    def is_inside(self, path: str) -> bool:
        """Whether a path, links resolved, is below the roots and not hidden."""
        return _is_inside(path, self._real_roots)

    def _told(self, look: _Look, file: ModuleFile) -> Told:
        if file.path is None:
            return Told(file, None, "", ())
        try:
            source = self.read(file.path)
        except (OSError, ValueError) as error:
            return Told(file, None, str(error), ())
        return Told(file, source, "", _uses(look, file, source))

    def _saved(self, path: str) -> SourceText:
        state = os.stat(path)
        signature = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        known = self._reads.get(path)
        if known is not None and known.is_settled and known.signature == signature and self._has(known.source):
            return known.source
        is_settled = time.time_ns() - max(state.st_mtime_ns, state.st_ctime_ns) > _SETTLED_NS
        source = _source(path, read_text(path))
        self._reads[path] = _Read(signature, is_settled, source)
        self._keep(source)
        return source

    def _has(self, source: SourceText) -> bool:
        return source.sha256 in self._texts

    def _keep(self, source: SourceText) -> None:
        if source.sha256 in self._texts:
            return
        self._texts[source.sha256] = source.text
        self._characters += len(source.text)
        while self._characters > MAX_CHARACTERS:
            self._characters -= len(self._texts.pop(next(iter(self._texts))))


class _Look:
    """One look at the folders: each is read once."""

    def __init__(self, roots: Sequence[str], real_roots: Sequence[str]) -> None:
        self._roots = roots
        self._real_roots = real_roots
        self._entries: dict[str, dict[str, bool]] = {}
        self._found: dict[str, ModuleFile | None] = {}
        self._parts: dict[str, tuple[str, ...]] = {}

    def known_parts(self, name: str) -> tuple[str, ...]:
        """The name's beginnings that are modules, the shortest first."""
        if name not in self._parts:
            parent, _, own = name.rpartition(".")
            parts = self.known_parts(parent) if parent else ()
            is_known = own != "" and (parts[-1:] == (parent,) or not parent) and self.find(name) is not None
            self._parts[name] = (*parts, name) if is_known else parts
        return self._parts[name]

    def find(self, name: str) -> ModuleFile | None:
        """What there is for a dotted name."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def entries(self, folder: str) -> dict[str, bool]:
        """What is in a folder: whether it is a folder, too. Hidden files and what leads outside are left out."""
        if folder not in self._entries:
            self._entries[folder] = dict(self._list(folder))
        return self._entries[folder]

    def _list(self, folder: str) -> Iterator[tuple[str, bool]]:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    is_safe = not entry.is_symlink() or _is_inside(entry.path, self._real_roots)
                    if not entry.name.startswith(".") and is_safe:
                        yield entry.name, entry.is_dir()
        except (OSError, ValueError):  # it is no folder any more, or none can be called so
            return

    def _find(self, name: str) -> ModuleFile | None:
        parent, _, own = name.rpartition(".")
        if not own.isidentifier():
            return None
        places = self._places(parent) if parent else self._roots
        return next(self._files(name, own, places), None) or self._folders(name, own, places)

    def _places(self, package: str) -> Sequence[str]:
        """The folders in which the modules of a package are."""
        found = self.find(package)
        return found.locations or () if found is not None else ()

    def _files(self, name: str, own: str, places: Sequence[str]) -> Iterator[ModuleFile]:
        """In the order in which Basilisp's finder, which is asked first, and Python's would have them."""
        for place in places:
            names, folder = self.entries(place), f"{place}/{own}"
            for ending in LISP_ENDINGS:
                inner = self.entries(folder) if names.get(own) else {}
                if inner.get(f"__init__{ending}") is False:
                    yield ModuleFile(name, f"{folder}/__init__{ending}", (folder,), "basilisp")
                if names.get(own + ending) is False:
                    has_more = any(
                        each.endswith((*LISP_ENDINGS, ".py")) or is_folder for each, is_folder in inner.items()
                    )
                    yield ModuleFile(name, folder + ending, (folder,) if has_more else None, "basilisp")
        for place in places:
            names, folder = self.entries(place), f"{place}/{own}"
            if names.get(own) and self.entries(folder).get("__init__.py") is False:
                yield ModuleFile(name, f"{folder}/__init__.py", (folder,))
            if names.get(f"{own}.py") is False:
                yield ModuleFile(name, f"{folder}.py", None)

    def _folders(self, name: str, own: str, places: Sequence[str]) -> ModuleFile | None:
        if own in PASSED_OVER:
            return None
        folders = tuple(f"{place}/{own}" for place in places if self.entries(place).get(own))
        return ModuleFile(name, None, folders) if folders else None


def _has_code(entries: Mapping[str, bool]) -> bool:
    return any(is_folder or name.endswith((*LISP_ENDINGS, ".py")) for name, is_folder in entries.items())


def _uses(look: _Look, file: ModuleFile, source: SourceText) -> tuple[str, ...]:
    names = (absolute(each, file.module, is_package=file.locations is not None) for each in source.mentions)
    used = dict.fromkeys(part for name in names if name for part in look.known_parts(name))
    used.pop(file.module, None)
    return tuple(used)


def _is_inside(path: str, real_roots: Sequence[str]) -> bool:
    real = os.path.realpath(path)
    for root in real_roots:
        if real == root:
            return True
        if real.startswith(root.rstrip(os.sep) + os.sep):
            return not any(part.startswith(".") for part in os.path.relpath(real, root).split(os.sep))
    return False


def _source(path: str, text: str) -> SourceText:
    mentions = python_mentions if path.endswith(".py") else basilisp_mentions
    sha256 = hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()
    return SourceText(text, sha256, mentions(text))
