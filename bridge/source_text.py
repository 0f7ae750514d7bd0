"""Reads the text of source files, in whatever encoding they say they are. Blocks; for use in a thread."""

from __future__ import annotations

import io
import os
import stat
import tokenize
from pathlib import PurePath
from typing import Final

MAX_BYTES: Final = 4 * 1024 * 1024
"""A longer file is no source."""
PYTHON: Final = ".py"


def read_text(path: str | PurePath) -> str:
    """The text of a file: of Python as its first lines or a BOM say, else UTF-8; every line ends with a newline.

    Raises: OSError; ValueError, when it is no regular file, too long, or not text; the error says why.
    """
    return decoded(read_bytes(path, MAX_BYTES), path)


def decoded(data: bytes, path: str | PurePath) -> str:
    """The same for what a file of that name holds. Raises: ValueError."""
    encoding = "utf-8-sig"
    if PurePath(path).suffix == PYTHON:
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        except SyntaxError as error:
            raise ValueError(str(error)) from None
    text = data.decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def read_bytes(path: str | PurePath, limit_bytes: int) -> bytes:
    """What a regular file has. Raises: OSError; ValueError, when it is none, or longer than the limit."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("it is no regular file")
        data = stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise ValueError(f"it is longer than {limit_bytes} bytes")
    return data
