"""Lets live objects go on with new code: what was evaluated anew is put into the object that the program has already.

So whatever holds a function (`partial`, a var of the same value, a callback in a map, Python code) runs the new one,
and instances are of the class that is there. What cannot be renewed is replaced; the old object stays where it is held.
"""

from __future__ import annotations

import functools
import gc
import re
import sys
import types
from abc import ABC, ABCMeta
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from basilisp.lang import keyword as kw
from basilisp.lang import map as lmap
from basilisp.lang import multifn

_NUMBER = re.compile(r"_\d+")
"""What the compiler makes names unique with."""
_INTERFACE, _IMPLS, _METHODS = (kw.keyword(name) for name in ("interface", "impls", "methods"))
IDLE_REFERENCES = 3
"""To a code object that no function has: of the constants of the outer code, of a list or loop, and in a call."""
_OF_THE_CLASS = frozenset({"__dict__", "__weakref__", "__slots__", "_abc_impl", "__abstractmethods__", "__module__"})


def renew(old: object, new: object, undo: ExitStack) -> int | None:
    """Make `old` what `new` is; None when it cannot be. They are what one definition gave, before and now.

    Returns: how many functions live that the old one has made, and that go on with the old code.
    """
    if old is new:
        return None
    if registry_of(old) is not None and registry_of(new) is not None:
        return _renew_dispatching(old, new, undo)
    if isinstance(old, types.FunctionType) and isinstance(new, types.FunctionType):
        return _renew_function(old, new, undo) if _name(old) == _name(new) else None
    if isinstance(old, type) and isinstance(new, type):
        return _renew_class(old, new, undo)
    if isinstance(old, multifn.MultiFunction) and isinstance(new, multifn.MultiFunction):
        old._dispatch, old._default, old._hierarchy = new._dispatch, new._default, new._hierarchy
        old._reset_cache()
        return 0
    return None


def registry_of(value: object) -> dict[type, object] | None:
    """The types to which a protocol's method is extended, as functools.singledispatch keeps them."""
    if not isinstance(value, types.FunctionType) or not hasattr(value, "registry"):
        return None
    dispatch = getattr(value, "dispatch", None)
    return _cells(dispatch).get("registry") if isinstance(dispatch, types.FunctionType) else None


def is_protocol(value: object) -> bool:
    """Whether it is what `defprotocol` makes."""
    return isinstance(value, lmap.PersistentMap) and isinstance(value.val_at(_INTERFACE), type)


def renewed_protocol(old: lmap.PersistentMap, new: lmap.PersistentMap, undo: ExitStack) -> lmap.PersistentMap:
    """The new protocol on the old interface: what implements or extends the old one implements the new.

    Its methods have been renewed before.
    """
    old_interface, new_interface = old.val_at(_INTERFACE), new.val_at(_INTERFACE)
    if old_interface is new_interface:
        return new
    _copy_members(old_interface, new_interface, undo)
    methods = {}
    for name, method in new.val_at(_METHODS).items():
        kept = old.val_at(_METHODS).val_at(name, method)
        kept.register(old_interface, registry_of(method)[new_interface])  # type: ignore[index]
        registry_of(kept).pop(new_interface, None)  # type: ignore[union-attr]
        methods[name] = kept
    return new.assoc(_INTERFACE, old_interface, _IMPLS, old.val_at(_IMPLS), _METHODS, lmap.map(methods))


def count_instances(cls: type) -> int:
    """How many live, of the class itself. One pass over all objects of the process."""
    return sum(type(each) is cls for each in gc.get_referrers(cls))


def innermost(function: types.FunctionType) -> types.FunctionType:
    """What Basilisp's decorators have wrapped."""
    while isinstance(inner := vars(function).get("__wrapped__"), types.FunctionType):
        function = inner
    return function


