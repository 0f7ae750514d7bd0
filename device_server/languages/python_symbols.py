"""What Python modules define, and what of it has changed. How one thing is described: python_descriptions.py.

Two sorts of modules are told. The program's own (`__main__`, those made by loading a file, and those imported from
outside Python's library folders) are watched: what evaluated code can store is known from the code itself, and
everything else is found by a sweep, in a pause. Of libraries only those are told that the program refers to, and
only by the hash of their description; whether somebody has changed them is looked up when they are described.
"""

from __future__ import annotations

import builtins
import hashlib
import os
import sys
import sysconfig
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, SourceFileLoader

from device_server.languages.python_descriptions import (
    FUNCTIONS,
    NAME_LIMIT,
    bounded_text,
    class_name,
    described,
    dict_of_class,
    dict_of_module,
    name_of_module,
)
from device_server.languages.python_stores import stores_of
from device_server.reload import Change
from device_server.reload.moved_lines import line_of, moved_lines
from device_server.wire import JSON, Message

LANGUAGE = "python"
_VERSION = "1"
"""Of the descriptions: another one describes differently."""
_MAIN = "__main__"
_BOILERPLATE = frozenset({
    "__annotations__", "__builtins__", "__cached__", "__doc__", "__file__", "__loader__", "__name__", "__package__",
    "__path__", "__spec__",
})  # fmt: skip
_TETHER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARY_PARTS = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_LIBRARY_FOLDERS = tuple(
    folder + os.sep for key in ("stdlib", "platstdlib") if (folder := sysconfig.get_path(key)) is not None
)
_FUNCTIONS = frozenset(FUNCTIONS)
_NOT_PYTHON = "basilisp.lang.runtime.BasilispModule"
"""The class of the modules that Basilisp keeps its namespaces' values in."""

_stat = os.stat  # bound here: user code may replace it


@dataclass(slots=True)
class _Module:
    """A module that hosts are told of."""

    module: types.ModuleType
    is_watched: bool
    """Whether it is the program's own."""
    hash: str | None
    """Of its description, while it is as its file made it."""
    marks: dict[str, int] = field(default_factory=dict)
    """Of a watched one: name -> what to know a change of its value by, as told."""
    print: int = 0
    """Of a library: what to know a change by, as it was when it was told."""
    stored: dict[str, tuple[str, int]] | None = None
    """Name of a value that does not know where it was made -> file and line that stored it; None: not looked up."""
    has_mentioned: bool = False
    """Whether the modules that it holds have been told, too."""

    @property
    def places(self) -> dict[str, tuple[str, int]]:
        """Where names were stored: what evaluated code has, and before that the module's file."""
        if self.stored is None:
            self.stored = _places(dict_of_module(self.module))
        return self.stored


