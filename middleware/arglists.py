"""Argument lists as text, taken apart. It reads Clojure's, `[x & more]`, and Python's, `(x, *more)`, alike."""

from __future__ import annotations

from typing import Final

from middleware.mirror import Symbol

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_WHITESPACE: Final = " \t\r\n,"
MAX_CHARS: Final = 10_000
"""What is longer is left as it is."""


def parameters(symbol: Symbol) -> list[list[str]]:
    """For each way to call it, its parameters; of a special form, the words of the form."""
    separators = "," if symbol.type != "special-form" else _WHITESPACE
    return [_split(text, separators if text.startswith("(") else _WHITESPACE) for text in symbol.arglists]


def _split(text: str, separators: str) -> list[str]:
    """The parts of what the brackets at the beginning enclose."""
    if text[:1] not in _CLOSING or len(text) > MAX_CHARS:
        return [text]
    parts, part, open_brackets, quote = [], "", [], ""
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote and text[at - 1] != "\\" else quote
        elif character in "\"'":
            quote = character if character == '"' or separators == "," else ""
        elif character in _CLOSING:
            open_brackets.append(_CLOSING[character])
        elif open_brackets and character == open_brackets[-1]:
            open_brackets.pop()
        if not open_brackets:
            break
        if len(open_brackets) == 1 and not quote and character in separators:
            parts.append(part)
            part = ""
        elif at > 0:
            part += character
    return [stripped for each in [*parts, part] if (stripped := each.strip())]
