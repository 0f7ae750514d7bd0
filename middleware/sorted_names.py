"""Names in order, as a value: one more or less copies a chunk of them, and those with a prefix are found at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Final, TypeAlias

Chunk: TypeAlias = tuple[str, ...]

CHUNK: Final = 256
"""Names in a chunk as a rule; never twice as many, never none."""

_first: Final = itemgetter(0)


class SortedNames:
    """An immutable sorted set."""

    __slots__ = ("_chunks",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._chunks = _cut(sorted(set(names)))

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    def __iter__(self) -> Iterator[str]:
        for chunk in self._chunks:
            yield from chunk

    def starting_with(self, prefix: str) -> Iterator[str]:
        """Those that begin so, in order."""
        for chunk in islice(self._chunks, self._place(prefix), None):
            for name in islice(chunk, bisect_left(chunk, prefix), None):
                if not name.startswith(prefix):
                    return
                yield name

    def changed(self, added: Collection[str], removed: Collection[str]) -> SortedNames:
        """With and without some names."""
        if len(added) + len(removed) > CHUNK:
            return SortedNames({*self, *added}.difference(removed))
        after = SortedNames()
        after._chunks = self._chunks
        for name in added:
            after._set(name, is_in=True)
        for name in removed:
            after._set(name, is_in=False)
        return after

    def _place(self, name: str) -> int:
        """The chunk that the name belongs to."""
        return max(bisect_right(self._chunks, name, key=_first) - 1, 0)

    def _set(self, name: str, *, is_in: bool) -> None:
        """Only for an object that nobody else knows yet."""
        place = self._place(name)
        chunk = self._chunks[place] if self._chunks else ()
        at = bisect_left(chunk, name)
        if (chunk[at : at + 1] == (name,)) == is_in:
            return
        chunk = (*chunk[:at], name, *chunk[at:]) if is_in else (*chunk[:at], *chunk[at + 1 :])
        cut = _cut(chunk) if len(chunk) >= 2 * CHUNK else (chunk,) if chunk else ()
        self._chunks = (*self._chunks[:place], *cut, *self._chunks[place + 1 :])


def _cut(names: Iterable[str]) -> tuple[Chunk, ...]:
    rest = iter(names)
    return tuple(iter(lambda: tuple(islice(rest, CHUNK)), ()))
