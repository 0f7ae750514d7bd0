"""The keywords that code was seen to use, for completion. Found in its text: nothing is read or evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from middleware.sorted_names import SortedNames

READ_CHARS: Final = 256 * 1024
"""So much of a text is looked at."""
REMEMBERED: Final = 20_000
"""So many keywords are remembered; those that come later are not."""

_KEYWORD: Final = re.compile(r"(?<![\w:./*+!?<>=-])(::?)(?:([\w.*+!?<>=$%&-]+)/)?([\w.*+!?<>=$%&#-]+)")
_NS: Final = re.compile(r"\((?:in-)?ns\s+'?(?:\^\S+\s+)*([\w.*+!?<>=-]+)")
_ALIAS: Final = re.compile(r"([\w.*+!?<>=-]+)\s+:as\s+([\w.*+!?<>=-]+)")

USUAL: Final = SortedNames((
    ":all", ":arglists", ":as", ":async", ":default", ":deprecated", ":doc", ":dynamic", ":else", ":exclude", ":import",
    ":keys", ":let", ":lpy", ":macro", ":only", ":or", ":post", ":pre", ":private", ":refer", ":reload", ":rename",
    ":require", ":strs", ":syms", ":tag", ":test", ":use", ":when", ":while",
))  # fmt: skip
"""The language's own."""


def keywords_in(code: str, ns: str, aliases: Mapping[str, str]) -> set[str]:
    """The keywords of some code, in full: `:ns/name` for what is written `::name` in it."""
    code = code[:READ_CHARS]
    named = _NS.search(code)
    ns = named[1] if named else ns
    aliases = {**aliases, **{alias: name for name, alias in _ALIAS.findall(code)}}
    found = set()
    for colons, qualifier, name in _KEYWORD.findall(code):
        if colons == "::":
            qualifier = aliases.get(qualifier, qualifier) if qualifier else ns
        found.add(f":{qualifier}/{name}" if qualifier else f":{name}")
    return found


class SeenKeywords:
    """The keywords of all code that a device was given."""

    def __init__(self) -> None:
        self.names = USUAL

    def see(self, code: str, ns: str, aliases: Mapping[str, str]) -> None:
        """Remember those of some code."""
        known = self.names
        new = [each for each in keywords_in(code, ns, aliases) if next(known.starting_with(each), None) != each]
        if new and len(known) + len(new) <= REMEMBERED:
            self.names = known.changed(new, [])
