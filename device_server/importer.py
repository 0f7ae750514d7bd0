"""Imports the project's modules from the host: finders for `sys.meta_path`, and the loader of what they find.

Every device goes this way, the embedded one too, although it has the same disk: what is loaded is then known by its
text, never by the time at which a file or a cache was written. A finder before all others takes the names at the top of
the project, and what is below them, as the project's folders would at the head of `sys.path`. Another, behind them all,
asks for names that nobody has: a file may have been added. Without a host, the ordinary finders are left alone.

One answer of the host tells of all that a module imports, and holds while that is being imported: so the number of
questions does not grow with the project.
"""

from __future__ import annotations

import importlib.abc
import os
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.resources.abc import TraversableResources
from types import CodeType, ModuleType

from device_server import wire
from device_server.host_resources import HostResources
from device_server.host_sources import HostError, HostSources, ProjectFile
from device_server.kept_modules import KeptModules
from device_server.languages.importing import Importing
from device_server.loaded import Loaded, LoadedSources

_OURS = __name__.partition(".")[0]
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_ANSWER_S = 2.0
"""So long, and no longer than the import that it was asked for, an answer of the host holds."""
_monotonic, _listdir = time.monotonic, os.listdir  # bound here: user code may replace them


class ProjectImporter:
    """What this worker knows of the host's project."""

    def __init__(
        self, host: HostSources, kept: KeptModules, loaded: LoadedSources, languages: Mapping[str, Importing]
    ) -> None:
        self.host = host
        self.loaded = loaded
        self._kept = kept
        self._languages = languages
        self._roots: tuple[str, ...] = ()
        self._own_roots: tuple[str, ...] = ()
        """Those that are on this device's disk: all of the embedded device."""
        self._names: frozenset[str] = frozenset()
        self._is_known = False
        self._told: dict[str, ProjectFile] = {}
        """By module, what the host has told for the import that goes on."""
        self._texts: dict[str, str] = {}
        """By hash, likewise."""
        self._told_at = 0.0
        self._running: set[object] = set()
        """One for each module of the project that is running now, on whichever thread."""

    def install(self) -> None:
        """Take part in this process's imports."""
        sys.meta_path.insert(0, _Before(self))
        sys.meta_path.append(_Behind(self))

    def know(self, project: wire.JSON) -> None:
        """What hosts have said of the project: {roots, modules}, or None when there is no host that has one."""
        told = project if isinstance(project, dict) else {}
        self._is_known = project is not None
        self._roots = _texts(told.get("roots"))
        self._own_roots = tuple(root for root in self._roots if os.path.isdir(root))
        self._names = frozenset(_texts(told.get("modules"))) - {_OURS}

    def is_projects(self, name: str, path: Sequence[str] | None) -> bool:
        """Whether a module of that name is to be taken from the project, if the project has it."""
        if path is None:
            return name in self._names or (name != _OURS and self._is_on_disk(name))
        return name.partition(".")[0] != _OURS and any(map(self._is_inside, path))

    def may_be_new(self, name: str) -> bool:
        """Whether the project may have got a module at its top that nobody else has."""
        is_settled = name in self._names or name in sys.stdlib_module_names or name == _OURS
        return self._is_known and not is_settled

    def spec(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """For an import; None when the project has no such module. Raises: ImportError, when the host cannot say."""
        try:
            file = self._file(name)
        except HostError as error:
            raise ImportError(f"The source of {name} cannot be had: {error}", name=name) from None
        if file is None or not _is_below(file, path):
            return None
        if file.error is not None:
            raise ImportError(f"{file.path}: {file.error}", name=name, path=file.path)
        if file.path is None and _is_regular(PathFinder.find_spec(name, path)):
            return None
        if file.path is not None and file.lang not in self._languages:
            raise ImportError(f"{file.path} is {file.lang}, which this device does not have", name=name)
        loader = ProjectLoader(self, file)
        spec = ModuleSpec(name, loader, origin=file.path, is_package=file.locations is not None)
        spec.submodule_search_locations = None if file.locations is None else [*file.locations]
        spec.has_location = file.path is not None
        return spec

    def create(self, file: ProjectFile, spec: ModuleSpec) -> ModuleType | None:
        """See Importing."""
        return None if file.path is None else self._languages[file.lang].create(spec)

    def run(self, file: ProjectFile, module: ModuleType) -> None:
        """Make a module of the file, and note with what text."""
        if file.path is None:
            module.__file__ = None  # as Python has it
            return
        with self._counted():
            language, compiler = self._languages[file.lang], self._compiler(file)
            kept = self._kept.get(file.sha256, file.path, compiler) if compiler is not None else None
            if kept is not None:
                text, codes = kept
                language.run(module, codes, file.path)
            else:
                text = self.text(file)
                codes = language.compile_and_run(module, text, file.path)
                if compiler is not None and self._compiler(file) == compiler:
                    self._kept.keep(file.sha256, file.path, compiler, text, codes)
            self.loaded.note(Loaded(module.__name__, file.path, file.lang, text))

    def text(self, file: ProjectFile) -> str:
        """The text of a file that the host has told of. Raises: ImportError."""
        if (text := self._texts.get(file.sha256)) is not None:
            return text
        try:
            texts = dict(self.host.texts([file.sha256]))
        except HostError as error:
            raise ImportError(f"The source of {file.module} cannot be had: {error}", name=file.module) from None
        if file.sha256 not in texts:
            raise ImportError(f"{file.path} has changed while it was imported; import it again", name=file.module)
        return texts[file.sha256]

    def _is_on_disk(self, name: str) -> bool:
        """Whether it has been added to a root that this device sees, too: the ordinary finders would find it there."""
        return any(entry.partition(".")[0] == name for root in self._own_roots for entry in _listed(root))

    def _is_inside(self, folder: str) -> bool:
        """Whether it is a folder of the project, and not of what is installed in it, as in a `.venv`."""
        for root in self._roots:
            if folder == root or folder.startswith(root + os.sep):
                parts = folder[len(root) :].split(os.sep)
                return _INSTALLED.isdisjoint(parts) and not any(part.startswith(".") for part in parts)
        return False

    @contextmanager
    def _counted(self) -> Iterator[None]:
        this = object()
        self._running.add(this)
        try:
            yield
        finally:
            self._running.discard(this)
            if not self._running:
                self._told.clear()
                self._texts.clear()

    def _file(self, name: str) -> ProjectFile | None:
        """What the project has for the name. Raises: HostError."""
        is_fresh = self._running and _monotonic() - self._told_at < _ANSWER_S
        if is_fresh and name in self._told:
            return self._told[name]
        files = self.host.files(name)
        if not self._running:
            self._told = {}
        if not is_fresh:
            self._told_at = _monotonic()
        told = self._told
        told.update((file.module, file) for file in files)
        wanted = [file.sha256 for file in files if self._is_wanted(file)]
        self._texts.update(self.host.texts(wanted))
        return told.get(name) if files else None

    def _is_wanted(self, file: ProjectFile) -> bool:
        """Whether it will be read, and is not kept here."""
        if file.path is None or file.error is not None or file.sha256 in self._texts:
            return False
        compiler = self._compiler(file)
        return compiler is None or not self._kept.has(file.sha256, file.path, compiler)

    def _compiler(self, file: ProjectFile) -> str | None:
        """What the code of a file depends on beside its text; None when that is not what is loaded."""
        language = self._languages.get(file.lang)
        if language is None or not language.is_expanding:
            return "" if language is None else language.compiler
        used = self._used(file)
        if used is None or not all(map(self._is_as_told, used)):
            return None
        return " ".join((language.compiler, *sorted(f"{each.module} {each.sha256}" for each in used)))

    def _used(self, file: ProjectFile) -> Collection[ProjectFile] | None:
        """All that the file uses of the project, and what that uses; None when the host has not told all of it."""
        found: dict[str, ProjectFile] = {}
        left = [*file.uses]
        while left:
            used = self._told.get(left.pop())
            if used is None:
                return None
            if used.module not in found:
                found[used.module] = used
                left += used.uses
        return found.values()

    def _is_as_told(self, file: ProjectFile) -> bool:
        """Whether what is loaded of the file, if it is, is what the host has told."""
        loaded = self.loaded.get(file.path) if file.path is not None else None
        if loaded is None:
            return True
        module, language = sys.modules.get(loaded.module), self._languages[loaded.lang]
        return loaded.sha256 == file.sha256 and (module is None or language.is_as_loaded(module, loaded.path))


class ProjectLoader(importlib.abc.InspectLoader):
    """Loads one module of the project."""

    def __init__(self, importer: ProjectImporter, file: ProjectFile) -> None:
        self._importer = importer
        self._file = file

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """See importlib."""
        return self._importer.create(self._file, spec)

    def exec_module(self, module: ModuleType) -> None:
        """See importlib."""
        self._importer.run(self._file, module)

    def is_package(self, fullname: str) -> bool:
        """See importlib."""
        return self._file.locations is not None

    def get_filename(self, fullname: str) -> str:
        """See importlib."""
        if self._file.path is None:
            raise ImportError(f"{fullname} is no file", name=fullname)
        return self._file.path

    def get_source(self, fullname: str) -> str | None:
        """The text as it is loaded; before that, as the host has it. For tracebacks and `inspect`."""
        if self._file.path is None:
            return None
        loaded = self._importer.loaded.get(self._file.path)
        return loaded.text if loaded is not None else self._importer.text(self._file)

    def get_code(self, fullname: str) -> CodeType | None:
        """See importlib: `runpy` runs it."""
        source = self.get_source(fullname)
        return None if source is None else self.source_to_code(source, self.get_filename(fullname))

    def get_data(self, path: str) -> bytes:
        """The bytes of a file of the project, for `pkgutil.get_data`. Raises: OSError."""
        return HostResources(self._importer.host, path).read_bytes()

    def get_resource_reader(self, fullname: str) -> TraversableResources:
        """For `importlib.resources`."""
        return _Reader(self._importer.host, (self._file.locations or ("",))[0])


class _Reader(TraversableResources):
    def __init__(self, host: HostSources, folder: str) -> None:
        self._folder = HostResources(host, folder)

    def files(self) -> HostResources:
        """See importlib."""
        return self._folder


class _Before(importlib.abc.MetaPathFinder):
    """Before all other finders: what is the project's."""

    def __init__(self, importer: ProjectImporter) -> None:
        self._importer = importer

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See importlib."""
        is_projects = self._importer.is_projects(fullname, path)
        return self._importer.spec(fullname, path) if is_projects else None


class _Behind(importlib.abc.MetaPathFinder):
    """Behind all other finders: what nobody has, the host may have by now."""

    def __init__(self, importer: ProjectImporter) -> None:
        self._importer = importer

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See importlib."""
        return self._importer.spec(fullname, path) if path is None and self._importer.may_be_new(fullname) else None


def _texts(value: wire.JSON) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _listed(folder: str) -> list[str]:
    try:
        return _listdir(folder)
    except OSError:  # it has been removed
        return []


def _is_below(file: ProjectFile, path: Sequence[str] | None) -> bool:
    """Whether the file is in one of the folders in which the import looks; without any, it is at the top."""
    if path is None:
        return True
    places = file.locations if file.locations is not None else (file.path or "",)
    return not {os.path.dirname(place) for place in places}.isdisjoint(path)


def _is_regular(spec: ModuleSpec | None) -> bool:
    """Whether another finder has more than folders."""
    return spec is not None and spec.loader is not None
