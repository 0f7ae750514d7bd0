"""Which language a request or a session is in: names are checked against those that a device has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from middleware.request import Bencode, Refusal, Request

NAMES: Final = ("basilisp", "python")
"""Those there are; a device may lack one."""
FIRST_NS: Final = {"basilisp": "user", "python": "__main__"}
"""Where sessions begin."""


def chosen(request: Request, known: Sequence[str]) -> str | None:
    """The `lang` that a request names; None when it names none. Raises: Refusal, when it is none of `known`."""
    lang = request.text("lang") or None
    if lang is not None:
        check(lang, known)
    return lang


def check(lang: str, known: Sequence[str]) -> None:
    """Raises: Refusal, listing what could have been asked for."""
    if lang not in known:
        names: list[Bencode] = [*known]
        raise Refusal(f"Unknown language: {lang}; this device has {', '.join(known)}", "unknown-lang", languages=names)
