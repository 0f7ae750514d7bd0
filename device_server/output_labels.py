"""Whose a piece of output is, said within the pipe that it goes through. It reads and writes no pipe itself.

A worker's threads may write at any time, also while it is on its way from one request to the next. So what they write
bears the name of their session, and stays in order with what bears none: what the main thread, child processes and C
code write. A labelled piece is written at once and small enough for a pipe to take it whole, so that it is never mixed
with others.
"""

from __future__ import annotations

import select
import struct
from collections.abc import Iterator

_MARK = b"\xff\xfe<session>\xfe\xff"
"""No text encoded as UTF-8 contains it."""
_HEAD = struct.Struct(f">{len(_MARK)}sHH")
"""The mark, and how many bytes of the session's name and of output follow."""


def labelled(session: str, data: bytes | memoryview) -> Iterator[bytes]:
    """Pieces to be written one by one, each with one `write`. `session` is no longer than wire.SESSION_LIMIT."""
    name = session.encode(errors="replace")
    size = select.PIPE_BUF - _HEAD.size - len(name)
    for start in range(0, len(data), size):
        part = data[start : start + size]
        yield b"".join((_HEAD.pack(_MARK, len(name), len(part)), name, part))


class LabelReader:
    """Takes what was written apart again, however it is cut in reading."""

    def __init__(self) -> None:
        self._held = b""
        """The beginning of a labelled piece, of which the rest has not been read."""

    def feed(self, data: bytes) -> Iterator[tuple[str | None, bytes]]:
        """Sessions, or None for output without label, and what was written, in order."""
        data, self._held = self._held + data, b""
        position = 0
        while (start := _find_mark(data, position)) < len(data):
            if start > position:
                yield None, data[position:start]
            name, position = _piece(data, start)
            if position > len(data):
                self._held = data[start:]
                return
            yield data[start + _HEAD.size : name].decode(errors="replace"), data[name:position]
        if position < len(data):
            yield None, data[position:]

    def rest(self) -> bytes:
        """What was held back. When all is read that was written, it has only looked like a label."""
        held, self._held = self._held, b""
        return held


def _find_mark(data: bytes, position: int) -> int:
    """Where the next mark begins, or may begin when the rest of it comes; else the length of `data`."""
    start = data.find(_MARK, position)
    if start >= 0:
        return start
    tail = max(position, len(data) - len(_MARK) + 1)
    return next((at for at in range(tail, len(data)) if _MARK.startswith(data[at:])), len(data))


def _piece(data: bytes, start: int) -> tuple[int, int]:
    """Where the output of the piece that begins at `start` begins and ends; beyond `data` when it is incomplete."""
    if len(data) < start + _HEAD.size:
        return start, len(data) + 1
    _, name_size, size = _HEAD.unpack_from(data, start)
    name = start + _HEAD.size + name_size
    return name, name + size
