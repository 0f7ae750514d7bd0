"""A printed value and its budget: what is printed stays within a quota, however big or endless the value is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown:
    """A printed value."""

    text: str
    is_cut: bool
    """Whether there was more to print than the quota allows."""


class Budget:
    """How many characters may still be printed. Printers take from it as they go, and stop when it is used up."""

    def __init__(self, characters: int) -> None:
        self._quota = characters
        self._left = characters
        self.is_exceeded = False

    def take(self, count: int) -> int:
        """How many of `count` characters may be printed."""
        granted = max(0, min(count, self._left))
        self._left -= granted
        self.is_exceeded |= granted < count
        return granted

    def text(self, text: str) -> str:
        """As much of a text as may be printed."""
        return text[: self.take(len(text))]

    def items(self, items: Iterable[T], ellipsis: T | None = None) -> Iterator[T]:
        """As many items as there is room for, at two characters each for what separates them; then the ellipsis."""
        for item in items:
            if self.take(2) < 2:
                if ellipsis is not None:
                    yield ellipsis
                return
            yield item

    def shown(self, text: str) -> Shown:
        """What has been printed, at its final length."""
        return Shown(text[: self._quota], self.is_exceeded or len(text) > self._quota)
