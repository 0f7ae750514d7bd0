"""Live functions get other code, and stay the same objects. Not which: that is planned, see python_plan.py."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import (
    AsyncGeneratorType,
    CellType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
)

from device_server.reload import hooks
from device_server.reload.python_codes import CodePair, docstring, moved, nested, references, same
from device_server.reload.python_heap import frames, referrers, running
from device_server.reload.python_lineage import Lineage

_OWNER = "__class__"
"""The cell in which a method that says `super()` finds its class."""


def set_attribute(holder: object, name: str, value: object, undo: ExitStack) -> None:
    """Set it; to undo this is to set what was there."""
    undo.callback(setattr, holder, name, getattr(holder, name))
    setattr(holder, name, value)


@dataclass(slots=True)
class Swap:
    """The functions of one definition, and the code that they get."""

    functions: list[FunctionType]
    code: CodeType
    owner: type | None
    """The class that they are methods of."""


@dataclass(slots=True)
class _Holders:
    pair: CodePair
    functions: list[FunctionType]
    owner: type | None
    is_made: bool
    """Whether it is code that other code makes functions of, which holds it, too."""


class Functions:
    """Gives functions new code, and tells what still runs old code."""

    def __init__(self, undo: ExitStack, lineage: Lineage) -> None:
        self._undo = undo
        self._lineage = lineage
        self.stale: list[str] = []

    def swap(self, swaps: Iterable[Swap]) -> None:
        """Whoever else holds the old code, or code of functions that are made in it, is found: another function is
        changed, too, a frame or generator is told.
        """
        tops: dict[int, _Holders] = {}
        for each in swaps:
            for function in each.functions:
                top = _Holders(CodePair(function.__code__, each.code), [], each.owner, is_made=False)
                tops.setdefault(id(function.__code__), top).functions.append(function)
        changed: list[_Holders] = []
        for top in tops.values():
            inner = [*nested(top.pair.old, top.pair.new)] if top.pair.new is not None else []
            for holders in (top, *(_Holders(pair, [], top.owner, is_made=True) for pair in inner)):
                if _differs(holders.pair):
                    changed.append(holders)
                else:
                    self._lineage.note(holders.pair, len(holders.functions) + holders.is_made)
        self._find_others(changed)
        for holders in [*tops.values(), *(each for each in changed if each.is_made)]:
            for function in holders.functions:
                if holders.pair.new is None:
                    self._tell(function, "closure", "is gone from the new text")
                else:
                    self._set_code(function, holders.pair.new, holders.owner)

    def move(self, functions: Iterable[FunctionType], lines: int) -> None:
        """Their text is so many lines further down."""
        holders: dict[int, _Holders] = {}
        for function in functions:
            key = id(function.__code__)
            if key not in holders:
                pair = CodePair(function.__code__, moved(function.__code__, lines))
                holders[key] = _Holders(pair, [], None, is_made=False)
            holders[key].functions.append(function)
        for top in holders.values():
            assert top.pair.new is not None
            self._lineage.note(top.pair, len(top.functions))
            for inner in [*nested(top.pair.old, top.pair.new)]:  # at work it would hold some itself
                self._lineage.note(inner, 1)  # the code that makes it holds it
            for function in top.functions:
                set_attribute(function, "__code__", top.pair.new, self._undo)

    def _find_others(self, changed: list[_Holders]) -> None:
        """Only what has other holders is looked for in the heap: the count of references tells."""
        if not changed:
            return
        on_stack = running()
        wanted: dict[int, list[FunctionType]] = {}
        codes: list[CodeType] = []
        for holders in changed:
            frames_now = on_stack[id(holders.pair.old)]
            if frames_now:
                self._tell_frames(holders.pair.old)
            if references(holders.pair) > len(holders.functions) + holders.is_made + frames_now:
                codes.append(holders.pair.old)
                wanted[id(holders.pair.old)] = holders.functions
            for older in self._lineage.older(holders.pair.old):
                codes.append(older)
                wanted[id(older)] = holders.functions
        if codes:
            for holder in referrers(*codes):
                self._add_holder(holder, wanted)

    def _add_holder(self, holder: object, wanted: Mapping[int, list[FunctionType]]) -> None:
        if isinstance(holder, FunctionType):
            functions = wanted.get(id(holder.__code__))
            if functions is not None and not any(holder is each for each in functions):
                functions.append(holder)
        elif isinstance(holder, GeneratorType) and holder.gi_frame is not None and not holder.gi_running:
            self._tell_suspended("generator", holder.gi_code, holder.gi_frame.f_lineno)
        elif isinstance(holder, CoroutineType) and holder.cr_frame is not None and not holder.cr_running:
            self._tell_suspended("coroutine", holder.cr_code, holder.cr_frame.f_lineno)
        elif isinstance(holder, AsyncGeneratorType) and holder.ag_frame is not None and not holder.ag_running:
            self._tell_suspended("async generator", holder.ag_code, holder.ag_frame.f_lineno)

    def _tell_frames(self, code: CodeType) -> None:
        self.stale += [
            _described("frame", code, frame.f_lineno, "running") for frame in frames() if frame.f_code is code
        ]

    def _tell_suspended(self, kind: str, code: CodeType, line: int) -> None:
        self.stale.append(_described(kind, code, line, "suspended"))

    def _tell(self, function: FunctionType, kind: str, why: str) -> None:
        code = function.__code__
        self.stale.append(_described(kind, code, code.co_firstlineno, f"which {why}"))

    def _set_code(self, function: FunctionType, code: CodeType, owner: type | None) -> None:
        old_doc = docstring(function.__code__)
        if function.__doc__ == old_doc != docstring(code):
            set_attribute(function, "__doc__", docstring(code), self._undo)
        if function.__code__.co_freevars == code.co_freevars:
            set_attribute(function, "__code__", code, self._undo)
            return
        closure = _closure(function, code, owner)
        if closure is None:
            self._tell(function, "closure", "lacks a variable of the new text")
            return
        made = _copy(function, code, closure)
        self.forward(function, made)
        if owner is not None and vars(owner).get(function.__name__) is function:
            self._undo.callback(type.__setattr__, owner, function.__name__, function)
            type.__setattr__(owner, function.__name__, made)

    def forward(self, function: FunctionType, target: Callable[..., object]) -> None:
        """Let a function that cannot become the other call it, for those who hold it."""
        consts = tuple(target if each == "target" else each for each in _forward.__code__.co_consts)
        name = function.__name__
        code = _forward.__code__.replace(
            co_consts=consts, co_freevars=function.__code__.co_freevars, co_name=name, co_qualname=function.__qualname__
        )
        set_attribute(function, "__code__", code, self._undo)
        self._undo.callback(_restore_dict, function, dict(function.__dict__))
        function.__dict__["__wrapped__"] = target

    def become(self, old: FunctionType, new: FunctionType) -> bool:
        """Make an old function what a new one is, and keep it the same object. False when it only calls the new one."""
        if old.__globals__ is not new.__globals__ or old.__code__.co_freevars != new.__code__.co_freevars:
            self.forward(old, new)
            return False
        for name in ("__code__", "__defaults__", "__kwdefaults__", "__annotations__", "__doc__"):
            set_attribute(old, name, getattr(new, name), self._undo)
        self._undo.callback(_restore_dict, old, dict(old.__dict__))
        for key, value in new.__dict__.items():
            mine = old.__dict__.get(key)
            old.__dict__[key] = self.unified(mine, value) if isinstance(value, FunctionType) else value
        if hooks.ATTRIBUTE not in new.__dict__:  # the program's own attributes stay; this one is the definition's
            old.__dict__.pop(hooks.ATTRIBUTE, None)
        for name, mine, others in zip(
            old.__code__.co_freevars, old.__closure__ or (), new.__closure__ or (), strict=True
        ):
            if name != _OWNER:
                self._fill(mine, others)
        return True

    def unified(self, old: object, new: object) -> object:
        """The old function, made what the new one is, if both are functions of one name; otherwise the new object."""
        if not isinstance(old, FunctionType) or not isinstance(new, FunctionType) or old is new:
            return new
        return old if old.__qualname__ == new.__qualname__ and self.become(old, new) else new

    def _fill(self, cell: CellType, other: CellType) -> None:
        try:
            old, new = cell.cell_contents, other.cell_contents
        except ValueError:  # one of them is empty
            return
        if old is not new:
            set_attribute(cell, "cell_contents", self.unified(old, new), self._undo)


def _differs(pair: CodePair) -> bool:
    return pair.new is None or not same(pair.old, pair.new)


def set_signature(
    function: FunctionType, old: CodeType, made: FunctionType, fresh: Collection[str], undo: ExitStack
) -> None:
    """Take the defaults and annotations of what its definition has made; of parameters that are not fresh, the objects
    there were. `old` is the code that the function had with those.
    """
    live = {**_defaults(function, old), **(function.__kwdefaults__ or {})}
    kept = {name: value for name, value in live.items() if name not in fresh}
    positional = tuple(kept.get(name, value) for name, value in _defaults(made, made.__code__).items())
    keyword = {name: kept.get(name, value) for name, value in (made.__kwdefaults__ or {}).items()}
    set_attribute(function, "__defaults__", positional or None, undo)
    set_attribute(function, "__kwdefaults__", keyword or None, undo)
    set_attribute(function, "__annotations__", made.__annotations__, undo)


def _defaults(function: FunctionType, code: CodeType) -> dict[str, object]:
    """Of its positional parameters, which the code names."""
    names = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()
    return dict(zip(names[len(names) - len(values) :], values, strict=True))


def _closure(function: FunctionType, code: CodeType, owner: type | None) -> tuple[CellType, ...] | None:
    """The cells that the code needs; None when the function has not all of them."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    if owner is not None:
        cells.setdefault(_OWNER, CellType(owner))
    missing = [name for name in code.co_freevars if name not in cells]
    return None if missing else tuple(cells[name] for name in code.co_freevars)


def _copy(function: FunctionType, code: CodeType, closure: tuple[CellType, ...]) -> FunctionType:
    made = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__, made.__annotations__ = function.__kwdefaults__, function.__annotations__
    made.__doc__, made.__qualname__, made.__module__ = function.__doc__, function.__qualname__, function.__module__
    made.__dict__.update(function.__dict__)
    return made


def _forward(*args: object, **kwargs: object) -> object:
    target: object = "target"
    return target(*args, **kwargs)  # type: ignore[operator]  # the constant is replaced by what is called


def _restore_dict(function: FunctionType, before: Mapping[str, object]) -> None:
    function.__dict__.clear()
    function.__dict__.update(before)


def _described(kind: str, code: CodeType, line: int, how: str) -> str:
    return f"{kind} {code.co_qualname}() of {os.path.basename(code.co_filename)}:{line}, {how}"
