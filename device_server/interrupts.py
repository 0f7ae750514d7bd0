"""When SIGINT may raise KeyboardInterrupt in a worker: in user code, never in the worker's own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class InterruptGate:
    """Closed, it ignores SIGINT; armed, it notes it; open, it raises KeyboardInterrupt; held, it raises when let go."""

    def __init__(self) -> None:
        self._is_armed = False
        self._is_open = False
        self._is_held = False
        self._is_pending = False

    def install(self) -> None:
        """Handle this process's SIGINT."""
        signal.signal(signal.SIGINT, self._on_sigint)

    def arm(self) -> None:
        """From now on an interrupt is meant for the code that is about to run, whatever code before did to SIGINT."""
        self.install()
        self._is_pending = self._is_held = False
        self._is_armed = True

    def open(self) -> None:
        """From now on an interrupt raises. Raises: KeyboardInterrupt, when one has come since `arm`."""
        self._is_open = True
        self._raise_pending()

    def close(self) -> None:
        """From now on an interrupt is ignored: what it was meant for has ended."""
        self._is_open = self._is_armed = self._is_pending = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """An interrupt that comes meanwhile is raised at the end, so that a frame is sent whole or not at all."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_open:
            self._raise_pending()

    def _raise_pending(self) -> None:
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt

    def _on_sigint(self, signal_number: int, frame: FrameType | None) -> None:
        if self._is_open and not self._is_held:
            raise KeyboardInterrupt
        self._is_pending = self._is_armed or self._is_open
