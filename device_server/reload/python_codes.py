"""Code objects of a text before and after an edit: which is which, moved to other lines, and who still holds one."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType


@dataclass(slots=True)
class CodePair:
    """Code that functions, frames and generators may hold, and what it has become; None when it is gone."""

    old: CodeType
    new: CodeType | None


def children(code: CodeType) -> list[CodeType]:
    """The functions, classes and comprehensions that it makes, in order."""
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def by_place(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """The functions and classes of a module's code by name and first line; not what functions make inside."""
    found: dict[tuple[str, int], CodeType] = {}
    for child in children(code):
        if not _is_function(child):
            found |= by_place(child)
        found[child.co_name, child.co_firstlineno] = child
    return found


def _is_function(code: CodeType) -> bool:
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and not code.co_name.startswith("<generic parameters")


def shape(code: CodeType) -> CodeType:
    """The code as it would be elsewhere in the file: two functions that do the same have equal shapes."""
    consts = tuple(shape(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_firstlineno=1, co_linetable=b"", co_consts=consts)


def same(one: CodeType, other: CodeType) -> bool:
    """Whether they do the same, wherever they stand."""
    return one == other or (one.co_name == other.co_name and shape(one) == shape(other))


def moved(code: CodeType, lines: int) -> CodeType:
    """The code so many lines further down."""
    consts = tuple(moved(each, lines) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_firstlineno=code.co_firstlineno + lines, co_consts=consts)


def nested(old: CodeType, new: CodeType) -> Iterator[CodePair]:
    """What is made inside: each function of the old code with its partner."""
    lefts, rights = children(old), children(new)
    partners = _partners(lefts, rights)
    for at, left in enumerate(lefts):
        right = partners.get(at)
        yield CodePair(left, right)
        if right is not None:
            yield from nested(left, right)


def _partners(lefts: list[CodeType], rights: list[CodeType]) -> dict[int, CodeType]:
    """Of one name each with each, in order; when some were added or removed, first those that do the same."""
    found: dict[int, CodeType] = {}
    for name in dict.fromkeys(each.co_name for each in lefts):
        places = [at for at, each in enumerate(lefts) if each.co_name == name]
        free = [each for each in rights if each.co_name == name]
        if len(places) != len(free):
            for at in places:
                twin = next((each for each in free if same(lefts[at], each)), None)
                if twin is not None:
                    found[at] = twin
                    free = [each for each in free if each is not twin]
        found.update(zip([at for at in places if at not in found], free, strict=False))
    return found


def references(pair: CodePair) -> int:
    """How many hold the old code besides the pair."""
    return sys.getrefcount(pair.old) - _OWN


def _own_references() -> int:
    pair = CodePair(compile("", "", "exec"), None)
    return sys.getrefcount(pair.old)


_OWN = _own_references()


def docstring(code: CodeType) -> str | None:
    """What a function of this code documents."""
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) else None
