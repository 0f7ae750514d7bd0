"""Which folders and files of a project are its source: not what git ignores, nor what tools have put there.

It reads `.gitignore` files and lists folders; it reads no source.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.project_sources import LANGUAGES

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE: Final = ".gitignore"
PASSED_OVER: Final = frozenset({"__pycache__", "node_modules", "site-packages"})
"""Folders that hold no source of the project, besides hidden ones and virtual environments."""
VENV_MARK: Final = "pyvenv.cfg"
MAX_FOLDERS: Final = 5000
"""No more folders are watched: the system watches only so many, and a home directory is no project."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one folder's `.gitignore` says, and those of the folders above it."""

    folder: str
    spec: GitIgnoreSpec
    above: _Rules | None

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """The deepest `.gitignore` that says something about the path decides."""
        rules: _Rules | None = self
        while rules is not None:
            inside = os.path.relpath(path, rules.folder) + ("/" if is_folder else "")
            said = rules.spec.check_file(inside).include
            if said is not None:
                return said
            rules = rules.above
        return False


class SourceTree:
    """The folders that hold source below some roots, as they were when it was made. Making it blocks."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self.is_cut = False
        """Whether there are more than MAX_FOLDERS."""
        self._rules: dict[str, _Rules | None] = {}
        for root in roots:
            if root.is_dir():
                self._walk(str(root), _rules_above(root))

    @property
    def folders(self) -> Mapping[str, object]:
        """Absolute paths of all folders, those above first."""
        return self._rules

    def is_source(self, path: str) -> bool:
        """Whether a file of that absolute path would be source of the project."""
        folder, name = os.path.split(path)
        if folder not in self._rules or name.startswith(".") or os.path.splitext(name)[1] not in LANGUAGES:
            return False
        rules = self._rules[folder]
        return rules is None or not rules.ignores(path, is_folder=False)

    def files(self, folder: str) -> Iterator[str]:
        """The source files in a folder, not in those below it; of one that has gone, none."""
        try:
            entries = sorted(os.listdir(folder))
        except OSError:
            return
        yield from (path for name in entries if self.is_source(path := os.path.join(folder, name)))

    def _walk(self, root: str, above: _Rules | None) -> None:
        waiting: list[tuple[str, _Rules | None]] = [(root, above)]
        while waiting:
            folder, rules = waiting.pop()
            if folder in self._rules:
                continue
            if len(self._rules) == MAX_FOLDERS:
                self.is_cut = True
                return
            try:
                names = _names(folder)
            except OSError:  # it has gone, or may not be read
                continue
            self._rules[folder] = rules = _rules_of(folder, rules)
            waiting += [(path, rules) for name in reversed(names) if _is_entered(path := f"{folder}/{name}", rules)]


def _names(folder: str) -> list[str]:
    """Of the folders in it. Raises: OSError."""
    with os.scandir(folder) as entries:
        names = sorted(each.name for each in entries if each.is_dir(follow_symlinks=False))
    return [name for name in names if not name.startswith(".") and name not in PASSED_OVER and _is_text(name)]


def _is_entered(folder: str, rules: _Rules | None) -> bool:
    is_venv = os.path.exists(f"{folder}/{VENV_MARK}")
    return not is_venv and (rules is None or not rules.ignores(folder, is_folder=True))


def _is_text(name: str) -> bool:
    """Whether it can be told to those who know no names but in UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _rules_of(folder: str, above: _Rules | None) -> _Rules | None:
    from pathspec import GitIgnoreSpec  # 9 ms: nobody is to wait for that when the bridge starts

    try:
        with open(f"{folder}/{IGNORE_FILE}", encoding="utf-8", errors="replace") as file:
            return _Rules(folder, GitIgnoreSpec.from_lines(file), above)
    except (OSError, ValueError):  # there is none, or it has a pattern that is none
        return above


def _rules_above(root: Path) -> _Rules | None:
    """Those of the folders above, up to the one that holds the repository."""
    above: list[Path] = []
    for folder in (root, *root.parents):
        above.append(folder)
        if (folder / ".git").exists():
            break
    else:
        return None  # no repository: what lies above is no business of the project's
    rules = None
    for folder in reversed(above[1:]):
        rules = _rules_of(str(folder), rules)
    return rules
