"""What unfinished Python code ends in, found without parsing it, in linear time. Not what its names mean."""

from __future__ import annotations

import re
from typing import Final

_TRAIL: Final = re.compile(r"(?<![\w.])(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?\Z")
_IMPORT: Final = re.compile(r"\s*(import|from)\b")
_NO_BEGINNING: Final = tuple(".])}'\"")
_BRACKETS: Final = {")": "(", "]": "[", "}": "{"}


def stem_of(code: str) -> str:
    """Code without the name, maybe unfinished, that it ends in."""
    end = len(code)
    while end and (code[end - 1].isalnum() or code[end - 1] == "_"):
        end -= 1
    return code[:end]


def trail_of(code: str) -> str | None:
    """The dotted name that code ends in, `x.ap` of `f(x.ap`; None when it ends in an attribute, as of `f().ap`."""
    found = _TRAIL.search(code)
    return None if found is None or code[: found.start()].endswith(_NO_BEGINNING) else found[0]


def is_attribute(stem: str) -> bool:
    """Whether what comes after the stem is an attribute of what the stem ends in."""
    return stem.rstrip().endswith(".")


def is_import(code: str) -> bool:
    """Whether the last line imports something."""
    return _IMPORT.match(code.rpartition("\n")[2]) is not None


def callee(code: str) -> str | None:
    """The code before the innermost `(` that is not closed; None when all are, or another bracket is open within."""
    closed: list[str] = []
    for index in range(len(code) - 1, -1, -1):
        char = code[index]
        if char in _BRACKETS:
            closed.append(_BRACKETS[char])
        elif char in _BRACKETS.values():
            if not closed:
                return code[:index] if char == "(" else None
            if closed.pop() != char:
                return None
    return None
