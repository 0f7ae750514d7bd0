"""A class statement has run again: its old class becomes what the new one is, or the new one takes its place."""

from __future__ import annotations

import abc
import contextlib
import enum
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from types import CellType, FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Protocol, TypeVar

from device_server.reload.python_functions import Functions, set_attribute
from device_server.reload.python_heap import functions_from, referrers
from device_server.reload.python_values import restore_class

_OWN = frozenset({"__dict__", "__weakref__", "__slots__", "_abc_impl", "__abstractmethods__"})
"""What belongs to one class object only."""
_WRAPPED_BY_CLASSES = {"__init_subclass__": classmethod, "__class_getitem__": classmethod, "__new__": staticmethod}
"""What `class` makes of functions of these names."""


K = TypeVar("K", contravariant=True)


class _Container(Protocol[K]):
    """A list by its places, or a dictionary by its keys."""

    def __setitem__(self, key: K, value: object, /) -> None: ...


class Classes:
    """Brings classes up to date, and tells what could not be moved."""

    def __init__(self, functions: Functions, undo: ExitStack) -> None:
        self._functions = functions
        self._undo = undo
        self.migrated: list[str] = []
        """What was moved, for a person."""
        self.left: list[str] = []
        """What could not be moved."""

    def merge(self, old: type, new: type, kept: Iterable[str] = (), *, prunes: bool = True) -> type:
        """The class that is to be bound: the old one where it can become what the new one is.

        `kept` names attributes that keep their values; without `prunes` what the new class does not have stays.
        """
        if self._can_become(old, new):
            self._become(old, new, frozenset(kept), prunes=prunes)
            return old
        self._replace(old, new)
        return new

    def set_attributes(self, owner: type, attributes: Mapping[str, object], removed: Iterable[str]) -> None:
        """As if its statement had bound these, and had not bound those that are removed."""
        self._remember(owner)
        for name, value in attributes.items():
            wrap = _WRAPPED_BY_CLASSES.get(name)
            own = wrap(value) if wrap is not None and isinstance(value, FunctionType) else value
            self._own_cells(own, owner)
            self._set(owner, name, own)
        for name in removed:
            if name == "__doc__":
                type.__setattr__(owner, name, None)
            elif name in vars(owner):
                type.__delattr__(owner, name)
        self._refresh_abstract(owner)

    def _remember(self, owner: type) -> None:
        self._undo.callback(restore_class, owner, tuple(vars(owner).items()))

    def _refresh_abstract(self, owner: type) -> None:
        if isinstance(owner, abc.ABCMeta):
            before = owner.__abstractmethods__
            self._undo.callback(type.__setattr__, owner, "__abstractmethods__", before)
            abc.update_abstractmethods(owner)  # type: ignore[arg-type]

    def _set(self, owner: type, name: str, value: object) -> None:
        live = vars(owner).get(name)
        united = self._united(live, value)
        if united is not live:
            type.__setattr__(owner, name, united)
            announce = getattr(type(united), "__set_name__", None)
            if announce is not None:
                announce(united, owner, name)

    def _united(self, live: object, value: object) -> object:
        """The live method or property, which has become what the new one is; otherwise the new one."""
        if isinstance(live, FunctionType) and isinstance(value, FunctionType):
            return self._functions.unified(live, value)
        if isinstance(live, staticmethod | classmethod) and type(live) is type(value):
            united = self._functions.unified(live.__func__, value.__func__)
            return live if united is live.__func__ else value
        if isinstance(live, property) and type(live) is type(value):
            pairs = [(getattr(live, name), getattr(value, name)) for name in ("fget", "fset", "fdel")]
            united_all = [self._functions.unified(*pair) for pair in pairs]
            return live if all(own is pair[0] for own, pair in zip(united_all, pairs, strict=True)) else value
        if isinstance(live, type) and isinstance(value, type) and live.__qualname__ == value.__qualname__:
            return self.merge(live, value)
        return value

    def _own_cells(self, value: object, owner: type) -> None:
        """Methods that say `super()` find their class in a cell."""
        for function in functions_from(value):
            for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
                if name == "__class__":
                    fill_cell(cell, owner)

    def _can_become(self, old: type, new: type) -> bool:
        if _layout(old) != _layout(new) or getattr(old, "_fields", None) != getattr(new, "_fields", None):
            return False
        return self._try_to_set(old, "__class__", type(new)) and self._try_to_set(old, "__bases__", new.__bases__)

    def _try_to_set(self, owner: object, name: str, value: object) -> bool:
        if getattr(owner, name) == value:
            return True
        try:
            set_attribute(owner, name, value, self._undo)
        except TypeError:  # Python refuses where the layout is another
            return False
        return True

    def _become(self, old: type, new: type, kept: frozenset[str], *, prunes: bool) -> None:
        self._remember(old)
        members = _merge_members(old, new, self._undo)
        for name, value in [*vars(new).items()]:
            is_slot = isinstance(value, MemberDescriptorType | GetSetDescriptorType)
            if name in _OWN or is_slot or (name in kept and name in vars(old) and _is_value(vars(old)[name])):
                continue
            self._own_cells(value, old)
            self._set(old, name, _translated(value, members))
        gone = vars(old).keys() - vars(new).keys() - _OWN if prunes else ()
        for name in gone:
            type.__delattr__(old, name)
        self._refresh_abstract(old)
        self._redirect(new, old)

    def _redirect(self, new: type, old: type) -> None:
        """Whoever was told of the new class as it was made gets the old one: registries of subclasses, decorators."""
        is_watched = any("__init_subclass__" in vars(base) for base in new.__mro__[1:-1])
        if is_watched or type(new) not in (type, abc.ABCMeta, enum.EnumType):
            self._replace_references(new, old, referrers(new))
        if new.__bases__ != (object,):  # until it is collected, it would be one more subclass of its bases
            with contextlib.suppress(TypeError):  # Python refuses where the layout is another
                new.__bases__ = (old,)

    def _replace(self, old: type, new: type) -> None:
        name = new.__qualname__
        found = referrers(old)
        has_elements = issubclass(old, tuple) and getattr(old, "_fields", None) != getattr(new, "_fields", None)
        moved, left = 0, 0
        for each in [each for each in found if type(each) is old]:
            is_moved = not has_elements and self._try_to_set(each, "__class__", new)
            moved, left = moved + is_moved, left + (not is_moved)
        for each in found:
            if isinstance(each, type) and old in each.__bases__ and each is not new:
                bases = tuple(new if base is old else base for base in each.__bases__)
                if not self._try_to_set(each, "__bases__", bases):
                    self.left.append(f"class {each.__qualname__} stays one of the old {name}")
        self._replace_references(old, new, found)
        if moved:
            self.migrated.append(f"{moved} of {name}")
        if left:
            self.left.append(f"{left} of {name} stay as they were made: their layout is another")

    def _replace_references(self, old: object, new: object, holders: Iterable[object]) -> None:
        """Put the new object where the old one is held: in modules, dictionaries, lists, sets, cells and instances.

        No closure may be made here of `old`: its cell would be one of those.
        """
        for holder in holders:
            if isinstance(holder, dict) and not _is_of_class(holder):
                self._replace_items(holder, [*holder.items()], old, new)
            elif isinstance(holder, list):
                self._replace_items(holder, [*enumerate(holder)], old, new)
            elif isinstance(holder, set):
                self._undo.callback(_exchange, holder, new, old)
                _exchange(holder, old, new)
            elif isinstance(holder, CellType):
                self._undo.callback(fill_cell, holder, old)
                fill_cell(holder, new)
            elif not isinstance(holder, type | FunctionType) and isinstance(getattr(holder, "__dict__", None), dict):
                self._replace_items(vars(holder), [*vars(holder).items()], old, new)

    def _replace_items(
        self, holder: _Container[K], items: Iterable[tuple[K, object]], old: object, new: object
    ) -> None:
        for key, value in items:
            if value is old:
                self._undo.callback(holder.__setitem__, key, old)
                holder[key] = new


