"""Who holds an object: in reach of a name, anywhere in the heap, and on the stacks of threads."""

from __future__ import annotations

import collections
import gc
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from types import CodeType, FrameType, FunctionType, ModuleType

_REACH = 100
"""So many objects are looked at from a name; what is further away than wrappers ever are is found in the heap."""
_UNINTERESTING = (str, int, float, bytes, CodeType, ModuleType, type, type(None))
# Bound here: user code, or a library that it uses, may replace them.
_get_referents, _get_referrers, _unfreeze = gc.get_referents, gc.get_referrers, gc.unfreeze


def functions_from(start: object) -> Iterator[FunctionType]:
    """The functions that an object is made of: wrapped ones, closures' cells, what a property or an instance holds."""
    seen = {id(start)}
    queue = collections.deque([start])
    while queue and len(seen) < _REACH:
        found = queue.popleft()
        if isinstance(found, FunctionType):
            yield found
            around: tuple[object, ...] = (found.__closure__, found.__dict__)
        else:
            around = tuple(_get_referents(found))
        for each in around:
            if id(each) not in seen and not isinstance(each, _UNINTERESTING) and not _is_namespace(each):
                seen.add(id(each))
                queue.append(each)


def _is_namespace(found: object) -> bool:
    """Whether it is the dictionary of a module: everything is in reach from there."""
    return isinstance(found, dict) and "__name__" in found and "__spec__" in found


def referrers(*objects: object) -> list[object]:
    """All that refer to one of them. It takes as long as there are objects: some 12 ms a million.

    What was frozen for a copy of the worker is looked at, too; the next copy freezes it again.
    """
    _unfreeze()
    return _get_referrers(*objects)


def functions_of(namespace: dict[str, object]) -> list[FunctionType]:
    """All functions that were defined there, wherever they are held."""
    return [each for each in referrers(namespace) if isinstance(each, FunctionType) and each.__globals__ is namespace]


def frames() -> list[FrameType]:
    """What runs now, in all threads, but generators that are suspended. Not this call: it would be garbage that holds
    itself.
    """
    innermost = {**sys._current_frames(), threading.get_ident(): sys._getframe(1)}
    found = []
    while innermost:
        frame: FrameType | None = innermost.popitem()[1]
        while frame is not None:
            found.append(frame)
            frame = frame.f_back
    return found


def running() -> Counter[int]:
    """How many frames run the code of that id."""
    return Counter(id(frame.f_code) for frame in frames())
