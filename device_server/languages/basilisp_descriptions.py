"""Basilisp's vars as hosts are told of them. Imported with Basilisp only; which are told is basilisp_symbols.py's.

Runs no code of the program: what is not of Basilisp's own types is not looked into. Slots are read directly, since
the properties that guard them wait for locks, which a thread of the program may hold for ever.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from basilisp.lang import keyword as kw
from basilisp.lang import list as llist
from basilisp.lang import map as lmap
from basilisp.lang import runtime
from basilisp.lang import set as lset
from basilisp.lang import symbol as sym
from basilisp.lang import vector as vec
from basilisp.lang.interfaces import IRecord, IType
from basilisp.lang.multifn import MultiFunction

from device_server.languages import python_descriptions as python
from device_server.wire import JSON, Message

_DOC, _FILE, _LINE, _COL = (kw.keyword(name) for name in ("doc", "file", "line", "col"))
_ARGLISTS, _MACRO, _PRIVATE = (kw.keyword(name) for name in ("arglists", "macro", "private"))
_ADDED, _DEPRECATED = kw.keyword("added"), kw.keyword("deprecated")
_PROTOCOL = kw.keyword("protocol", ns=runtime.CORE_NS)
_MACRO_ARGUMENTS = 2
"""`&env` and `&form`, which a macro has before those that it is called with."""
_ITEMS = 50
_DEPTH = 5
"""So much of an argument list is told."""


def described_var(name: str, var: runtime.Var, constructor: runtime.Var | None) -> Message:
    """A var as a symbol of a `symbols` message. Of a record or type, its `constructor` knows where it is."""
    meta = meta_of(var)
    told = _typed(name, meta, var._root)
    is_macro = told["type"] == "macro"
    line, column = _place(meta if constructor is None or _LINE in meta else meta_of(constructor))
    facts: dict[str, JSON] = {
        "arglists": _arglists(meta.val_at(_ARGLISTS), is_macro) or told.get("arglists"),
        "doc": text_of(meta, _DOC),
        "file": file_of(var if constructor is None or _LINE in meta else constructor),
        "line": line,
        "column": column,
        "is_private": meta.val_at(_PRIVATE) is True or None,
        "added": _short(meta.val_at(_ADDED)),
        "deprecated": _short(meta.val_at(_DEPRECATED)),
    }
    return {**told, **{key: fact for key, fact in facts.items() if fact is not None}}


def _place(meta: lmap.PersistentMap[object, object]) -> tuple[int | None, int | None]:
    """Line and column, from 1."""
    line, column = meta.val_at(_LINE), meta.val_at(_COL)
    return line if type(line) is int else None, column + 1 if type(column) is int else None


def described_special_forms() -> dict[str, JSON]:
    """What the compiler knows by itself: nobody has defined it."""
    return {form.name: {"type": "special-form"} for form in runtime._SPECIAL_FORMS}


def meta_of(reference: runtime.Var | runtime.Namespace) -> lmap.PersistentMap[object, object]:
    """Metadata, if it is an ordinary map."""
    meta = reference._meta
    return meta if type(meta) is lmap.PersistentMap else lmap.EMPTY


def text_of(meta: lmap.PersistentMap[object, object], key: kw.Keyword) -> str | None:
    """A text from metadata, of the length that is told."""
    return python.bounded_text(meta.val_at(key))


def file_of(var: runtime.Var) -> str | None:
    """The file that defines a var; None when it was typed."""
    file = text_of(meta_of(var), _FILE)
    return None if file == python.TYPED_LISP else file


def _typed(name: str, meta: lmap.PersistentMap[object, object], value: object) -> Message:
    """What sort of thing the var is."""
    if meta.val_at(_MACRO) is True:
        return {"type": "macro"}
    if meta.val_at(_PROTOCOL) is True:
        return {"type": "protocol"}
    if issubclass(type(value), type):
        return _described_class(name, value)
    if issubclass(type(value), (*python.FUNCTIONS, MultiFunction)):
        return {"type": "function"}
    return {"type": "variable", "class_name": python.class_name(type(value))}


def _described_class(name: str, value: object) -> Message:
    assert isinstance(value, type)
    if name.startswith("->"):  # `deftype` makes the class itself its constructor
        return {"type": "function", "arglists": python.arglists(value)}
    bases = python.mro_of(value)
    kind = "record" if IRecord in bases else "type" if IType in bases else "class"
    if kind == "class":
        return {"type": kind, "target": python.class_name(value)}
    return {"type": kind, "members": python.members(value)}


def _arglists(arglists: object, is_macro: bool) -> list[JSON]:
    if not isinstance(arglists, llist.PersistentList | vec.PersistentVector):
        return []
    skipped = _MACRO_ARGUMENTS if is_macro else 0
    return [
        _sequence("[", itertools.islice(each, skipped, None), "]", _DEPTH)
        for each in itertools.islice(iter(arglists), _ITEMS)
        if type(each) is vec.PersistentVector
    ]


def _form(form: object, depth: int) -> str:
    """Code as it was written, as far as it is made of Basilisp's and Python's own types."""
    kind = type(form)
    if depth == 0 or kind not in _PRINTERS:
        return "..."
    return _PRINTERS[kind](form, depth - 1)


def _sequence(begin: str, items: Iterable[object], end: str, depth: int) -> str:
    texts = [_form(item, depth) for item in itertools.islice(items, _ITEMS + 1)]
    return begin + " ".join([*texts[:_ITEMS], "..."] if len(texts) > _ITEMS else texts) + end


def _map(form: object, depth: int) -> str:
    """In an order of its own, since maps have none."""
    assert isinstance(form, lmap.PersistentMap)
    entries = (f"{_form(key, depth)} {_form(value, depth)}" for key, value in itertools.islice(form.items(), _ITEMS))
    return "{" + " ".join(sorted(entries)) + "}"


_SCALARS: dict[type, Callable[[object, int], str]] = {
    type(None): lambda *_: "nil",
    bool: lambda form, _: "true" if form else "false",
    str: lambda form, _: f'"{python.shortened(str(form))}"',
    int: lambda form, _: str(form) if int(form).bit_length() < 64 else "...",  # type: ignore[call-overload]
    float: lambda form, _: str(form),
    sym.Symbol: lambda form, _: python.shortened(str(form)),
    kw.Keyword: lambda form, _: python.shortened(str(form)),
}
_PRINTERS: dict[type, Callable[[object, int], str]] = {
    **_SCALARS,
    vec.PersistentVector: lambda form, depth: _sequence("[", form, "]", depth),  # type: ignore[arg-type]
    llist.PersistentList: lambda form, depth: _sequence("(", form, ")", depth),  # type: ignore[arg-type]
    lset.PersistentSet: lambda form, depth: _sequence("#{", form, "}", depth),  # type: ignore[arg-type]
    lmap.PersistentMap: _map,
}


def _short(value: object) -> str | None:
    """`:added "1.0"`, but also `:deprecated true`."""
    return "true" if value is True else python.bounded_text(value)
