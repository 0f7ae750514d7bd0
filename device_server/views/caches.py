"""Functions that remember what they have made, as long as it is not too much to keep."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Remembering(Generic[P, T]):
    """A function of hashable arguments whose results are kept, those not used for longest going first."""

    def __init__(self, make: Callable[P, T], bytes_of: Callable[[T], int], limit_bytes: int) -> None:
        """`bytes_of` says what a result takes; one that takes more than a quarter of the limit is not kept."""
        self._make = make
        self._bytes_of = bytes_of
        self._limit_bytes = limit_bytes
        self._kept = OrderedDict[object, T]()
        self.used_bytes = 0

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> T:
        key = (arguments, *named.items())
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._make(*arguments, **named)
        size = self._bytes_of(made)
        if size * 4 <= self._limit_bytes:
            self._kept[key] = made
            self.used_bytes += size
            while self.used_bytes > self._limit_bytes:
                _, gone = self._kept.popitem(last=False)
                self.used_bytes -= self._bytes_of(gone)
        return made