def _renew_dispatching(old: object, new: object, undo: ExitStack) -> int:
    """The method of a protocol: the old registrations stay, those of the new one win. Those are put back
    by whoever keeps the namespace.
    """
    registry, fresh = registry_of(old), registry_of(new)
    assert registry is not None
    assert fresh is not None
    attributes: dict[str, object] = {name: vars(old)[name] for name in ("arities", "meta") if name in vars(old)}
    undo.callback(lambda: vars(old).update(attributes))
    registry.update(fresh)
    vars(old).update({name: value for name, value in vars(new).items() if name in ("arities", "meta")})
    old._clear_cache()  # type: ignore[attr-defined]  # functools.singledispatch
    return 0


def _renew_function(old: types.FunctionType, new: types.FunctionType, undo: ExitStack) -> int | None:
    """Give it the code, the closure and the attributes of the other one."""
    code, defaults, keywords, attributes, contents = _function_state(new)
    if len(code.co_freevars) != len(old.__code__.co_freevars):
        # Code takes as many free variables as the function has cells, so the old function has to call the new one.
        template, contents = (_forwarding_to(new), (new,)) if old.__closure__ else (_forwarding, ())
        code, keywords = template.__code__.replace(co_name=innermost(new).__code__.co_name), {"__to__": new}
        if len(code.co_freevars) != len(old.__code__.co_freevars):
            return None
    undo.callback(_set_function, old, *_function_state(old))
    left = _renew_closures(innermost(old).__code__, innermost(new).__code__, undo)
    _set_function(old, code, defaults, keywords, attributes, contents)
    for name, value in attributes.items():
        setattr(old, name, _bound_to(value, new, old))
    return left


def _forwarding(*arguments: object, __to__: Callable[..., object], **options: object) -> object:
    return __to__(*arguments, **options)


def _forwarding_to(function: Callable[..., object]) -> types.FunctionType:
    def forwarding(*arguments: object, **options: object) -> object:
        return function(*arguments, **options)

    assert isinstance(forwarding, types.FunctionType)
    return forwarding


_State = tuple[types.CodeType, "tuple[Any, ...] | None", "dict[str, Any] | None", dict[str, object], tuple[object, ...]]


def _function_state(function: types.FunctionType) -> _State:
    contents = tuple(cell.cell_contents for cell in function.__closure__ or ())
    return function.__code__, function.__defaults__, function.__kwdefaults__, {**vars(function)}, contents


def _set_function(
    function: types.FunctionType,
    code: types.CodeType,
    defaults: tuple[Any, ...] | None,
    keywords: dict[str, Any] | None,
    attributes: dict[str, object],
    contents: tuple[object, ...],
) -> None:
    function.__code__, function.__defaults__, function.__kwdefaults__ = code, defaults, keywords
    vars(function).clear()
    vars(function).update(attributes)
    for cell, content in zip(function.__closure__ or (), contents, strict=True):
        cell.cell_contents = content


def _bound_to(value: object, new: types.FunctionType, old: types.FunctionType) -> object:
    """What Basilisp attaches to a function knows the function: let it know the one that lives on."""
    if isinstance(value, functools.partial) and value.args[:1] == (new,):
        return functools.partial(value.func, old, *value.args[1:], **value.keywords)
    if isinstance(value, types.FunctionType):
        for cell in value.__closure__ or ():
            if cell.cell_contents is new:
                cell.cell_contents = old
    return value


def _renew_closures(old: types.CodeType, new: types.CodeType, undo: ExitStack) -> int:
    """Functions that the old code has made go on with the code that the new one makes them of; how many cannot."""
    before, after = [*_inner(old)], [*_inner(new)]
    if [*map(_outline, before)] != [*map(_outline, after)]:
        return _count_closures(old)
    left = 0
    for place, fresh in enumerate(after):
        for function in _made_of(before, place):
            undo.callback(setattr, function, "__code__", before[place])
            function.__code__ = fresh
        left += _renew_closures(before[place], fresh, undo)
    return left


def _count_closures(code: types.CodeType) -> int:
    """How many functions live that this code has made, at any depth."""
    inner = [*_inner(code)]
    return sum(len(_made_of(inner, place)) + _count_closures(each) for place, each in enumerate(inner))


