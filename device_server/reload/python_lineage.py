"""Codes that have been replaced, and that functions still hold which were not looked for: only their lines were others.

A later edit that changes what they do finds them from the code that stands for theirs now.
"""

from __future__ import annotations

import sys
import weakref
from types import CodeType

from device_server.reload.python_codes import CodePair, references


class Lineage:
    """Newest code -> the older ones that are still held."""

    def __init__(self) -> None:
        self._older: dict[int, tuple[weakref.ref[CodeType], list[CodeType]]] = {}
        """By the id of the newest code: equal codes may stand for different functions."""

    def note(self, pair: CodePair, known: int) -> None:
        """The new code stands for the old one from now on, of whose holders so many are known and looked after."""
        if pair.new is None:
            return
        older = self.older(pair.old)
        if references(pair) > known:
            older.append(pair.old)
        if older:
            key = id(pair.new)
            self._older[key] = weakref.ref(pair.new, lambda _: self._older.pop(key, None)), older

    def older(self, code: CodeType) -> list[CodeType]:
        """The older codes that functions, generators or frames may still hold."""
        _, known = self._older.get(id(code), (None, []))
        return [known[at] for at in range(len(known)) if _references(known, at) > _OWN]


def _references(codes: list[CodeType], at: int) -> int:
    return sys.getrefcount(codes[at])


_OWN = _references([compile("", "", "exec")], 0)
