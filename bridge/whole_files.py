"""Reads a file that somebody may be writing, and says whether it was whole. Blocks, but never for long.

Where the system grants leases (Linux), it is known: a lease is refused while anybody has the file open for writing, and
whoever opens it for writing while it is read waits for the microseconds that takes. Elsewhere, and on file systems
without leases, only time can tell; see settling.py.
"""

from __future__ import annotations

import fcntl
import os
import signal
import stat
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

from bridge.source_text import MAX_BYTES

_HAS_LEASES: Final = hasattr(fcntl, "F_SETLEASE")


class Absent(Enum):
    """Why there is nothing to read."""

    GONE = auto()
    BUSY = auto()
    """Somebody has it open for writing."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds."""

    data: bytes
    changed_ns: int
    """When it became that, in nanoseconds since 1970."""
    is_whole: bool
    """Whether nobody was writing it; False where that cannot be known."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """It is there and cannot be read."""

    why: str


Reading: TypeAlias = Content | Absent | Unreadable


def read(path: str, *, also_busy: bool = False) -> Reading:
    """The file at an absolute path; `also_busy`: what is there, even though somebody has it open for writing."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe of that name must not hold us up
    except (FileNotFoundError, NotADirectoryError):
        return Absent.GONE
    except (OSError, ValueError) as error:
        return Unreadable(getattr(error, "strerror", None) or str(error))
    try:
        return _read(handle, also_busy=also_busy)
    except OSError as error:
        return Unreadable(error.strerror or str(error))
    finally:
        os.close(handle)  # which ends the lease


def _read(handle: int, *, also_busy: bool) -> Reading:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        return Unreadable("It is no regular file")
    is_whole = _lease(handle)
    if is_whole is False and not also_busy:
        return Absent.BUSY
    data = bytearray()
    while len(data) <= MAX_BYTES and (piece := os.read(handle, MAX_BYTES + 1 - len(data))):
        data += piece
    if len(data) > MAX_BYTES:
        return Unreadable(f"It is longer than {MAX_BYTES} bytes, and no source")
    return Content(bytes(data), os.fstat(handle).st_ctime_ns, is_whole=is_whole is True)


def _lease(handle: int) -> bool | None:
    """Keep writers out until the file is closed; False while there is one, None where that cannot be known."""
    if not _HAS_LEASES:
        return None
    try:
        # A writer that wants in is announced by a signal. Most would end this process; this one is ignored.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return False
    except OSError:  # not our file, or a file system without leases
        return None
    return True
