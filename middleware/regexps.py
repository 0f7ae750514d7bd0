"""Regular expressions that clients send: compiled, or refused when matching them could take forever.

Python's matcher tries alternatives one after the other. What makes that explode is a repeated group; a few repetitions
of single characters cost no more than a power of the text's length, and the texts here are short.
"""

from __future__ import annotations

import re
from typing import Final

from middleware.request import Bencode, Refusal

MAX_CHARS: Final = 500
MAX_QUANTIFIERS: Final = 4
MAX_TEXT_CHARS: Final = 2000
"""Longer texts are searched up to here."""

_TOKENS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|\(\?[aiLmsux:-]*|.", re.DOTALL)
_QUANTIFIERS: Final = ("*", "+", "?", "{")


class BadRegexp(Refusal):
    """A regular expression that is none, or that is not taken. Its text says why."""


def compiled(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Ready to be searched for. Raises: BadRegexp."""
    if len(pattern) > MAX_CHARS:
        raise _bad(pattern, f"it has more than {MAX_CHARS} characters")
    _check_costs(pattern)
    try:
        return re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise _bad(pattern, str(error)) from error


def any_of(patterns: Bencode | None) -> list[re.Pattern[str]]:
    """Those of a list; of no list, none. Raises: BadRegexp."""
    if not isinstance(patterns, list):
        return []
    return [compiled(each) for each in patterns if isinstance(each, str) and each]


def matches(pattern: re.Pattern[str], text: str) -> bool:
    """Whether it occurs in the text."""
    return pattern.search(text, 0, MAX_TEXT_CHARS) is not None


def _check_costs(pattern: str) -> None:
    quantifiers, before = 0, ""
    for token in _TOKENS.findall(pattern):
        if token.startswith(_QUANTIFIERS) and before not in ("", "|", "("):
            if before == ")" and token != "?":
                raise _bad(pattern, "a group cannot be repeated here")
            if not before.startswith(_QUANTIFIERS):  # else it only says how greedy the one before is
                quantifiers += 1
        before = token
    if quantifiers > MAX_QUANTIFIERS:
        raise _bad(pattern, f"at most {MAX_QUANTIFIERS} of * + ? {{}} are taken")


def _bad(pattern: str, why: str) -> BadRegexp:
    shown = pattern if len(pattern) < 80 else f"{pattern[:80]}..."
    return BadRegexp(f"The regular expression {shown} cannot be used: {why}", "bad-regexp")
