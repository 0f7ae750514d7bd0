"""The table of edits of Basilisp files, from basilisp_edits.txt: what they change, and what must become of it.

An entry there begins with `## kind | tier | state`. `before` and `after` are the text of the file of `shop`, without
its `ns` form unless it has one; `beside` is that of another file, `till`, which is loaded after it. `meanwhile` is
evaluated in `shop` between loading and editing: the program runs. Of `then: code => wanted` there may be several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device_server.reload import State, Tier

_KEY = re.compile(r"^(before|beside|meanwhile|after|then|says|stale):[ \n]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of `shop`."""

    kind: str
    tier: Tier
    state: State
    before: str
    after: str
    then: tuple[tuple[str, str], ...]
    """Code, and code of what it must come to when the edit has been applied."""
    beside: str
    meanwhile: str
    says: str
    """What the reason must have in it."""
    stale: str
    """What the list of what is stale must have in it; empty when there must be nothing."""


def file_text(text: str) -> str:
    """The file of `shop` with that in it."""
    return text if text.startswith("(ns ") else f"(ns shop)\n{text}\n"


def _edits(table: str) -> Iterator[Edit]:
    for entry in re.split(r"^## ", table, flags=re.MULTILINE)[1:]:
        title, _, rest = entry.partition("\n")
        kind, tier, state = title.split(" | ")
        _, *parts = _KEY.split(rest)
        values = [(key, re.sub(r"^    ", "", text, flags=re.MULTILINE).rstrip()) for key, text in _pairs(parts)]
        one = dict(values)
        then = tuple(_wanted(text) for key, text in values if key == "then")
        yield Edit(
            kind,
            Tier[tier.upper()],
            State[state.upper()],
            one["before"],
            one["after"],
            then,
            *(one.get(key, "") for key in ("beside", "meanwhile", "says", "stale")),
        )


def _pairs(parts: list[str]) -> Iterator[tuple[str, str]]:
    return zip(parts[::2], parts[1::2], strict=True)


def _wanted(text: str) -> tuple[str, str]:
    code, wanted = text.split(" => ")
    return code, wanted


EDITS = tuple(_edits(Path(__file__).with_suffix(".txt").read_text()))
"""Every one is run in a process of the tests, and on a device."""
