"""What completion and lookup ask about Python code beyond the mirror. Who answers is the bridge's concern."""

from __future__ import annotations

from typing import Protocol

from middleware.candidates import Candidate
from middleware.mirror import Mirror, Symbol


class PythonNames(Protocol):
    """Understands Python source, `source` being what the session has evaluated so far."""

    async def complete(self, source: str, prefix: str, mirror: Mirror, ns: str) -> list[Candidate]:
        """What may follow where `prefix`, such as `x.app`, is typed after the source; the best first."""

    async def lookup(self, source: str, symbol: str, mirror: Mirror, ns: str) -> Symbol | None:
        """What the symbol, such as `x.append`, names after the source; None when that cannot be said."""


class NoPythonNames:
    """Knows nothing beyond the mirror. A PythonNames."""

    async def complete(self, source: str, prefix: str, mirror: Mirror, ns: str) -> list[Candidate]:
        """See PythonNames."""
        return []

    async def lookup(self, source: str, symbol: str, mirror: Mirror, ns: str) -> Symbol | None:
        """See PythonNames."""
        return None
