"""A byte stream over a non-blocking socket, for clients and devices alike. It knows nothing of what travels.

An eval passes here four times, so each pass is kept short: `receive` is one wait and one read, and `send_now`
writes at once, in the task of whoever has something to say. Only what the socket does not take
goes to a queue, which a task of its own drains; a peer that does not read is dropped, it never delays another.
"""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeAlias

import trio

log = logging.getLogger(__name__)

READ_BYTES: Final = 64 * 1024
MAX_UNSENT_BYTES: Final = 64 * 1024 * 1024
STALLED_BYTES: Final = 1024 * 1024
STALLED_S: Final = 10.0

_Wait: TypeAlias = Callable[[socket.socket], Awaitable[None]]


class ByteStream:
    """One connection. Owns its socket; whoever makes it runs `drain` in a task and calls `close`."""

    def __init__(self, sock: socket.socket, peer: str) -> None:
        sock.setblocking(False)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1
            )  # a peer that vanished without a word is found out
        self.peer: Final = peer
        """Who is at the other end, for the log."""
        self._sock = sock
        self._acknowledges = hasattr(socket, "TCP_QUICKACK") and sock.family in (socket.AF_INET, socket.AF_INET6)
        self._is_open = True
        self._has_more = False
        """Whether the last read was full, so that the next needs no waiting."""
        self._unsent: deque[memoryview] = deque()
        self._unsent_bytes = 0
        self._has_unsent = trio.Event()
        self._when_sent: list[Callable[[], None]] = []

    async def receive(self) -> bytes:
        """What has arrived, b"" when nothing will any more."""
        if self._has_more:
            await trio.lowlevel.checkpoint()  # a peer that never pauses must not starve the others
        while self._is_open:
            if not self._has_more:
                await self._wait(trio.lowlevel.wait_readable)
            try:
                data = self._sock.recv(READ_BYTES)
            except BlockingIOError:
                self._has_more = False
            except OSError:
                break
            else:
                self._has_more = len(data) == READ_BYTES
                self._acknowledge()
                return data
        return b""

    def send_now(self, data: bytes) -> None:
        """Send, or queue what the socket does not take. Does nothing on a closed stream."""
        if not self._is_open:
            return
        rest = memoryview(data)
        if not self._unsent:
            rest = rest[self._write(rest) :]
        if rest and self._is_open:
            self._unsent.append(rest)
            self._unsent_bytes += len(rest)
            self._has_unsent.set()
            if self._unsent_bytes > MAX_UNSENT_BYTES:
                self._drop(f"it has not read {self._unsent_bytes} bytes")

    def when_sent(self, call: Callable[[], None]) -> None:
        """Call when all that was sent so far has left, or never will: at once, as a rule."""
        if self._unsent and self._is_open:
            self._when_sent.append(call)
        else:
            call()

    async def drain(self) -> None:
        """Send what `send_now` queued; ends when the stream is closed."""
        while self._is_open:
            await self._has_unsent.wait()
            if not self._is_open:
                return
            with trio.move_on_after(STALLED_S) as patience:
                await self._wait(trio.lowlevel.wait_writable)
            if patience.cancelled_caught and self._unsent_bytes > STALLED_BYTES:
                self._drop(f"it has read nothing for {STALLED_S:g} s")
            self._write_unsent()

    def close(self) -> None:
        """Close the socket; wakes whoever waits for it. May be called again."""
        if self._is_open:
            self._is_open = False
            trio.lowlevel.notify_closing(self._sock)
            self._sock.close()
            self._unsent.clear()
            self._has_unsent.set()
            self._call_back()

    def _acknowledge(self) -> None:
        """Have the kernel acknowledge at once: a client that writes in pieces, with Nagle, waits 40 ms for that."""
        if self._acknowledges:
            with suppress(OSError):  # the peer has gone: the next read tells
                self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    async def _wait(self, wait: _Wait) -> None:
        try:
            await wait(self._sock)
        except trio.ClosedResourceError:  # `close` woke us
            self._is_open = False

    def _write(self, data: memoryview) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.close()  # the reader learns of it too
            return 0

    def _write_unsent(self) -> None:
        while self._unsent:
            sent = self._write(self._unsent[0])
            if not sent:
                return
            self._unsent_bytes -= sent
            self._unsent[0] = self._unsent[0][sent:]
            if not self._unsent[0]:
                self._unsent.popleft()
        if self._is_open:
            self._has_unsent = trio.Event()
            self._call_back()

    def _call_back(self) -> None:
        calls, self._when_sent = self._when_sent, []
        for call in calls:
            call()

    def _drop(self, why: str) -> None:
        log.warning("dropping %s: %s", self.peer, why)
        self.close()