class Modules:
    """See SymbolSource. One for all languages of a worker."""

    def __init__(self) -> None:
        self._modules: dict[str, _Module] = {}
        self._evaluated: list[tuple[str, types.ModuleType, types.CodeType]] = []
        self._untold: dict[str, None] = {}
        """Modules to be told as new."""
        self._changed: dict[tuple[str, str], None] = {}
        """Module and name of what has to be told again."""
        self._gone: dict[str, None] = {}
        self._seen: set[str] = set()
        """The names in `sys.modules` that have been looked at."""
        self._module_count = 0
        """How many there were then."""

    def begin(self) -> None:
        """See SymbolSource. Whatever has been imported so far is no part of the program."""
        self._seen, self._module_count = set(sys.modules), len(sys.modules)
        self._evaluated.clear()
        self.mention(builtins)
        self._untold.clear()
        for known in self._modules.values():
            known.print = _fingerprint(known.module)  # not before: Tether itself stands before functions of libraries

    def add_main(self, main: types.ModuleType) -> None:
        """This is the worker's `__main__`."""
        self._modules[_MAIN] = _Module(main, is_watched=True, hash=None)

    def note(self, name: str, module: types.ModuleType, code: types.CodeType) -> None:
        """The code is about to be run in a module."""
        self._evaluated.append((name, module, code))

    def note_edit(self, change: Change) -> None:
        """Code of a module has been changed where it is, and its lines may have moved."""
        known = self._modules.get(change.module)
        if known is None:  # nobody has been told of it
            return
        if not known.is_watched:
            known.is_watched, known.marks = True, {}
        moved = moved_lines(change.old, change.new)
        for symbol, (file, line) in known.places.items():
            if file == change.path and moved(line) != line:
                known.places[symbol] = file, moved(line)
                self._changed[change.module, symbol] = None
        changed = [*_difference(known)]
        self._changed.update(((change.module, symbol), None) for symbol in ("__doc__", *changed))
        held = dict_of_module(known.module)
        for symbol in (each for each in changed if each not in known.places and not _is_identified(held.get(each))):
            if (place := line_of(symbol, change.new)) is not None:
                known.places[symbol] = change.path, place
        if len(sys.modules) > self._module_count:  # those that are gone are noticed in a pause
            self._look_for_modules()

    def mention(self, module: object, with_its_own: bool = False) -> None:
        """The program refers to a module, and, if so told, may come from there to those that it holds."""
        name = _importable_name(module)
        if name is None:
            return
        assert isinstance(module, types.ModuleType)
        known = self._modules.get(name)
        if known is None or known.module is not module:
            known = self._add(name, module)
        if with_its_own and not known.has_mentioned:
            known.has_mentioned = True
            for value in list(dict_of_module(module).values()):
                self.mention(value)

    def changes(self) -> Message:
        """See SymbolSource."""
        evaluated, self._evaluated = self._evaluated, []
        for name, module, code in evaluated:
            self._note_stores(name, module, code)
        changes: Message = dict.fromkeys(self._gone)
        self._gone.clear()
        while self._untold or self._changed:
            if self._untold:
                name, _ = self._untold.popitem()
                changes[name] = self._told_whole(name)
            else:
                (name, symbol), _ = self._changed.popitem()
                self._tell_again(name, symbol, changes)
        return changes

    def sweep(self) -> None:
        """See SymbolSource."""
        self._look_for_modules()
        for name, known in self._modules.items():
            if known.is_watched and name not in self._untold:
                self._changed.update(((name, symbol), None) for symbol in _difference(known))

    def everything(self) -> Message:
        """See SymbolSource."""
        return {name: self._told_whole(name) for name in list(self._modules)}

    def describe(self, name: str) -> Message | None:
        """See SymbolSource."""
        known = self._modules.get(name)
        if known is None:
            return None
        is_same = not any(_difference(known)) if known.is_watched else _fingerprint(known.module) == known.print
        return {**self._description(name, known), **({"hash": known.hash} if known.hash and is_same else {})}

    def _add(self, name: str, module: types.ModuleType) -> _Module:
        digest = _hash(name, module)
        known = self._modules[name] = _Module(module, digest is None or _is_programs(module), digest)
        if known.is_watched:
            known.marks = _marks(module)
        else:
            known.print = _fingerprint(module)
        self._untold[name] = None
        return known

    def _note_stores(self, name: str, module: types.ModuleType, code: types.CodeType) -> None:
        """Find what the code has changed."""
        known = self._modules.get(name)
        if known is None or known.module is not module:
            if sys.modules.get(name) is not module:  # its first run has failed, and it is gone again
                return
            known = self._add(name, module)
            known.hash, known.stored = None, {}  # the code need not be what is in the file
        if not known.is_watched:
            known.is_watched, known.marks = True, _marks(module)
        stores, held = stores_of(code), dict_of_module(module)
        for symbol, line in stores.lines.items():
            value, place = held.get(symbol), (code.co_filename, line)
            if _is_identified(value) or known.marks.get(symbol) != _mark(value) or known.places.get(symbol) != place:
                self._changed[name, symbol] = None
            if symbol in held and type(value) is not types.FunctionType:
                known.places[symbol] = place
        if stores.imports_all:
            self._changed.update(((name, symbol), None) for symbol in _difference(known))
        if stores.imports:
            self._look_for_modules()

    def _look_for_modules(self) -> None:
        """Notice modules of the program that have been imported, or removed."""
        for name, known in list(self._modules.items()):
            if name != _MAIN and sys.modules.get(name) is not known.module:
                del self._modules[name]
                self._gone[name] = None
        self._module_count = len(sys.modules)
        new = [name for name in sys.modules if name not in self._seen]
        self._seen.update(new)
        for name in new:
            module = sys.modules.get(name)
            if name not in self._modules and _importable_name(module) == name and _is_programs(module):
                self.mention(module, with_its_own=True)

    def _told_whole(self, name: str) -> Message:
        known = self._modules[name]
        if known.hash is not None:
            return {"lang": LANGUAGE, "hash": known.hash}
        known.marks = _marks(known.module)
        return self._description(name, known)

    def _tell_again(self, name: str, symbol: str, changes: Message) -> None:
        """Add a changed symbol to the changes."""
        known = self._modules.get(name)
        change = changes.setdefault(name, {"lang": LANGUAGE, "symbols": {}})
        if known is None or not isinstance(change, dict) or "is_new" in change:
            return
        known.hash = None
        symbols = change["symbols"]
        assert isinstance(symbols, dict)
        held = dict_of_module(known.module)
        if symbol in ("__doc__", "__file__"):
            change[symbol.strip("_")] = bounded_text(held.get(symbol))
        elif symbol in held and _is_told(symbol):
            known.marks[symbol] = _mark(held[symbol])
            symbols[symbol] = self._symbol(known, name, symbol, held[symbol])
        else:
            known.marks.pop(symbol, None)
            known.places.pop(symbol, None)
            symbols[symbol] = None

    def _description(self, name: str, known: _Module) -> Message:
        held = dict_of_module(known.module)
        symbols: Message = {symbol: self._symbol(known, name, symbol, value) for symbol, value in _items(known.module)}
        told: Message = {"lang": LANGUAGE, "is_new": True, "symbols": symbols}
        for key in ("doc", "file"):
            if (text := bounded_text(held.get(f"__{key}__"))) is not None:
                told[key] = text
        return told

    def _symbol(self, known: _Module, module_name: str, name: str, value: object) -> JSON:
        told = described(value, module_name)
        if known.is_watched:
            self._mention_origin(value, told)
        if "file" not in told and "target" not in told and name in known.places:
            told["file"], told["line"] = known.places[name]
        return told

    def _mention_origin(self, value: object, told: Message) -> None:
        """What the program holds leads to the module that defines it."""
        if told["type"] == "module":
            self.mention(value, with_its_own=True)
            return
        origin = str(told.get("target") or told.get("class_name") or "")
        while "." in origin:
            origin = origin.rpartition(".")[0]
            if origin in sys.modules:
                self.mention(sys.modules[origin])
                return


