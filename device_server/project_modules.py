"""What the supervisor knows of the project's modules: their files by hash, who uses whom, which are edited. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from device_server import wire

HOT: int = 8
"""So many files that were edited last are left out of templates."""


@dataclass(frozen=True, slots=True)
class _File:
    module: str
    sha256: str
    uses: frozenset[str]


class ProjectModules:
    """The project as one process has loaded it."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        """By path, in the order in which they were loaded."""
        self._seen: dict[str, str] = {}
        """Path -> the hash that it had last, whether it is loaded now or not."""
        self._hot: dict[str, None] = {}
        """Paths of files that have been edited, the latest last."""
        self._unfit: set[str] = set()

    def learn(self, frame: wire.Message) -> None:
        """Take what a worker has told in a `loaded` frame; see loaded_teller.py."""
        if frame.get("is_new") is True:
            self._files = {}
        files = frame.get("files")
        for path, told in files.items() if isinstance(files, dict) else ():
            self._note(path, _parse(told))

    def _note(self, path: str, file: _File | None) -> None:
        if file is None:
            self._files.pop(path, None)
            return
        if self._seen.get(path, file.sha256) != file.sha256:
            self._hot.pop(path, None)
            self._hot[path] = None
            if len(self._hot) > HOT:
                del self._hot[next(iter(self._hot))]
            self._unfit.discard(file.module)
        self._seen[path] = file.sha256
        self._files[path] = file

    def begin_with(self, other: ProjectModules) -> None:
        """Another process has taken the place of the one that has told: so far, it has loaded what that one had."""
        self._files = {**other._files}

    def leave_out(self, modules: Iterable[str]) -> None:
        """They cannot be in a template, until they are edited."""
        self._unfit.update(modules)

    @property
    def names(self) -> list[str]:
        """All modules, in the order in which they were loaded."""
        return [file.module for file in self._files.values()]

    @property
    def bulk(self) -> list[str]:
        """The modules for a template: all but those that are edited or unfit, and those that need them."""
        hot = {file.module for path, file in self._files.items() if path in self._hot}
        left_out = self._needing(hot, self._unfit)
        return [name for name in self.names if name not in left_out]

    def affected(self, paths: Iterable[str], names: Iterable[str]) -> set[str]:
        """The modules that an edit may affect of the files at those paths, or else of those names: they, and all that
        use them; empty when nothing of it is loaded."""
        known = {self._files[path].module for path in paths if path in self._files}
        return self._needing(known or {*names} & {*self.names}, set())

    def includes(self, other: ProjectModules) -> bool:
        """Whether each file that is loaded there is loaded here, with the same text."""
        return all(
            (ours := self._files.get(path)) and ours.sha256 == file.sha256 for path, file in other._files.items()
        )

    def _needing(self, modules: set[str], others: set[str]) -> set[str]:
        """These, the others, and all that use any of them, or are in a package that does."""
        users = defaultdict(set)
        for file in self._files.values():
            for used in {*file.uses, *_packages(file.module)}:
                users[used].add(file.module)
        found: set[str] = set()
        waiting = [*modules, *others]
        while waiting:
            module = waiting.pop()
            if module not in found:
                found.add(module)
                waiting += users[module]
        return found


def _parse(told: wire.JSON) -> _File | None:
    match told:
        case {"module": str(module), "sha256": str(sha256), "uses": list(uses)}:
            return _File(module, sha256, frozenset(map(str, uses)))
    return None


def _packages(module: str) -> list[str]:
    """Those that a module is in, which are imported before it."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]
