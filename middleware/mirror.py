"""What a worker defines, as last told: immutable data, and what a `symbols` message makes of it. No IO, no device.

A mirror is a value: an older one stays what it was, so that a worker which falls back to an earlier state, after a
crash or a rewind, needs only to say which.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, TypeVar

from immutables import Map

from device_server import wire
from middleware.sorted_names import SortedNames

T = TypeVar("T")
Described: TypeAlias = Mapping[str, "Namespace"]
"""Hash of a description -> the namespace as described."""

CORE: Final = "basilisp.core"
BUILTINS: Final = "builtins"
MAIN: Final = "__main__"
"""The module in which Python's sessions begin."""

_CONTENTS: Final = frozenset({"doc", "file", "symbols", "aliases", "refers", "imports"})


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that has a name in a namespace, or in a class."""

    name: str
    type: str
    """function, macro, variable, special-form, class, method, static-method, field, module, protocol, record, type."""
    arglists: tuple[str, ...] = ()
    """One text for each way to call it, such as `[x & more]` or `(x, *more)`."""
    doc: str | None = None
    file: str | None = None
    """The device's path of the file that defines it; None when it was typed."""
    line: int | None = None
    """From 1."""
    column: int | None = None
    """From 1."""
    is_private: bool = False
    deprecated: str | None = None
    added: str | None = None
    class_name: str | None = None
    """Of a value, the class that it is an instance of, as `module.Class`."""
    target: str | None = None
    """The full name of what this is another name for, such as the module that an import names."""
    members: tuple[Symbol, ...] = ()
    """Of a class, what its instances have, inherited names included."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A Basilisp namespace or a Python module. Made by `apply`, which keeps the sorted names true."""

    name: str
    lang: str = "basilisp"
    hash: str | None = None
    """Names the description that it was last replaced by, if that may serve again."""
    is_described: bool = True
    """False when only its hash is known yet, and what has changed since."""
    changes: tuple[wire.Message, ...] = ()
    """Of a namespace that is not described: what has changed since it was as its hash says."""
    doc: str | None = None
    file: str | None = None
    symbols: Map[str, Symbol] = field(default_factory=Map)
    aliases: Map[str, str] = field(default_factory=Map)
    """Alias -> name of a namespace."""
    refers: Map[str, str] = field(default_factory=Map)
    """Name that can be used without qualification -> its full name, `namespace/name`."""
    imports: Map[str, str] = field(default_factory=Map)
    """Name or alias -> full name of a Python module or class."""
    names: SortedNames = field(default_factory=SortedNames, compare=False, repr=False)
    """Those of `symbols`."""
    referred: SortedNames = field(default_factory=SortedNames, compare=False, repr=False)
    """Those of `refers`."""
    classes: SortedNames = field(default_factory=SortedNames, compare=False, repr=False)
    """Those of `symbols` that have members."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """All namespaces of a worker."""

    namespaces: Map[str, Namespace] = field(default_factory=Map)
    names: SortedNames = field(default_factory=SortedNames, compare=False, repr=False)
    """Those of `namespaces`."""

    def named(self, name: str) -> Namespace | None:
        """The namespace of that name; Basilisp's own stands for Clojure's: `basilisp.string` for `clojure.string`."""
        found = self.namespaces.get(name)
        if name.startswith("clojure.") and (found is None or not found.symbols):
            return self.namespaces.get(f"basilisp.{name.removeprefix('clojure.')}", found)
        return found

    def module(self, ns: str) -> Namespace:
        """The Python module that code in `ns` is evaluated in: that one, or `__main__` when it is none.

        Editors for Clojure say `user` whatever runs.
        """
        for name in (ns, MAIN):
            found = self.namespaces.get(name)
            if found is not None and found.lang == "python":
                return found
        return Namespace(MAIN, "python", is_described=False)

    def unknown_hashes(self) -> list[str]:
        """The descriptions that are missing, Basilisp's own first."""
        missing = [each for each in self.namespaces.values() if not each.is_described]
        return [each.hash for each in sorted(missing, key=lambda each: (each.lang, each.name)) if each.hash is not None]


def apply(mirror: Mirror, changes: wire.Message, described: Described) -> Mirror:
    """The mirror after `changes`: name of a namespace -> what changed in it, null when it is gone.

    Raises: ValueError, when the changes have not the shape that docs/protocol.md gives them.
    """
    namespaces = _updated(
        mirror.namespaces,
        changes,
        lambda name, change: _changed(mirror.namespaces.get(name), name, _object(change), described),
    )
    return Mirror(namespaces, _indexed(mirror.names, changes, namespaces))


