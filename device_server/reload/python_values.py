"""Values of modules and classes: literals are pushed where the program has not changed them since."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Protocol, TypeAlias

_ATOMS = (bool, int, float, complex, str, bytes, type(None), type(...))
_STATELESS = (*_ATOMS, tuple, frozenset, FunctionType, BuiltinFunctionType, ModuleType, type, property)


_OF_CLASS_BODIES = frozenset({"__module__", "__qualname__", "__firstlineno__", "__static_attributes__"})


class SetValue(Protocol):
    """Binds a name of a module or of a class; what takes it back is at the undo stack."""

    def __call__(self, name: str, value: object, /) -> None: ...


def alike(one: object, other: object) -> bool:
    """Whether they are the same literal: equal, and of the same types all through. 1, True and 1.0 are three."""
    if type(one) is not type(other):
        return False
    if one is other:
        return True
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and type(one) in (list, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict) and type(one) is dict:
        return alike([*one], [*other]) and alike([*one.values()], [*other.values()])
    if isinstance(one, set) and isinstance(other, set) and type(one) is set:
        return len(one) == len(other) and {(type(each), each) for each in one} == {(type(each), each) for each in other}
    return type(one) in _ATOMS and repr(one) == repr(other)


def holds_state(value: object) -> bool:
    """Whether the program may have put something in there that is lost with it."""
    return not isinstance(value, _STATELESS)


def is_lost(old: object, new: object) -> bool:
    """Whether something may be in the old value that was put there since it was made, and that the new one has not."""
    if isinstance(old, dict) and isinstance(new, dict) and is_data(old):
        return not old.keys() <= new.keys()
    if isinstance(old, list | set) and isinstance(new, list | set) and is_data(old):
        return len(old) > len(new)
    return holds_state(old)


def is_data(value: object) -> bool:
    """Whether it is made of constants all through, so that nothing but the value is lost with it."""
    if type(value) in (list, tuple, set, frozenset) and isinstance(value, list | tuple | set | frozenset):
        return all(map(is_data, value))
    if isinstance(value, dict) and type(value) is dict:
        return all(map(is_data, value)) and all(map(is_data, value.values()))
    return type(value) in _ATOMS


def bindings(code: CodeType) -> dict[str, object]:
    """What an assignment of literals binds."""
    found: dict[str, object] = {}
    exec(code, {"__name__": ""}, found)
    return {name: value for name, value in found.items() if name not in _OF_CLASS_BODIES}


def push(old: CodeType, new: CodeType, live: Mapping[str, object], set_value: SetValue, undo: ExitStack) -> list[str]:
    """Where the live value is still the old literal it becomes the new one. Returns the names that keep their values.

    A list, dictionary or set stays the same object, so that everyone who holds it sees what is new.
    """
    before, after = bindings(old), bindings(new)
    kept = []
    for name, value in after.items():
        if name not in live or alike(live[name], value):
            continue
        if name not in before or not alike(live[name], before[name]):
            kept.append(name)
        elif not _refill(live[name], value, undo):
            set_value(name, value)
    return kept


def _refill(container: object, value: object, undo: ExitStack) -> bool:
    """Give a container the contents of another of its type. False when it is none."""
    if isinstance(container, list) and isinstance(value, list):
        undo.callback(container.__setitem__, slice(None), [*container])
        container[:] = value
    elif isinstance(container, dict) and isinstance(value, dict):
        undo.callback(_replace_items, container, dict(container))
        _replace_items(container, value)
    elif isinstance(container, set) and isinstance(value, set):
        undo.callback(_replace_members, container, set(container))
        _replace_members(container, value)
    else:
        return False
    return True


def _replace_items(container: dict[object, object], items: dict[object, object]) -> None:
    container.clear()
    container.update(items)


def _replace_members(container: set[object], members: set[object]) -> None:
    container.clear()
    container.update(members)


Bindings: TypeAlias = tuple[tuple[str, object], ...]
"""Names with their values. No dictionary, since those in the heap are changed where they hold a class made anew."""


def restore(namespace: dict[str, object], before: Bindings) -> None:
    """Bind in a module what was bound then, and nothing else."""
    for name in namespace.keys() - dict(before).keys():
        del namespace[name]
    for name, value in before:
        if name not in namespace or namespace[name] is not value:
            namespace[name] = value


def restore_class(owner: type, before: Bindings) -> None:
    """The same for a class. Past its metaclass, which may forbid it."""
    for name in vars(owner).keys() - dict(before).keys():
        type.__delattr__(owner, name)
    for name, value in before:
        if name not in vars(owner) or vars(owner)[name] is not value:
            type.__setattr__(owner, name, value)
