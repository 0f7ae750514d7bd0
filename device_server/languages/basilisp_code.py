"""Lays out a form as code, the way Clojure is written. Any other value is printed by basilisp_printing.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from basilisp.lang import map as lmap
from basilisp.lang import runtime
from basilisp.lang import symbol as sym
from basilisp.lang.interfaces import IMeta, IPersistentSet, IPersistentVector, ISeq

_PREFIXES = {"quote": "'", "var": "#'", "basilisp.core/deref": "@", "deref": "@"}
_BODY_AFTER = {
    "binding": 1, "case": 1, "catch": 2, "cond": 0, "def": 1, "defmacro": 2, "defn": 2, "deftype*": 2, "do": 0,
    "doseq": 1, "finally": 0, "fn": 1, "fn*": 1, "for": 1, "if": 1, "if-let": 1, "lazy-seq": 0, "let": 1, "let*": 1,
    "letfn*": 1, "loop": 1, "loop*": 1, "reify*": 0, "try": 0, "when": 1, "when-let": 1, "when-not": 1,
}  # fmt: skip
"""Operator -> how many operands stand on its line; the others are its body, indented by two."""
_FUNCTIONS = frozenset({"fn", "fn*"})
"""These may have a name before what stands on their line."""
_BINDING = frozenset({"binding", "doseq", "for", "if-let", "let", "let*", "letfn*", "loop", "loop*", "when-let"})
_POSITIONS = "basilisp.lang.reader"


def code_text(form: object, width: int, *, has_meta: bool = False) -> str:
    """The form, in lines of at most `width` characters where that can be; `has_meta` shows metadata."""
    return _Layout(width, has_meta).text(form, 0)


class _Layout:
    def __init__(self, width: int, has_meta: bool) -> None:
        self._width = width
        self._has_meta = has_meta

    def text(self, form: object, column: int, *, in_pairs: bool = False) -> str:
        """The form as it begins at `column`; a vector `in_pairs` has two items to a line."""
        flat = self._flat(form, self._width - column)
        if flat is not None:
            return flat
        meta = self._meta(form)
        return meta + self._broken(form, column + len(meta), in_pairs)

    def _broken(self, form: object, column: int, in_pairs: bool) -> str:
        prefix, quoted = _prefixed(form)
        if prefix:
            return prefix + self.text(quoted, column + len(prefix))
        match form:
            case ISeq():
                return self._list(_items(form), column)
            case IPersistentVector():
                return "[" + self._lines(_items(form), column + 1, per_line=2 if in_pairs else 1) + "]"
            case lmap.PersistentMap():
                return "{" + self._lines([each for pair in form.items() for each in pair], column + 1, per_line=2) + "}"
            case IPersistentSet():
                return "#{" + self._lines(_items(form), column + 2) + "}"
            case _:
                return str(runtime.lrepr(form))

    def _list(self, items: Sequence[object], column: int) -> str:
        if not items or not isinstance(items[0], sym.Symbol):
            return "(" + self._lines(items, column + 1) + ")"
        operator, *operands = items
        head = f"({self.text(operator, column + 1)}"
        name = items[0].name
        if name not in _BODY_AFTER:
            return f"{head} {self._lines(operands, column + len(head) + 1)})" if operands else f"{head})"
        is_named = name in _FUNCTIONS and isinstance(next(iter(operands), None), sym.Symbol)
        count = _BODY_AFTER[name] + is_named
        first, body = operands[:count], operands[count:]
        for each in first:
            head += " " + self.text(each, _end(head, column) + 1, in_pairs=name in _BINDING)
        return f"{head}\n{' ' * (column + 2)}{self._lines(body, column + 2)})" if body else f"{head})"

    def _lines(self, items: Sequence[object], column: int, per_line: int = 1) -> str:
        lines = []
        for start in range(0, len(items), per_line):
            line = ""
            for item in items[start : start + per_line]:
                line += (" " if line else "") + self.text(item, _end(line, column) + (1 if line else 0))
            lines.append(line)
        return ("\n" + " " * column).join(lines)

    def _flat(self, form: object, room: int) -> str | None:
        """The form on one line, None when there is no room for it."""
        meta = self._meta(form)
        prefix, quoted = _prefixed(form)
        if prefix:
            inner = self._flat(quoted, room - len(prefix) - len(meta))
            return None if inner is None else meta + prefix + inner
        around = _brackets(form)
        if around is None:
            text = meta + str(runtime.lrepr(form))
            return text if len(text) <= room else None
        begin, end = around
        parts, left = [], room - len(meta) - len(begin) - len(end)
        for item in _flat_items(form):
            part = self._flat(item, left)
            if part is None or left < 0:
                return None
            parts.append(part)
            left -= len(part) + 1
        return meta + begin + " ".join(parts) + end if left >= -1 else None

    def _meta(self, form: object) -> str:
        """What was written as metadata; where the reader found the form is none."""
        if not self._has_meta or not isinstance(form, IMeta) or not form.meta:
            return ""
        written = {key: value for key, value in form.meta.items() if getattr(key, "ns", None) != _POSITIONS}
        return f"^{runtime.lrepr(lmap.map(written))} " if written else ""


def _prefixed(form: object) -> tuple[str, object]:
    """`'` and x for `(quote x)`; "" for what has no such short form."""
    if isinstance(form, ISeq) and isinstance(form.first, sym.Symbol) and str(form.first) in _PREFIXES:
        items = list(islice(form, 3))
        if len(items) == 2:
            return _PREFIXES[str(form.first)], items[1]
    return "", None


def _brackets(form: object) -> tuple[str, str] | None:
    match form:
        case ISeq():
            return "(", ")"
        case IPersistentVector():
            return "[", "]"
        case lmap.PersistentMap():
            return "{", "}"
        case IPersistentSet():
            return "#{", "}"
        case _:
            return None


def _items(form: object) -> list[object]:
    assert isinstance(form, ISeq | IPersistentVector | IPersistentSet)
    return list(form)


def _flat_items(form: object) -> Iterator[object]:
    if isinstance(form, lmap.PersistentMap):
        for pair in form.items():
            yield from pair
    else:
        assert isinstance(form, ISeq | IPersistentVector | IPersistentSet)
        yield from form


def _end(text: str, column: int) -> int:
    """The column after a text that begins at `column`."""
    _, newline, last = text.rpartition("\n")
    return len(last) if newline else column + len(text)
