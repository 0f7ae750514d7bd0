"""Python modules and classes in a mirror, and what can be written after their name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from middleware.matching import matching, matching_any
from middleware.mirror import Mirror, Namespace, Symbol

Holder: TypeAlias = Namespace | Symbol
"""A module or a class."""


class Attribute(NamedTuple):
    """Something that can be written after a module or class."""

    symbol: Symbol
    ns: str | None
    """The module, or none for what is in a class."""


def called(mirror: Mirror, full_name: str) -> Holder | None:
    """The Python module or class of that full name."""
    module = mirror.namespaces.get(full_name)
    if module is not None:
        return module
    outer, dot, name = full_name.rpartition(".")
    holder = called(mirror, outer) if dot else None
    if isinstance(holder, Namespace):
        symbol = holder.symbols.get(name)
        return behind(mirror, symbol) if symbol else None
    return next((each for each in holder.members if each.name == name), None) if holder else None


def behind(mirror: Mirror, symbol: Symbol) -> Holder:
    """What a symbol is, or what it is another name for."""
    target = symbol.target
    if not target or symbol.members:
        return symbol
    return mirror.namespaces.get(target) or class_called(mirror, target) or symbol


def class_called(mirror: Mirror, full_name: str) -> Symbol | None:
    """The class `module.Class`."""
    module, _, name = full_name.rpartition(".")
    namespace = mirror.namespaces.get(module)
    return namespace.symbols.get(name) if namespace else None


def attributes(of: Holder | None, typed: str) -> Iterator[Attribute]:
    """Those that go with what was typed; names that begin with an underscore only when that is typed."""
    found: Iterator[Attribute] = iter(())
    if isinstance(of, Namespace):
        symbols, ns = of.symbols, of.name
        found = (Attribute(symbols[name], ns) for name in matching(of.names, typed, "_"))
    elif of is not None:
        members = {member.name: member for member in of.members}
        found = (Attribute(members[name], None) for name in matching_any(sorted(members), typed, "_"))
    return (each for each in found if typed.startswith("_") or not each.symbol.name.startswith("_"))
