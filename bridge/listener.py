"""A client that has subscribed to what others write, and what becomes of output that it does not read."""

from __future__ import annotations

from functools import partial
from typing import Final

from device_server import wire
from middleware import frames
from middleware.out_subscribe import overheard
from middleware.request import Request

WINDOW_CHARS: Final = 1024 * 1024
"""So much may be on its way to a listener; what is written meanwhile it misses, for it must not delay the writer."""


class Listener:
    """Where the output goes: to the request that subscribed."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._unsent = 0
        self._missed = 0

    def hear(self, frame: wire.Message) -> None:
        """Pass on an `out` frame, or count what it misses."""
        size = len(frames.text(frame, "text"))
        if self._unsent >= WINDOW_CHARS:
            self._missed += size
            return
        self._unsent += size
        self._request.send(overheard(frame, self._request.op))
        self._request.when_sent(partial(self._on_sent, size))

    def _on_sent(self, size: int) -> None:
        self._unsent -= size
        if self._missed and not self._unsent:
            missed, self._missed = self._missed, 0
            self.hear({"op": "out", "stream": "err", "text": f"[{missed} characters left out]\n"})
