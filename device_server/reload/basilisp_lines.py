"""Moves what forms have defined to the lines on which the forms now stand: where lookups lead and tracebacks point."""

from __future__ import annotations

import sys
import types
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from basilisp.lang import keyword as kw
from basilisp.lang import map as lmap
from basilisp.lang import runtime

from device_server.reload.basilisp_forms import Form
from device_server.reload.basilisp_live import IDLE_REFERENCES, innermost

_FILE, _LINE, _END_LINE = (kw.keyword(name) for name in ("file", "line", "end-line"))


def shift(namespace: runtime.Namespace, path: str, moved: Sequence[tuple[Form, Form]], undo: ExitStack) -> None:
    """Give vars, functions and methods of these forms their new lines. The vars are put back by whoever keeps them."""
    by_line = _Lines(moved)
    for var in namespace.interns.values():
        meta = var._meta
        if isinstance(meta, lmap.PersistentMap) and meta.val_at(_FILE) == path:
            line, end_line = meta.val_at(_LINE), meta.val_at(_END_LINE)
            if isinstance(line, int) and (by := by_line(line)):
                var.reset_meta(meta.assoc(_LINE, line + by, _END_LINE, end_line + by if end_line else end_line))
    for name, value in [*vars(namespace.module).items()]:
        for function in _functions(name, value):
            _shift_function(function, path, by_line, undo)


class _Lines:
    """By how many lines what stood on a line has moved."""

    def __init__(self, moved: Sequence[tuple[Form, Form]]) -> None:
        self._moved = sorted(moved, key=lambda pair: pair[0].line)
        self._starts = [old.line for old, _ in self._moved]

    def __call__(self, line: int) -> int:
        place = bisect_right(self._starts, line) - 1
        if place < 0 or line > self._moved[place][0].end_line:
            return 0
        old, new = self._moved[place]
        return new.line - old.line


def _functions(name: str, value: object) -> Iterator[types.FunctionType]:
    """What a `def` of that name has made. Not what else has that value: functions that a function has made stay as they
    are, since it is by the identity of their code that they are found when it changes.
    """
    if isinstance(value, type) and value.__name__ == name:
        yield from (member for member in vars(value).values() if isinstance(member, types.FunctionType))
    elif isinstance(value, types.FunctionType):
        function = innermost(value)
        if function.__code__.co_name == name:
            yield function


def _shift_function(function: types.FunctionType, path: str, by_line: Callable[[int], int], undo: ExitStack) -> None:
    code = function.__code__
    if code.co_filename == path and (by := by_line(code.co_firstlineno)):
        undo.callback(setattr, function, "__code__", code)
        function.__code__ = _shifted(code, by)


def _shifted(code: types.CodeType, by: int) -> types.CodeType:
    """Leaves the code of inner functions that live."""
    constants = []
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType) and sys.getrefcount(constant) <= IDLE_REFERENCES:
            constants.append(_shifted(constant, by))
        else:
            constants.append(constant)
    return code.replace(co_firstlineno=code.co_firstlineno + by, co_consts=tuple(constants))
