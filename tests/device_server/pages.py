"""Reads an inspector's page, as Emacs would: texts, `(:newline)` and `(:value "text" index)`."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|\((:newline)\)|\(:value "((?:[^"\\]|\\.)*)" (\d+)\)', re.DOTALL)


def elements(page: str) -> list[tuple[str, int | None]]:
    """Each text of a page, and the index of those that are values; a line's end is a newline."""
    assert page[0] + page[-1] == "()"
    found: list[tuple[str, int | None]] = []
    position = 1
    while position < len(page) - 1:
        token = _TOKEN.match(page, position)
        assert token is not None, page[position:]
        text, newline, value, index = token.groups()
        if newline:
            found.append(("\n", None))
        elif index is None:
            found.append((_unescaped(text), None))
        else:
            found.append((_unescaped(value), int(index)))
        position = token.end() + 1
    return found


def lines(page: str) -> list[str]:
    """What a person sees."""
    return "".join(text for text, _ in elements(page)).splitlines()


def contents(page: str, title: str = "Contents") -> list[str]:
    """The lines of one section."""
    shown = lines(page)
    start = shown.index(f"--- {title}:") + 1
    end = shown.index("", start) if "" in shown[start:] else len(shown)
    return [line.strip() for line in shown[start:end]]


def index(page: str, text: str) -> int:
    """The index of the first value that is shown as `text`."""
    return next(number for shown, number in elements(page) if shown == text and number is not None)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
