"""A printed value, how it is wanted and its budget: what is printed stays within a quota, however endless the value."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self, TypeVar

from device_server import wire

T = TypeVar("T")
DEFAULT_WIDTH = 72
"""Columns of a pretty-printed line when nobody says how many."""


@dataclass(frozen=True, slots=True)
class Style:
    """How values are printed."""

    quota: int = wire.LIMIT_BYTES
    """Characters of a printed value at most."""
    length: int | None = None
    """Items of each collection at most; None leaves it to the program's settings."""
    level: int | None = None
    """How deep collections are printed, the outermost being 1; None likewise."""
    atom: int | None = None
    """Characters of what is no collection at most."""
    width: int | None = None
    """Columns of a line, for pretty printing; None prints on one line."""

    @classmethod
    def told(cls, options: wire.JSON) -> Self:
        """As the `print` key of a request says. What is no positive integer there counts as absent."""
        keys = options if isinstance(options, dict) else {}
        width = _positive(keys, "width") or DEFAULT_WIDTH
        return cls(
            quota=min(_positive(keys, "quota") or wire.LIMIT_BYTES, wire.LIMIT_BYTES),
            length=_positive(keys, "length"),
            level=_positive(keys, "level"),
            atom=_positive(keys, "atom"),
            width=width if keys.get("pretty") is True else None,
        )


def _positive(keys: wire.Message, key: str) -> int | None:
    value = keys.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


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


class QuotaExceededError(BaseException):
    """More was written than a quota allows. Printers that take any Exception for theirs must let it pass."""


class BoundedWriter(io.TextIOBase):
    """Keeps what is written to it, up to a quota of characters."""

    def __init__(self, quota: int) -> None:
        self._pieces: list[str] = []
        self._left = quota

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)

    def write(self, text: str) -> int:
        """Raises: QuotaExceededError, when there is no room for all of it; what there is room for is kept."""
        self._pieces.append(text[: self._left])
        if len(text) > self._left:
            self._left = 0
            raise QuotaExceededError
        self._left -= len(text)
        return len(text)


def first(count: int | None, items: Iterable[T], ellipsis: T) -> Iterator[T]:
    """The first so many items, then the ellipsis if there are more; None means all."""
    for number, item in enumerate(items):
        if number == count:
            yield ellipsis
            return
        yield item


def shortened(text: str, characters: int | None) -> str:
    """A text, or its beginning and an ellipsis; None means all."""
    return text if characters is None or len(text) <= characters else f"{text[:characters]}..."
