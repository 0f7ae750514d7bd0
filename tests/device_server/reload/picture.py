"""What a program consists of at a moment, down to identities: to be compared with what it was before an edit failed."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

Picture: TypeAlias = "dict[str, object]"
"""Place, such as `shop.Item.price.__code__` -> what is there."""

_PLAIN = (str, bytes, int, float, complex, bool, type(None), type(...))


class Same:
    """Equal only to a picture of the very object, which it keeps alive, so that no other gets its address."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other._value is self._value

    def __hash__(self) -> int:
        return id(self._value)

    def __repr__(self) -> str:
        return f"<{type(self._value).__name__} at {id(self._value):#x}>"


def picture(roots: Mapping[str, object]) -> Picture:
    """Everything that the roots lead to, through what the program's own modules define; each object once."""
    own = {name for name, root in roots.items() if isinstance(root, types.ModuleType)}
    found: Picture = {}
    seen: set[int] = set()
    waiting = [*roots.items()]
    while waiting:
        place, value = waiting.pop()
        found[place] = repr(value) if isinstance(value, _PLAIN) else Same(value)
        if isinstance(value, _PLAIN) or id(value) in seen:
            continue
        seen.add(id(value))
        waiting += [(f"{place}{step}", each) for step, each in _parts(value, own)]
    return found


def differences(before: Picture, after: Picture) -> list[str]:
    """Places where they are not the same, with what was there and what is there."""
    places = {**before, **after}
    return [
        f"{place}: {before.get(place, 'nothing')} -> {after.get(place, 'nothing')}"
        for place in places
        if (place in before) != (place in after) or before.get(place) != after.get(place)
    ]


def _parts(value: object, own: set[str]) -> Iterator[tuple[str, object]]:
    """Of what is not the program's own, nothing."""
    if isinstance(value, types.ModuleType):
        return _named(vars(value)) if value.__name__ in own else iter(())
    if isinstance(value, types.FunctionType):
        return _function(value) if value.__module__ in own else iter(())
    if isinstance(value, type):
        return _class(value) if value.__module__ in own else iter(())
    if isinstance(value, dict):
        return _dict(value)
    if isinstance(value, list | tuple):
        return iter([(f"[{place}]", each) for place, each in enumerate(value)])
    if isinstance(value, set | frozenset):
        return iter([(".members", repr(sorted(id(each) for each in value)))])
    attributes = next((names for kind, names in _ATTRIBUTES.items() if isinstance(value, kind)), None)
    if attributes is not None:
        return iter([(f".{name}", getattr(value, name)) for name in attributes])
    return _instance(value)


_ATTRIBUTES: Final[dict[type, tuple[str, ...]]] = {
    types.MethodType: ("__func__", "__self__"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset", "fdel"),
    types.CellType: ("cell_contents",),
}


def _dict(value: dict[object, object]) -> Iterator[tuple[str, object]]:
    yield ".keys", repr([repr(key) if isinstance(key, _PLAIN) else id(key) for key in value])
    yield from ((f"[{key!r}]", each) for key, each in value.items() if isinstance(key, _PLAIN))


def _named(names: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """What has a name, and the order of the names; the caches that Python keeps in classes are left out."""
    left_out = ("__builtins__", "__dict__", "__weakref__", "__abstractmethods__", "_abc_impl")
    yield ".names", repr([name for name in names if name not in left_out])
    yield from ((f".{name}", value) for name, value in names.items() if name not in left_out)


def _class(value: type) -> Iterator[tuple[str, object]]:
    """By the alphabet: a name that was deleted and set again comes last, and nothing can be done about that."""
    yield from _named(dict(sorted(vars(value).items())))
    yield ".__bases__", value.__bases__


def _function(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    for name in (
        "__code__",
        "__defaults__",
        "__kwdefaults__",
        "__annotations__",
        "__doc__",
        "__name__",
        "__qualname__",
    ):
        yield f".{name}", getattr(function, name)
    yield ".__dict__", function.__dict__
    for cell in function.__closure__ or ():
        yield f".{id(cell)}", cell


def _instance(value: object) -> Iterator[tuple[str, object]]:
    """Of any object that may be told: its class and its attributes."""
    yield ".__class__", type(value)
    attributes = getattr(value, "__dict__", None)
    if isinstance(attributes, dict):
        yield from _named(attributes)
    slots = (name for each in type(value).__mro__ for name in vars(each).get("__slots__", ()))
    yield from ((f".{name}", getattr(value, name)) for name in slots if hasattr(value, name))
