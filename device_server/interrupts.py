"""When SIGINT may raise KeyboardInterrupt in a worker: in user code, never in the worker's own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class InterruptGate:
    """Closed, it ignores SIGINT; open, it raises KeyboardInterrupt on the main thread; held, it waits until let go."""

    def __init__(self) -> None:
        self._is_open = False
        self._is_held = False
        self._is_pending = False

    def install(self) -> None:
        """Handle this process's SIGINT."""
        signal.signal(signal.SIGINT, self._on_sigint)

    def open(self) -> None:
        """From now on an interrupt raises."""
        self._is_pending = self._is_held = False
        self._is_open = True

    def close(self) -> None:
        """From now on an interrupt is ignored: what it was meant for has ended."""
        self._is_open = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """An interrupt that comes meanwhile is raised at the end, so that a frame is sent whole or not at all."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt

    def _on_sigint(self, signal_number: int, frame: FrameType | None) -> None:
        if self._is_open and self._is_held:
            self._is_pending = True
        elif self._is_open:
            raise KeyboardInterrupt
