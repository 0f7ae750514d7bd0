"""Python names from the mirror alone: what the device defines, without understanding any source."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterator
from typing import Final

from middleware.candidates import Candidate, naming
from middleware.matching import matching_any
from middleware.mirror import BUILTINS, Mirror, Namespace, Symbol
from middleware.python_members import Attribute, Holder, attributes, behind, called, class_called
from middleware.python_source import PythonSource

_BUILTINS: Final = sorted(name for name in dir(builtins) if not name.startswith("_"))
"""Every Python has these, whether the device has told them or not."""


class MirrorNames:
    """See PythonNames; the source is not looked at."""

    async def complete(
        self, source: PythonSource, prefix: str, mirror: Mirror, ns: str, *, documented: bool = False
    ) -> list[Candidate]:
        """See PythonNames."""
        here = mirror.module(ns)
        scope, dot, typed = prefix.rpartition(".")
        if dot:
            return [_named(scope + dot, each) for each in attributes(_value(mirror, here, scope), typed)]
        return [*(_named("", each) for each in attributes(here, typed)), *_everywhere(mirror, typed)]

    async def lookup(self, source: PythonSource, symbol: str, mirror: Mirror, ns: str) -> Symbol | None:
        """See PythonNames."""
        here = mirror.module(ns)
        scope, dot, name = symbol.rpartition(".")
        found = attributes(_value(mirror, here, scope) if dot else here, name)
        return next((each.symbol for each in found if each.symbol.name == name), None)


def _value(mirror: Mirror, here: Namespace, name: str) -> Holder | None:
    """The module or class of a dotted name, or the class of the value that it names."""
    outer, dot, last = name.rpartition(".")
    holder = _value(mirror, here, outer) if dot else here
    symbol = next((each.symbol for each in attributes(holder, last) if each.symbol.name == last), None)
    if symbol is None:
        return called(mirror, here.imports.get(name, name))
    return class_called(mirror, symbol.class_name) if symbol.class_name else behind(mirror, symbol)


def _named(scope: str, found: Attribute) -> Candidate:
    return naming(found.symbol, scope + found.symbol.name, found.ns)


def _everywhere(mirror: Mirror, typed: str) -> Iterator[Candidate]:
    """Builtins and keywords."""
    told = mirror.namespaces.get(BUILTINS) or Namespace(BUILTINS)
    for name in matching_any(_BUILTINS, typed, "_"):
        symbol = told.symbols.get(name)
        yield naming(symbol, name, BUILTINS) if symbol else Candidate(name, "function", BUILTINS)
    yield from (Candidate(name, "keyword") for name in matching_any(keyword.kwlist, typed, "_"))
