"""A worker's standard streams: what user code writes goes to the supervisor's pipes, what it reads is asked for."""

from __future__ import annotations

import fcntl
import io
import os
import select
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from device_server.output_labels import labelled

_PRIVATE_FDS = 200
"""User code closes and opens low descriptors; ours are kept from this number on."""


def private_copy(fd: int) -> int:
    """A copy of a descriptor out of the way of user code, not inherited by its child processes; closes `fd`."""
    copy = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _PRIVATE_FDS)
    os.close(fd)
    return copy


class _Pipe(io.RawIOBase):
    """The writing end of a pipe. A write returns when all of it is written, however slow the reader is."""

    def __init__(self, fd: int, public_fd: int, owner: Callable[[], str | None]) -> None:
        """`owner` tells the session of a thread other than the main one."""
        self._fd = fd
        self._public_fd = public_fd
        self._owner = owner

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._public_fd

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # any buffer, as the base says
        view = memoryview(data).cast("B")
        owner = self._owner() if threading.current_thread() is not threading.main_thread() else None
        for piece in (view,) if owner is None else labelled(owner, view):
            self._write_all(piece)
        return len(view)

    def _write_all(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:  # a child process has made the pipe, which we share, non-blocking
                select.select([], [self._fd], [])


class _Stdin(io.TextIOBase):
    """Text that the host sends when it is asked. An empty answer is the end of the input, until the next read."""

    encoding = "utf-8"

    def __init__(self, ask: Callable[[], str], session: Callable[[], str | None]) -> None:
        self._ask = ask
        self._session = session
        self._texts: dict[str | None, str] = {}
        """What each session has been sent and has not read."""

    @property
    def _text(self) -> str:
        return self._texts.get(self._session(), "")

    @_text.setter
    def _text(self, text: str) -> None:
        if text:
            self._texts[self._session()] = text
        else:
            self._texts.pop(self._session(), None)

    def readable(self) -> bool:
        return True

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]  # typeshed's two bases disagree
        limit = -1 if size is None else size
        while "\n" not in self._text and not 0 <= limit <= len(self._text) and self._fill():
            pass
        end = self._text.find("\n") + 1 or len(self._text)
        return self._take(end if limit < 0 else min(end, limit))

    def read(self, size: int | None = -1) -> str:
        limit = -1 if size is None else size
        while not 0 <= limit <= len(self._text) and self._fill():
            pass
        return self._take(len(self._text) if limit < 0 else limit)

    def _fill(self) -> bool:
        text = self._ask()
        self._text += text
        return bool(text)

    def _take(self, count: int) -> str:
        taken, self._text = self._text[:count], self._text[count:]
        return taken


class Host(Protocol):
    """What the streams need of the worker."""

    def ask_for_input(self) -> str:
        """Text for stdin; empty at its end."""

    def latest_session(self) -> str | None:
        """Whose code reads and writes."""

    def session_of_thread(self) -> str | None:
        """Whose the thread is that asks, another than the main one; None when that is not known."""


def install(out_fd: int, err_fd: int, host: Host) -> tuple[int, int]:
    """Make the pipes this process's descriptors 1 and 2 and Python's stdout and stderr; stdin asks for its text.

    Descriptor 0 is empty: C code and child processes cannot ask. Returns the private copies of the pipes.
    """
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    if null != 0:
        os.close(null)
    os.dup2(out_fd, 1)
    os.dup2(err_fd, 2)
    private = private_copy(out_fd), private_copy(err_fd)
    sys.stdout = _text_stream(private[0], 1, host.session_of_thread)
    sys.stderr = _text_stream(private[1], 2, host.session_of_thread)
    sys.stdin = _Stdin(host.ask_for_input, host.latest_session)
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
    return private


def _text_stream(fd: int, public_fd: int, owner: Callable[[], str | None]) -> io.TextIOWrapper:
    pipe = _Pipe(fd, public_fd, owner)
    # Unbuffered: what was written before a crash is told, and a fork copies no unwritten text.
    return io.TextIOWrapper(pipe, encoding="utf-8", errors="backslashreplace", newline="", write_through=True)  # type: ignore[arg-type]
