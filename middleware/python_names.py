"""What completion and lookup ask about Python code beyond the mirror. Who answers is the bridge's concern."""

from __future__ import annotations

from typing import Protocol

from middleware.candidates import Candidate
from middleware.mirror import Mirror, Symbol
from middleware.python_source import PythonSource


class PythonNames(Protocol):
    """Understands Python code, `source` being what the session has evaluated so far. Never waits for a device."""

    async def complete(
        self, source: PythonSource, prefix: str, mirror: Mirror, ns: str, *, documented: bool = False
    ) -> list[Candidate]:
        """What may follow where `prefix`, such as `x.app`, is typed after the source; the best first.

        A prefix may be any code up to the cursor; a candidate takes the place of all of it. Arglists and docs, of the
        first candidates only, are there when they are asked for. A later question about the same source may cut an
        earlier one short, which then knows what the mirror does.
        """

    async def lookup(self, source: PythonSource, symbol: str, mirror: Mirror, ns: str) -> Symbol | None:
        """What the symbol, such as `x.append`, names after the source; None when that cannot be said.

        Of code with a call that is not closed, such as `x.append(1, `, it is what is called. Its `target` is its full
        name, its `file` a file of the host.
        """
