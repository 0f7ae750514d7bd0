"""`repr` within a quota, pretty or not: containers and strings of Python's own types are printed piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from device_server.languages.pretty import Group, laid_out
from device_server.languages.shown import Budget, Shown, Style, first, shortened

T = TypeVar("T")


def bounded_repr(value: object, style: Style) -> Shown:
    """The repr of a value, at most `style.quota` characters of it. Other types' own `__repr__` is called as it is."""
    budget = Budget(style.quota)
    text = _Printer(budget, style).print(value, 1)
    return budget.shown(text if style.width is None else laid_out(text, style.width))


_ELLIPSIS = object()
"""Stands where the rest of a container would be."""


class _Printer:
    def __init__(self, budget: Budget, style: Style) -> None:
        self._budget = budget
        self._style = style
        self._joined = _on_one_line if style.width is None else Group
        self._open: set[int] = set()
        """The containers that are being printed: one within itself is printed as `...`."""

    def print(self, value: object, level: int) -> str:
        if isinstance(value, str | bytes) and type(value) in (str, bytes):
            return self._text(value)
        container = _CONTAINERS.get(type(value))
        if container is None:
            return self._budget.text(shortened(repr(value), self._style.atom))
        begin, end = container
        if not value:
            return repr(value)
        if id(value) in self._open or level > (self._style.level or level):
            return f"{begin}...{end}"
        self._open.add(id(value))
        try:
            return self._inside(begin, value, end, level)
        finally:
            self._open.discard(id(value))

    def _text(self, value: str | bytes) -> str:
        atom = self._style.atom
        wanted = len(value) if atom is None else min(atom, len(value))
        granted = self._budget.take(wanted)
        text = repr(value if granted == len(value) else value[:granted])
        return text if wanted == len(value) else f"{text[:-1]}...{text[-1]}"

    def _inside(self, begin: str, value: object, end: str, level: int) -> str:
        if isinstance(value, dict):
            pairs = self._some(value.items(), (_ELLIPSIS, _ELLIPSIS))
            return self._joined(begin, [self._pair(pair, level + 1) for pair in pairs], end, ", ")
        assert isinstance(value, Iterable)
        items = [self._item(item, level + 1) for item in self._some(value, _ELLIPSIS)]
        is_single = isinstance(value, tuple) and len(value) == 1
        return self._joined(begin, items, f",{end}" if is_single else end, ", ")

    def _some(self, items: Iterable[T], ellipsis: T) -> Iterator[T]:
        return self._budget.items(first(self._style.length, items, ellipsis), ellipsis)

    def _pair(self, pair: tuple[object, object], level: int) -> str:
        key, value = pair
        if key is _ELLIPSIS:
            return "..."
        return self._joined(f"{self.print(key, level)}: ", [self.print(value, level)], "", "")

    def _item(self, item: object, level: int) -> str:
        return "..." if item is _ELLIPSIS else self.print(item, level)


def _on_one_line(begin: str, items: Iterable[str], end: str, separator: str) -> str:
    return f"{begin}{separator.join(items)}{end}"


_CONTAINERS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