def content_hash(language: str, name: str, file: str | None) -> str | None:
    """Names what a file makes of a namespace; None when the file is not there."""
    try:
        state = _stat(file) if file is not None else None
    except OSError:
        return None
    facts = (language, _VERSION, sys.hexversion, name, file, state and (state.st_size, state.st_mtime_ns))
    return f"{name}@{hashlib.blake2b(repr(facts).encode(errors='replace'), digest_size=12).hexdigest()}"


def _hash(name: str, module: types.ModuleType) -> str | None:
    file = _file(module)
    if file is None and not _is_built_in(name, module):
        return None
    return content_hash(LANGUAGE, name, file)


def _file(module: types.ModuleType) -> str | None:
    file = dict_of_module(module).get("__file__")
    return file if type(file) is str else None


def _is_built_in(name: str, module: types.ModuleType) -> bool:
    spec = dict_of_module(module).get("__spec__")
    return name in sys.builtin_module_names or (type(spec) is ModuleSpec and spec.origin == "frozen")


def _is_programs(module: object) -> bool:
    """Whether it was loaded from a file outside Python's library folders."""
    file = _file(module) if isinstance(module, types.ModuleType) else None
    if file is None or any(part in file for part in _LIBRARY_PARTS):
        return False
    return not file.startswith(_LIBRARY_FOLDERS)


def _importable_name(module: object) -> str | None:
    """The name under which a module can be imported, if it has one and is not Tether's, nor a Basilisp namespace."""
    if not issubclass(type(module), types.ModuleType) or class_name(type(module)) == _NOT_PYTHON:
        return None
    assert isinstance(module, types.ModuleType)
    name = name_of_module(module)
    if name is None or len(name) > NAME_LIMIT or sys.modules.get(name) is not module:
        return None
    return None if (_file(module) or "").startswith(_TETHER) else name


def _is_told(name: object) -> bool:
    return type(name) is str and len(name) < NAME_LIMIT and name not in _BOILERPLATE


def _items(module: types.ModuleType) -> Iterator[tuple[str, object]]:
    """What a module holds, at this moment, whatever threads do; but not the last value, which is in `builtins`."""
    held = list(dict_of_module(module).items())
    return ((name, value) for name, value in held if _is_told(name) and (name != "_" or module is not builtins))


def _is_identified(value: object) -> bool:
    """Whether another value of the same type is described in another way."""
    return type(value) in _FUNCTIONS or issubclass(type(value), type | types.ModuleType)


def _mark(value: object) -> int:
    """Of a class also what it holds: methods are replaced one by one, and functions get new code."""
    if _is_class(value):
        assert isinstance(value, type)
        return hash((id(value), *map(_function_mark, list(dict_of_class(value).values()))))
    return _function_mark(value) if _is_identified(value) else id(type(value))


def _function_mark(value: object) -> int:
    return hash((id(value), id(value.__code__))) if type(value) is types.FunctionType else id(value)


def _marks(module: types.ModuleType) -> dict[str, int]:
    return {name: _mark(value) for name, value in _items(module)}


def _difference(known: _Module) -> Iterator[str]:
    """The names whose values are not what was told."""
    now = _marks(known.module)
    yield from (name for name, mark in now.items() if known.marks.get(name) != mark)
    yield from known.marks.keys() - now.keys()


def _fingerprint(module: types.ModuleType) -> int:
    """Of functions and classes only: libraries change their other values all the time."""
    items = _items(module)
    return hash(tuple((name, id(value)) for name, value in items if type(value) in _FUNCTIONS or _is_class(value)))


def _is_class(value: object) -> bool:
    return issubclass(type(value), type)


def _places(held: dict[str, object]) -> dict[str, tuple[str, int]]:
    """Where a module's file stores its names, if Python itself has loaded it and still can."""
    spec = held.get("__spec__")
    loader = spec.loader if type(spec) is ModuleSpec else None
    if type(loader) is not SourceFileLoader or type(loader.name) is not str:
        return {}
    try:
        code = loader.get_code(loader.name)
    except (OSError, SyntaxError, ImportError, EOFError, ValueError):  # the file has changed since
        return {}
    return {} if code is None else {name: (code.co_filename, line) for name, line in stores_of(code).lines.items()}
