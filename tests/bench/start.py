"""How soon a fresh `tether serve` has evaluated its first form."""

from __future__ import annotations

import statistics
import time

from tests.bench.latency import request
from tests.bench.processes import bridge, connect

ROUNDS = 7


def run() -> None:
    """Print the medians."""
    for lang, code in (("python", "1+2"), ("basilisp", "(+ 1 2)")):
        listening, answered = zip(*(_first_eval(lang, code) for _ in range(ROUNDS)), strict=True)
        print(
            f"{lang:10} listening after {statistics.median(listening):.2f} s, first value after "
            f"{statistics.median(answered):.2f} s (worst {max(answered):.2f})"
        )


def _first_eval(lang: str, code: str) -> tuple[float, float]:
    with bridge() as (port, started):
        listening = time.monotonic() - started
        connection = connect(port)
        session = request(connection, {"op": "clone", "id": "0"})["new-session"]
        request(connection, {"op": "eval", "code": code, "lang": lang, "session": session, "id": "1"})
        return listening, time.monotonic() - started