def fill_cell(cell: CellType, value: object) -> None:
    """Let a closure see another value."""
    cell.cell_contents = value


def _exchange(members: set[object], old: object, new: object) -> None:
    if old in members:
        members.remove(old)
        members.add(new)


def _is_of_class(found: dict[object, object]) -> bool:
    """Whether it is what a class has for attributes, which only the class itself may change."""
    return isinstance(found.get("__dict__"), GetSetDescriptorType) or "__qualname__" in found


def _is_value(live: object) -> bool:
    return not isinstance(live, FunctionType | staticmethod | classmethod | property | type)


def _layout(owner: type) -> tuple[object, ...]:
    slots = tuple(name for name, value in vars(owner).items() if isinstance(value, MemberDescriptorType))
    sizes = (owner.__basicsize__, owner.__itemsize__, owner.__dictoffset__, owner.__weakrefoffset__)
    return (*sizes, slots)


def _merge_members(old: type, new: type, undo: ExitStack) -> dict[int, object]:
    """Of enums, the id of each new member -> the member that stands for it: the old one of that name, where it can have
    the value.
    """
    found: dict[int, object] = {}
    if not isinstance(old, enum.EnumType) or not isinstance(new, enum.EnumType):
        return found
    olds: Mapping[str, object] = old.__members__
    members: Mapping[str, object] = new.__members__
    for name, member in members.items():
        live = olds.get(name)
        if live is not None and (getattr(member, "_value_", None) == getattr(live, "_value_", None) or _is_bare(old)):
            undo.callback(_restore_vars, live, dict(vars(live)))
            vars(live).update({key: value for key, value in vars(member).items() if key != "__objclass__"})
            found[id(member)] = live
        elif id(member) not in found:
            set_attribute(member, "__class__", old, undo)
            vars(member)["__objclass__"] = old
            found[id(member)] = member
    return found


def _is_bare(owner: enum.EnumType) -> bool:
    """Whether its members are plain objects, whose value is an attribute."""
    return getattr(owner, "_member_type_", None) is object


def _restore_vars(holder: object, before: Mapping[str, object]) -> None:
    vars(holder).clear()
    vars(holder).update(before)


def _translated(value: object, members: Mapping[int, object]) -> object:
    """A new attribute of an enum, with the members that stand for new ones."""
    if not members:
        return value
    if id(value) in members:
        return members[id(value)]
    if type(value) is dict:
        return {key: members.get(id(each), each) for key, each in value.items()}
    if isinstance(value, enum.property) and id(getattr(value, "member", None)) in members:
        vars(value)["member"] = members[id(vars(value)["member"])]
    return value
