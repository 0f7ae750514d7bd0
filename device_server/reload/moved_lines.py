"""Where lines of a text are in the text that has taken its place, and where names are. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable


def moved_lines(old: str, new: str) -> Callable[[int], int]:
    """Line, from 1, -> the line that it is now. Of those that were changed, the nearest that can be said."""
    before, after = old.splitlines(), new.splitlines()
    head = _alike(zip(before, after, strict=False))
    tail = _alike(zip(reversed(before[head:]), reversed(after[head:]), strict=False))
    first_of_tail, delta = len(before) - tail, len(after) - len(before)
    changed = after[head : len(after) - tail]

    def moved(line: int) -> int:
        if head < line <= first_of_tail:
            text = before[line - 1]
            return head + 1 + changed.index(text) if text in changed else min(line, max(1, len(after)))
        return line if line <= head else line + delta

    return moved


def line_of(name: str, text: str) -> int | None:
    """The first line, from 1, that begins with the name, or else that has it; None when there is none."""
    word = rf"\b{re.escape(name)}\b"
    found = re.search(rf"^{word}", text, re.MULTILINE) or re.search(word, text)
    return None if found is None else text.count("\n", 0, found.start()) + 1


def _alike(pairs: Iterable[tuple[str, str]]) -> int:
    """How many pairs are of the same, from the first on."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
