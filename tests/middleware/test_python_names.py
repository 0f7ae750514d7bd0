"""The seam to whoever understands Python."""

from __future__ import annotations

from middleware.candidates import Candidate
from middleware.mirror import Mirror, Symbol
from middleware.python_names import PythonNames
from middleware.python_source import PythonSource


class NothingKnown:
    async def complete(
        self, source: PythonSource, prefix: str, mirror: Mirror, ns: str, *, documented: bool = False
    ) -> list[Candidate]:
        return []

    async def lookup(self, source: PythonSource, symbol: str, mirror: Mirror, ns: str) -> Symbol | None:
        return None


def test_whoever_completes_and_looks_up_will_do() -> None:
    names: PythonNames = NothingKnown()
    assert names is not None
