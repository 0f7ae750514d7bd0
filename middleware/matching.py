"""Which names go with what was typed: those that begin with it, then those whose parts do, as `me-fi` goes with
`merge-file`. Bounded, however many names there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from middleware.sorted_names import SortedNames

LIMIT: Final = 500
"""So many names of one source are found at most: the first in the alphabet."""
SCANNED: Final = 2000
"""Of so many names with the same first letter the parts are looked at."""


def matching(names: SortedNames, typed: str, separator: str) -> Iterator[str]:
    """Those that begin with what was typed, in order, then those whose parts do."""
    exact = [*islice(names.starting_with(typed), LIMIT)]
    yield from exact
    if typed and len(exact) < LIMIT:
        for name in islice(names.starting_with(typed[0]), SCANNED):
            if not name.startswith(typed) and goes_with_parts(typed, name, separator):
                yield name


def matching_any(names: Iterable[str], typed: str, separator: str) -> Iterator[str]:
    """As `matching`, of a few names."""
    return (name for name in names if name.startswith(typed) or goes_with_parts(typed, name, separator))


def goes_with_parts(typed: str, name: str, separator: str) -> bool:
    """Whether what was typed are beginnings of parts of the name, in order, the first one included.

    The separator may be typed or not: `me-fi` and `mefi` go with `merge-file`, `fi` does not.
    """
    if typed[:1] != name[:1]:
        return False
    at = 0
    for letter in typed:
        if name[at : at + 1] != letter:
            at = name.find(separator, at)
            if at < 0:
                return False
            at += letter != separator
        while letter != separator and name[at : at + 1] != letter:
            at = name.find(separator, at) + 1
            if not at:
                return False
        at += 1
    return True
