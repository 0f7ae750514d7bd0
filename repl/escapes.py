"""Text that a program has written, made fit to be seen: it may bring colours, and cannot drive the terminal.

A control sequence could rename the window, answer for the user or hide what is there, so each is shown as what it is.
"""

from __future__ import annotations

import re
from typing import Final

_COLOUR: Final = re.compile(r"(\x1b\[[0-9;]*m)")
_HIDES: Final = re.compile(r"(?<=[\[;])0*[58](?=[;m])")
"""Blinking and invisible text, as parameters of a colour sequence."""
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)  # all but tab and newline; and what turns the direction of writing round
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-9;]{0,20})?\Z")
_NAMED: Final = {"\x1b": "^[", "\x7f": "^?"}


def visible(text: str, *, with_colours: bool = False) -> str:
    """The text with every control character as `^X` or `\\uXXXX`, but for newlines, tabs and, if wanted, colours."""
    if not with_colours:
        return _CONTROL.sub(_shown, text)
    parts = _COLOUR.split(text)
    parts[::2] = [_CONTROL.sub(_shown, part) for part in parts[::2]]
    parts[1::2] = [_HIDES.sub("", part) for part in parts[1::2]]
    return "".join(parts)


def without_colours(text: str) -> str:
    """The text with colour sequences left out."""
    return _COLOUR.sub("", text)


def split_unfinished(text: str) -> tuple[str, str]:
    """The text, and the beginning of a control sequence at its end whose rest may still come."""
    found = _UNFINISHED.search(text)
    return (text[: found.start()], found[0]) if found else (text, "")


def _shown(found: re.Match[str]) -> str:
    char = found[0]
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    return f"^{chr(code + 64)}" if code < 32 else f"\\u{code:04x}"
