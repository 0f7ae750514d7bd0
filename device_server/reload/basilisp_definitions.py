"""What a top-level form of Basilisp defines, and which names it uses when: from its shape alone.

Not what the names refer to: that is looked up in their namespace, when an edit is applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from device_server.reload.basilisp_forms import Tree, atoms, bare, head, is_data, is_literal, items_of

_FUNCTION_HEADS = frozenset({"defn", "defn-", "defasync", "deftest"})
_DEFERRED_HEADS = _FUNCTION_HEADS | {
    "defmacro",
    "defprotocol",
    "definterface",
    "delay",
    "fn",
    "fn*",
    "lazy-seq",
    "future",
}
"""What is in these runs when they are called, not when they are evaluated."""
_CLASS_HEADS = frozenset({"deftype", "defrecord"})
_EXTENDING_HEADS = frozenset({"extend-type", "extend-protocol", "reify"})
_WRAPPING_HEADS = frozenset({"do", "let", "when", "when-not", "if", "if-not", "binding", "letfn"})
"""Definitions in these are top-level all the same."""
_BINDING_HEADS = frozenset({"let", "letfn", "binding"})
NAMESPACE_HEADS = frozenset({"ns", "in-ns"})


def defined(shape: Tree) -> tuple[str, ...]:
    """The names of the vars that it makes, as far as can be told without expanding macros."""
    if isinstance(shape, tuple) and shape[0] == "":
        return tuple(name for item in shape[1:] for name in defined(item))
    operator, items = head(shape), items_of(shape)
    if operator in _WRAPPING_HEADS:
        return tuple(name for item in items[1:] for name in defined(item))
    if operator == "declare":
        return tuple(name for item in items[1:] if (name := bare(item)))
    name = bare(items[1]) if len(items) > 1 else None
    if name is None or not operator.startswith("def") or operator == "defmethod" or is_literal(name):
        return ()
    match operator:
        case "deftype":
            return (name, f"->{name}")
        case "defrecord":
            return (name, f"->{name}", f"map->{name}")
        case "defprotocol":
            return (name, *(method for item in items[2:] if (method := _first_name(item))))
        case _:
            return (name,)


def is_function(shape: Tree) -> bool:
    """Whether it defines a function, or a test: calling is what its body waits for."""
    operator = head(shape)
    if operator == "def":
        return is_anonymous_function(init(shape))
    return operator in _FUNCTION_HEADS


def closes_over_something(shape: Tree) -> bool:
    """Whether a function that it defines may have been made where other things are: `(let [c (atom 0)] (defn ...))`."""
    return head(shape) in _BINDING_HEADS or (head(shape) == "def" and not is_function(shape))


def is_inline(shape: Tree) -> bool:
    """Whether it is a function whose callers are compiled with its body in them."""
    items = items_of(shape)
    return len(items) > 1 and isinstance(items[1], tuple) and ":inline" in _keywords(items[1])


def is_anonymous_function(shape: Tree | None) -> bool:
    """Whether it is `(fn ...)` or `#(...)`."""
    if shape is None:
        return False
    is_short = isinstance(shape, tuple) and shape[0] == "#" and isinstance(shape[1], tuple)
    return is_short or head(shape) in ("fn", "fn*")


def init(shape: Tree) -> Tree | None:
    """What a `def` makes the value of; None when there is none."""
    items = items_of(shape)
    return items[-1] if len(items) > 2 else None


def is_constant(shape: Tree) -> bool:
    """Whether it is a `def` of data that stands there as it is."""
    return head(shape) == "def" and (value := init(shape)) is not None and is_data(value)


def skeleton(shape: Tree) -> Tree:
    """It without its literals; those in metadata and docstrings stay, since they are not what runs."""
    items = items_of(shape)
    is_documented = head(shape).startswith("def") and len(items) > 3 and str(items[2]).startswith('"')
    blank = _blank(shape)
    return (items[2], blank) if is_documented else blank


def used(shape: Tree) -> frozenset[str]:
    """All symbols in it."""
    return frozenset(atoms(shape))


def used_at_once(shape: Tree) -> frozenset[str]:
    """The symbols whose values matter while it is evaluated, not only when something in it is called."""
    return frozenset(_at_once(shape))


def _at_once(shape: Tree) -> Iterator[str]:
    if not isinstance(shape, tuple):
        yield from atoms(shape)
    elif is_anonymous_function(shape) or head(shape) in _DEFERRED_HEADS:
        return
    elif head(shape) in _CLASS_HEADS | _EXTENDING_HEADS:
        yield from (name for item in items_of(shape)[1:] if isinstance(item, str) for name in atoms(item))
    elif head(shape) == "defmethod":
        yield from _all_at_once(items_of(shape)[1:3])
    else:
        yield from _all_at_once(shape[1:])


def _all_at_once(shapes: Iterable[Tree]) -> Iterator[str]:
    for shape in shapes:
        yield from _at_once(shape)


def _first_name(shape: Tree) -> str | None:
    items = items_of(shape)
    return bare(items[0]) if items else None


def _keywords(shape: Tree) -> Iterator[str]:
    if isinstance(shape, str):
        yield shape
    else:
        for item in shape[1:]:
            yield from _keywords(item)


def _blank(shape: Tree) -> Tree:
    if is_literal(shape):
        return ""
    if isinstance(shape, str):
        return shape
    if shape[0] == "^":
        return ("^", shape[1], _blank(shape[2]))
    return (shape[0], *map(_blank, shape[1:]))