def described(mirror: Mirror, by_hash: Described) -> Mirror:
    """The mirror with the descriptions that have come since it was made."""
    found: wire.Message = {
        name: {"hash": each.hash}
        for name, each in mirror.namespaces.items()
        if not each.is_described and each.hash in by_hash
    }
    changes = [(name, change) for name in found for change in mirror.namespaces[name].changes]
    mirror = apply(mirror, found, by_hash)
    for name, change in changes:
        mirror = apply(mirror, {name: change}, by_hash)
    return mirror


def _changed(before: Namespace | None, name: str, change: wire.Message, described: Described) -> Namespace:
    hash_ = _text(change, "hash")
    if hash_ is not None and not change.get("is_new"):
        if not _CONTENTS.isdisjoint(change):
            raise ValueError(f"The change of {name} has a hash and contents, but does not replace what was known")
        if before is not None and before.is_described and before.hash == hash_:
            return before
        return described.get(hash_) or Namespace(name, _text(change, "lang") or "basilisp", hash_, is_described=False)
    if before is None or change.get("is_new"):
        base = Namespace(name, hash=hash_)
    elif before.is_described:
        base = replace(before, hash=None)  # it is no more what the hash names
    else:
        base = replace(before, changes=(*before.changes, change))
    return _with_contents(base, change)


def _with_contents(base: Namespace, change: wire.Message) -> Namespace:
    told = _object(change.get("symbols") or {})
    symbols = _updated(base.symbols, told, symbol)
    refers = _updated(base.refers, change.get("refers"), _full_name)
    return replace(
        base,
        lang=_text(change, "lang") or base.lang,
        doc=_text(change, "doc") if "doc" in change else base.doc,
        file=_text(change, "file") if "file" in change else base.file,
        symbols=symbols,
        aliases=_updated(base.aliases, change.get("aliases"), _full_name),
        refers=refers,
        imports=_updated(base.imports, change.get("imports"), _full_name),
        names=_indexed(base.names, told, symbols),
        referred=_indexed(base.referred, change.get("refers"), refers),
        classes=_indexed(base.classes, told, [name for name in told if _is_class(symbols.get(name))]),
    )


def _is_class(told: Symbol | None) -> bool:
    return told is not None and bool(told.members)


def _updated(before: Map[str, T], changes: wire.JSON, parse: Callable[[str, wire.JSON], T]) -> Map[str, T]:
    """Names that are null are gone."""
    if not changes:
        return before
    after = before.mutate()
    for name, change in _object(changes).items():
        if change is None:
            after.pop(name, None)
        else:
            after[name] = parse(name, change)
    return after.finish()


def _indexed(before: SortedNames, changes: wire.JSON, after: Collection[str]) -> SortedNames:
    """The names of what was changed so: those of `after`, which need not hold what was not changed."""
    if not changes:
        return before
    names = _object(changes)
    return before.changed([name for name in names if name in after], [name for name in names if name not in after])


def symbol(name: str, told: wire.JSON) -> Symbol:
    """A symbol as a message tells it. Raises: ValueError."""
    keys = _object(told)
    return Symbol(
        name=name,
        type=_text(keys, "type") or "variable",
        arglists=_texts(keys.get("arglists")),
        doc=_text(keys, "doc"),
        file=_text(keys, "file"),
        line=_number(keys, "line"),
        column=_number(keys, "column"),
        is_private=keys.get("is_private") is True,
        deprecated=_text(keys, "deprecated"),
        added=_text(keys, "added"),
        class_name=_text(keys, "class_name"),
        target=_text(keys, "target"),
        members=tuple(symbol(name, each) for name, each in _object(keys.get("members") or {}).items()),
    )


def _full_name(_name: str, told: wire.JSON) -> str:
    if not isinstance(told, str):
        raise ValueError(f"{told!r} is no name")
    return told


def _object(told: wire.JSON) -> wire.Message:
    if not isinstance(told, dict):
        raise ValueError(f"{told!r} is no object")
    return told


def _text(keys: wire.Message, key: str) -> str | None:
    value = keys.get(key)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{key} is {value!r}, no text")


def _number(keys: wire.Message, key: str) -> int | None:
    value = keys.get(key)
    if value is None or isinstance(value, int):
        return value
    raise ValueError(f"{key} is {value!r}, no integer")


def _texts(told: wire.JSON) -> tuple[str, ...]:
    if told is None:
        return ()
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise ValueError(f"{told!r} is no list of texts")
    return tuple(map(str, told))
