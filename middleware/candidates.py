"""What completion offers, as a value. Not where it comes from."""

from __future__ import annotations

from typing import Final, NamedTuple

from middleware.mirror import Symbol

_TYPES: Final = {"variable": "var", "module": "namespace", "multimethod": "function"}
"""Where CIDER has another word than the mirror."""


class Candidate(NamedTuple):
    """One way to go on from what was typed."""

    candidate: str
    """The whole text that takes the place of the prefix."""
    type: str
    """As CIDER names it: function, macro, var, special-form, namespace, keyword, local, class, method, field, ..."""
    ns: str | None = None
    """The namespace or module that defines it."""
    arglists: tuple[str, ...] = ()
    doc: str | None = None


def naming(symbol: Symbol, text: str, ns: str | None = None) -> Candidate:
    """A candidate that names a symbol."""
    return Candidate(text, _TYPES.get(symbol.type, symbol.type), ns, symbol.arglists, symbol.doc)
