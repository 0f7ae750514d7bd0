"""Which names compiled code can change in its module, and at which lines. Nothing is run."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from dataclasses import dataclass, field

_STORES = frozenset(dis.opmap[name] for name in ("STORE_NAME", "DELETE_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"))
_GLOBAL_STORES = frozenset(dis.opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL"))
_IMPORT = dis.opmap["IMPORT_NAME"]
_STAR_IMPORT = (dis.opmap.get("IMPORT_STAR"), None), (dis.opmap.get("CALL_INTRINSIC_1"), 2)
"""The instruction that stores whatever a module has, and its argument if that matters: from Python 3.12 on."""


@dataclass(slots=True)
class Stores:
    """What a module's code, when it is run, and the functions in it, when they are called, can change."""

    lines: dict[str, int] = field(default_factory=dict)
    """Name -> the line that stores or deletes it, the last if there are several."""
    imports: bool = False
    """Whether it imports something."""
    imports_all: bool = False
    """Whether it has `from module import *`."""


def stores_of(code: types.CodeType) -> Stores:
    """What the code of a module can change."""
    found = Stores()
    _collect(code, _STORES, found)
    return found


def _collect(code: types.CodeType, stores: frozenset[int], found: Stores) -> None:
    if code.co_names:
        lines = _lines(code)
        for offset, operation, argument in _instructions(code.co_code):
            if operation in stores:
                while offset >= lines[-1][0]:
                    lines.pop()
                found.lines[code.co_names[argument]] = lines[-1][1]
            elif operation == _IMPORT:
                found.imports = True
            elif (operation, None) in _STAR_IMPORT or (operation, argument) in _STAR_IMPORT:
                found.imports_all = True
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            _collect(constant, _GLOBAL_STORES, found)


def _instructions(code: bytes) -> Iterator[tuple[int, int, int]]:
    """Offset, operation and argument of each."""
    extended = 0
    for offset in range(0, len(code), 2):
        operation, argument = code[offset], code[offset + 1] | extended
        extended = argument << 8 if operation == dis.EXTENDED_ARG else 0
        yield offset, operation, argument


def _lines(code: types.CodeType) -> list[tuple[int, int]]:
    """The end and the line of each stretch of code, the last one first."""
    stretches = [(end, line or code.co_firstlineno) for _, end, line in code.co_lines()]
    return stretches[::-1]
