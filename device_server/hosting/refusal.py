"""What a request for a view is refused with, before anything of the program has run."""

from __future__ import annotations


class RefusedError(ValueError):
    """The request asks for what there is not; the text says so to the one who sent it, and what there is."""
