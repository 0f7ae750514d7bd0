"""`repr` within a quota: containers and strings of Python's own types are printed piece by piece."""

from __future__ import annotations

from collections.abc import Iterable

from device_server.languages.shown import Budget, Shown


def bounded_repr(value: object, quota: int) -> Shown:
    """The repr of a value, at most `quota` characters of it. Other types' own `__repr__` is called as it is."""
    budget = Budget(quota)
    return budget.shown(_Printer(budget).print(value))


_ELLIPSIS = object()
"""Stands where the rest of a container would be."""


class _Printer:
    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._open: set[int] = set()
        """The containers that are being printed: one within itself is printed as `...`."""

    def print(self, value: object) -> str:
        if isinstance(value, str | bytes) and type(value) in (str, bytes):
            granted = self._budget.take(len(value))
            return repr(value if granted == len(value) else value[:granted])
        container = _CONTAINERS.get(type(value))
        if container is None:
            return self._budget.text(repr(value))
        begin, end = container
        if not value:
            return repr(value)
        if id(value) in self._open:
            return f"{begin}...{end}"
        self._open.add(id(value))
        try:
            return begin + self._inside(value) + end
        finally:
            self._open.discard(id(value))

    def _inside(self, value: object) -> str:
        if isinstance(value, dict):
            return ", ".join(map(self._pair, self._budget.items(value.items(), (_ELLIPSIS, _ELLIPSIS))))
        assert isinstance(value, Iterable)
        text = ", ".join(map(self._item, self._budget.items(value, _ELLIPSIS)))
        return f"{text}," if isinstance(value, tuple) and len(value) == 1 else text

    def _pair(self, pair: tuple[object, object]) -> str:
        return "..." if pair[0] is _ELLIPSIS else f"{self.print(pair[0])}: {self.print(pair[1])}"

    def _item(self, item: object) -> str:
        return "..." if item is _ELLIPSIS else self.print(item)


_CONTAINERS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
