"""The worker's end of its socket to the supervisor: blocking, one frame a line. What the frames mean is worker.py's."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections import deque

from device_server import wire

_select = select.select  # bound here: user code may replace it
_RECEIVE_BYTES = 65536
_LIMIT_BYTES = 2 * wire.LIMIT_BYTES
"""The supervisor adds to what a host has sent, and may write it longer than the host did."""
_EXIT_DEAF = 70
"""Exit code of a worker whose connection to the supervisor broke: user code closed it."""


class Channel:
    """The worker's end of its socket: blocking, one frame a line."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._decoder = wire.Decoder(_LIMIT_BYTES)
        self._inbox: deque[wire.Message | wire.BadLine] = deque()
        self._renew_lock()
        os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self) -> None:
        """A thread that held it when the process was forked is not there any more."""
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when `receive` has something to read."""
        if not self._inbox:
            _select([self._socket], [], [])

    def has_frame_within(self, timeout_s: float) -> bool:
        """Whether something to read comes before the time is up."""
        return bool(self._inbox) or bool(_select([self._socket], [], [], timeout_s)[0])

    def receive(self) -> wire.Message:
        """The next frame. Ends the process when the supervisor is gone."""
        while not self._inbox:
            data = self._read()
            if not data:
                os._exit(0)
            self._inbox.extend(self._decoder.feed(data))
        frame = self._inbox.popleft()
        return {} if isinstance(frame, wire.BadLine) else frame  # the end of a frame that the one before had begun

    def wait_for(self, op: str) -> None:
        """Take the next frame with that op; those before it stay."""
        put_back: list[wire.Message | wire.BadLine] = []
        while (frame := self.receive()).get("op") != op:
            put_back.append(frame)
        self._inbox.extendleft(reversed(put_back))

    def send(self, frame: wire.Message) -> None:
        """Write one frame."""
        self.send_line(wire.encode(frame))

    def send_line(self, line: bytes) -> None:
        """Write one frame that is encoded already. Any thread may."""
        try:
            with self._lock:
                self._socket.sendall(line)
        except OSError:
            os._exit(_EXIT_DEAF)

    def _read(self) -> bytes:
        try:
            return self._socket.recv(_RECEIVE_BYTES)
        except OSError:
            os._exit(_EXIT_DEAF)
