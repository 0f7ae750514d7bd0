"""The supervisor's end of a worker's stdout or stderr: bytes come in, whole characters and whole lines go out."""

from __future__ import annotations

import asyncio
import codecs
import fcntl
import os
import struct
import termios
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter

from device_server.output_labels import LabelReader

_READ_BYTES = 65536
_new_decoder = codecs.getincrementaldecoder("utf-8")
_LINE_WAIT_S = 0.01
"""How long an unfinished line waits for its rest, so that `print`, which writes its newline apart, is one message."""


class OutputPipe:
    """Reads one pipe without blocking and hands on what was written."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int, deliver: Callable[[str, str | None], None]) -> None:
        """`fd` is closed by `close`; `deliver` takes text, not empty, and the session that it is labelled with."""
        os.set_blocking(fd, False)
        self._loop = loop
        self._fd = fd
        self._deliver = deliver
        self._labels = LabelReader()
        self._decoders: dict[str | None, codecs.IncrementalDecoder] = {}
        """By session; of those that have written half a character."""
        self._session: str | None = None
        """Who wrote what is unfinished."""
        self._unfinished = ""
        self._timer: asyncio.TimerHandle | None = None
        self._is_reading = False
        self._is_open = True
        self.resume()

    def pause(self) -> None:
        """Stop reading: the writer will block when the pipe is full."""
        if self._is_reading:
            self._loop.remove_reader(self._fd)
            self._is_reading = False

    def resume(self) -> None:
        """Read whatever is written from now on."""
        if self._is_open and not self._is_reading:
            self._loop.add_reader(self._fd, self._on_readable)
            self._is_reading = True

    def drain(self) -> None:
        """Deliver all that has been written up to now, unfinished lines too."""
        if not self._is_open:
            return
        rest = _bytes_waiting(self._fd)
        while rest > 0 and (data := self._read(min(rest, _READ_BYTES))):
            rest -= len(data)
            self._take(data)
        if held := self._labels.rest():
            self._add(None, held)
        self._flush()

    def close(self) -> None:
        """Deliver what is left and close the pipe."""
        if self._is_open:
            self.drain()
            self.pause()
            for session, decoder in self._decoders.items():
                if half := decoder.decode(b"", final=True):
                    self._deliver(half, session)
            self._is_open = False
            os.close(self._fd)

    def _on_readable(self) -> None:
        data = self._read(_READ_BYTES)
        if data:
            self._take(data)
        elif data == b"":  # every writer is gone
            self.close()

    def _read(self, size: int) -> bytes | None:
        try:
            return os.read(self._fd, size)
        except BlockingIOError:
            return None

    def _take(self, data: bytes) -> None:
        for session, parts in groupby(self._labels.feed(data), itemgetter(0)):
            self._add(session, b"".join(part for _, part in parts))

    def _add(self, session: str | None, data: bytes) -> None:
        if session != self._session:
            self._flush()
            self._session = session
        text = self._unfinished + self._decode(session, data)
        end = text.rfind("\n") + 1 or (len(text) if len(text) >= _READ_BYTES else 0)
        self._unfinished = text[end:]
        if end:
            self._deliver(text[:end], session)
        if self._unfinished and self._timer is None:
            self._timer = self._loop.call_later(_LINE_WAIT_S, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._unfinished:
            text, self._unfinished = self._unfinished, ""
            self._deliver(text, self._session)

    def _decode(self, session: str | None, data: bytes) -> str:
        decoder = self._decoders.pop(session, None) or _new_decoder("replace")
        text = decoder.decode(data)
        if decoder.getstate()[0]:
            self._decoders[session] = decoder
        return text


def _bytes_waiting(fd: int) -> int:
    buffer = bytearray(4)
    fcntl.ioctl(fd, termios.FIONREAD, buffer)
    (count,) = struct.unpack("i", buffer)
    return int(count)
