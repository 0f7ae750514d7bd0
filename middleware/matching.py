"""Which names go with what was typed: those that begin with it, then those whose parts do, as `me-fi` goes with
`merge-file`. Bounded, however many names there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from middleware.sorted_names import SortedNames

_NOTHING: Final = re.compile(r"(?!)")

LIMIT: Final = 500
"""So many names of one source are found at most: the first in the alphabet."""
SCANNED: Final = 1000
"""Of so many names with the same first letter the parts are looked at."""
LONGEST: Final = 100
"""What is longer is not taken for the beginnings of parts."""


def matching(names: SortedNames, typed: str, separator: str) -> Iterator[str]:
    """Those that begin with what was typed, in order, then those whose parts do."""
    exact = [*islice(names.starting_with(typed), LIMIT)]
    yield from exact
    if typed and len(exact) < LIMIT:
        goes = _beginnings(typed, separator).match
        others = islice(names.starting_with(typed[0]), SCANNED)
        yield from islice((name for name in others if goes(name) and not name.startswith(typed)), LIMIT - len(exact))


def matching_any(names: Iterable[str], typed: str, separator: str) -> Iterator[str]:
    """As `matching`, of a few names, in their own order."""
    goes = _beginnings(typed, separator).match
    return (name for name in names if name.startswith(typed) or goes(name))


def _beginnings(typed: str, separator: str) -> re.Pattern[str]:
    """Matches names of which parts begin so, in order, the first one included.

    The separator may be typed or not: `me-fi` and `mefi` go with `merge-file`, `fi` does not. Where a letter does not
    fit, the rest of the part is skipped. Atomic groups: nothing is tried twice.
    """
    if not 0 < len(typed) <= LONGEST:
        return _NOTHING
    separator = re.escape(separator)
    rest = f"[^{separator}]*{separator}"
    first, *others = map(re.escape, typed)
    return re.compile(
        first + "".join(f"(?>{rest})" if each == separator else f"(?>(?:{rest})*?{each})" for each in others),
        re.DOTALL,
    )
