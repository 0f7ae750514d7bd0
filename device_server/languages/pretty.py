"""Pretty printing: a printed value that knows where it may be broken into lines, and the lines. Pure; no language.

Basilisp has a pretty printer of its own, but it takes milliseconds for a number and seconds for a long vector.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self


class Group(str):
    """What is printed on one line if it fits, else with each of its items on a line of its own.

    As a string it is itself on one line, so whoever does not care to break it need not know it from others.
    """

    __slots__ = ("begin", "end", "items", "separator")

    begin: str
    items: tuple[str, ...]
    """Each of them a plain text or a group."""
    end: str
    separator: str
    """Stands between the items; where a line ends, without its spaces."""

    def __new__(cls, begin: str, items: Iterable[str], end: str, separator: str) -> Self:
        """A group of items between two brackets, which may be empty."""
        kept = tuple(items)
        self = super().__new__(cls, f"{begin}{separator.join(kept)}{end}")
        self.begin, self.items, self.end, self.separator = begin, kept, end, separator
        return self


def laid_out(text: str, width: int) -> str:
    """The text in lines of at most `width` columns, as far as its groups allow."""
    pieces: list[str] = []
    _lay_out(text, 0, 0, width, pieces)
    return "".join(pieces)


def _lay_out(text: str, column: int, trailing: int, width: int, pieces: list[str]) -> None:
    """`column` is where it begins, `trailing` how many characters come after it on its last line."""
    if not isinstance(text, Group) or not text.items or column + len(text) + trailing <= width:
        pieces.append(text)
        return
    pieces.append(text.begin)
    column += len(text.begin)
    mark = text.separator.rstrip()
    last = len(text.items) - 1
    for number, item in enumerate(text.items):
        _lay_out(item, column, trailing + len(text.end) if number == last else len(mark), width, pieces)
        if number != last:
            pieces.append(f"{mark}\n{' ' * column}")
    pieces.append(text.end)