def _made_of(codes: list[types.CodeType], place: int) -> list[types.FunctionType]:
    """The functions that live with that code. A pass over all objects of the process only if there are any."""
    if sys.getrefcount(codes[place]) <= IDLE_REFERENCES:
        return []
    code = codes[place]
    return [each for each in gc.get_referrers(code) if isinstance(each, types.FunctionType) and each.__code__ is code]


def _inner(code: types.CodeType) -> Iterator[types.CodeType]:
    return (each for each in code.co_consts if isinstance(each, types.CodeType))


def _outline(code: types.CodeType) -> tuple[str, Sequence[str]]:
    """What must be the same for one function's closure to serve another's code, the compiler's numbers apart."""
    free = [_NUMBER.sub("", name) for name in code.co_freevars]
    return _NUMBER.sub("", code.co_name), free if len({*free}) == len(free) else code.co_freevars


def _renew_class(old: type, new: type, undo: ExitStack) -> int | None:
    """Give it the members and bases of the other one. Only where instances are laid out the same."""
    if old.__qualname__ != new.__qualname__ or _layout(old) != _layout(new) or type(old) is not type(new):
        return None
    if old.__bases__ != new.__bases__:
        bases = old.__bases__
        undo.callback(_set_bases, old, bases)
        try:
            old.__bases__ = new.__bases__
        except TypeError:  # CPython cannot lay that out anew
            return None
        _forget_subclasses(old, bases)
    _copy_members(old, new, undo)
    return 0


def _set_bases(cls: type, bases: tuple[type, ...]) -> None:
    before = cls.__bases__
    if before != bases:
        cls.__bases__ = bases
        _forget_subclasses(cls, before)


def _forget_subclasses(cls: type, before: tuple[type, ...]) -> None:
    """Interfaces and protocols remember who implements them, and who does not."""
    for base in {*cls.__mro__, *(each for direct in before for each in direct.__mro__)}:
        if isinstance(base, ABCMeta):
            base._abc_caches_clear()  # type: ignore[attr-defined]  # what it is for
    _Registry.register(type("_Registered", (), {}))  # functools.singledispatch looks only at the count of these


class _Registry(ABC):  # noqa: B024  # it is there to be registered with
    """Has no instances."""


def _copy_members(old: type, new: type, undo: ExitStack) -> None:
    before = {name: value for name, value in vars(old).items() if _is_member(name, value)}
    after = {name: value for name, value in vars(new).items() if _is_member(name, value)}
    undo.callback(_set_members, old, before)
    _set_members(old, after)
    if isinstance(old, ABCMeta):
        undo.callback(setattr, old, "__abstractmethods__", old.__abstractmethods__)
        old.__abstractmethods__ = new.__abstractmethods__  # type: ignore[attr-defined]  # of the same metaclass


def _set_members(cls: type, members: dict[str, object]) -> None:
    for name in [name for name, value in vars(cls).items() if _is_member(name, value) and name not in members]:
        delattr(cls, name)
    for name, value in members.items():
        if vars(cls).get(name) is not value:
            setattr(cls, name, value)


def _is_member(name: str, value: object) -> bool:
    return name not in _OF_THE_CLASS and not isinstance(value, types.MemberDescriptorType)


def _layout(cls: type) -> object:
    fields = getattr(cls, "__attrs_attrs__", ())
    return [field.name for field in fields], vars(cls).get("__slots__")


def _name(function: types.FunctionType) -> tuple[str, str]:
    """What a `def` calls the function that it makes; others have the names of theirs."""
    return function.__module__, _NUMBER.sub("", innermost(function).__code__.co_name)


def _cells(function: types.FunctionType) -> dict[str, Any]:
    return dict(
        zip(
            function.__code__.co_freevars,
            (cell.cell_contents for cell in function.__closure__ or ()),
            strict=True,
        )
    )
