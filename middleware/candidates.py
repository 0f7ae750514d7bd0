"""What completion offers, as a value. Not where it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to go on from what was typed."""

    candidate: str
    """The whole text that takes the place of the prefix."""
    type: str
    """As CIDER names it: function, macro, var, special-form, namespace, keyword, local, class, method, field, ..."""
    ns: str | None = None
    """The namespace or module that defines it."""
    arglists: tuple[str, ...] = ()
    doc: str | None = None
