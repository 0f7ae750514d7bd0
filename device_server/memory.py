"""The memory of processes, measured now and then: it takes the kernel a millisecond for each of them."""

from __future__ import annotations

import time
from collections.abc import Iterable

from device_server import platforms

_MEASURE_S = 1.0
"""How old a measurement may be that is told."""


class MeasuredMemory:
    """Of a few processes that belong together."""

    def __init__(self) -> None:
        self._measured = float("-inf")
        self._pss_bytes: dict[int, int | None] = {}

    def of(self, pids: Iterable[int | None]) -> dict[int, int | None]:
        """Process -> its share of memory (PSS) in bytes, None where the system does not tell; not yet of a new one."""
        now = time.monotonic()
        if now - self._measured >= _MEASURE_S:
            self._measured = now
            self._pss_bytes = {each: platforms.proportional_bytes(each) for each in pids if each is not None}
        return self._pss_bytes
