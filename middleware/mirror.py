"""What a worker defines, as last told: immutable data, and what a `symbols` message makes of it. No IO, no device.

A mirror is a value: an older one stays what it was, so that a worker which falls back to an earlier state, after a
crash or a rewind, needs only to say which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from immutables import Map

from device_server import wire

T = TypeVar("T")
Described: TypeAlias = Mapping[str, "Namespace"]
"""Hash of a description -> the namespace as described."""


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
    """A Basilisp namespace or a Python module."""

    name: str
    lang: str = "basilisp"
    hash: str | None = None
    """Names the description that it was last replaced by, if that may serve again."""
    is_described: bool = True
    """False when only its hash is known yet."""
    doc: str | None = None
    file: str | None = None
    symbols: Map[str, Symbol] = field(default_factory=Map)
    aliases: Map[str, str] = field(default_factory=Map)
    """Alias -> name of a namespace."""
    refers: Map[str, str] = field(default_factory=Map)
    """Name that can be used without qualification -> its full name, `namespace/name`."""
    imports: Map[str, str] = field(default_factory=Map)
    """Name or alias -> full name of a Python module or class."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """All namespaces of a worker."""

    namespaces: Map[str, Namespace] = field(default_factory=Map)

    def unknown_hashes(self) -> list[str]:
        """The descriptions that are missing."""
        return [each.hash for each in self.namespaces.values() if not each.is_described and each.hash is not None]


def apply(mirror: Mirror, changes: wire.Message, described: Described) -> Mirror:
    """The mirror after `changes`: name of a namespace -> what changed in it, null when it is gone.

    Raises: ValueError, when the changes have not the shape that docs/protocol.md gives them.
    """
    namespaces = mirror.namespaces.mutate()
    for name, change in changes.items():
        if change is None:
            namespaces.pop(name, None)
        else:
            namespaces[name] = _changed(name, namespaces.get(name), _object(change), described)
    return Mirror(namespaces.finish())


def _changed(name: str, before: Namespace | None, change: wire.Message, described: Described) -> Namespace:
    hash_ = _text(change, "hash")
    if hash_ is not None and "symbols" not in change:
        return described.get(hash_) or Namespace(name, _text(change, "lang") or "basilisp", hash_, is_described=False)
    base = before if before is not None and not change.get("is_new") else Namespace(name)
    return replace(
        base,
        lang=_text(change, "lang") or base.lang,
        hash=hash_ if base.is_described else base.hash,  # what is changed is no more what the hash names
        is_described=base.is_described,
        doc=_text(change, "doc") if "doc" in change else base.doc,
        file=_text(change, "file") if "file" in change else base.file,
        symbols=_updated(base.symbols, change.get("symbols"), symbol),
        aliases=_updated(base.aliases, change.get("aliases"), _full_name),
        refers=_updated(base.refers, change.get("refers"), _full_name),
        imports=_updated(base.imports, change.get("imports"), _full_name),
    )


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


def symbol(name: str, told: wire.JSON) -> Symbol:
    """A symbol as a message tells it. Raises: ValueError."""
    keys = _object(told)
    arglists = keys.get("arglists")
    line, column = keys.get("line"), keys.get("column")
    return Symbol(
        name=name,
        type=_text(keys, "type") or "variable",
        arglists=tuple(map(str, arglists)) if isinstance(arglists, list) else (),
        doc=_text(keys, "doc"),
        file=_text(keys, "file"),
        line=line if isinstance(line, int) else None,
        column=column if isinstance(column, int) else None,
        is_private=keys.get("is_private") is True,
        deprecated=_text(keys, "deprecated"),
        added=_text(keys, "added"),
        class_name=_text(keys, "class_name"),
        target=_text(keys, "target"),
        members=tuple(symbol(name, each) for name, each in _object(keys.get("members", {})).items()),
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
    return value if isinstance(value, str) else None
