"""Source files of the device, read for a host that shows them. Files only: nothing that could make a reader wait."""

from __future__ import annotations

import os
import stat

from device_server import wire


def read(file: str) -> str:
    """The text of a regular file. Raises: OSError; ValueError when it is none, or no UTF-8, or longer than a line."""
    fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ValueError("it is no regular file")
        with open(fd, "rb", closefd=False) as stream:
            data = stream.read(wire.LIMIT_BYTES + 1)
    finally:
        os.close(fd)
    if len(data) > wire.LIMIT_BYTES:
        raise ValueError("it is longer than a line may be")
    if b"\0" in data:
        raise ValueError("it is no text")
    return data.decode()
