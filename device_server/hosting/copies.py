"""Work done in forked copies of the worker, several at a time: each sees the state as it is, and changes nothing of it.

A copy that crashes, hangs or forks costs its own result and no other.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from device_server import wire
from device_server.languages import reports

Work = Callable[[], wire.Message]
_RECEIVE_BYTES: Final = 65536
_MOST_BYTES: Final = 1_000_000
# Bound here: user code may replace them.
_fork, _pipe, _close, _read, _write = os.fork, os.pipe, os.close, os.read, os.write
_waitpid, _kill, _exit, _select, _monotonic = os.waitpid, os.kill, os._exit, select.select, time.monotonic
_getpid, _getppid = os.getpid, os.getppid


@dataclass(slots=True)
class _Copy:
    """One of them, and what has come of it so far."""

    index: int
    pid: int
    deadline: float
    data: bytearray = field(default_factory=bytearray)
    is_abandoned: bool = True
    """Whether nobody waits for it to end by itself."""


def results(works: Sequence[Work], limit_s: float, at_once: int) -> list[wire.Message]:
    """What each work returns, in order, or `{error}`. One that takes longer than the limit is ended.

    Raises: OSError when nothing can be forked; KeyboardInterrupt. No copy is left then.
    """
    found: dict[int, wire.Message] = {}
    running: dict[int, _Copy] = {}
    waiting = list(enumerate(works))[::-1]
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                index, work = waiting.pop()
                fd, pid = _begin(work)
                running[fd] = _Copy(index, pid, _monotonic() + limit_s)
            for fd in _ready(running):
                if _is_done(fd, running[fd]):
                    copy = running.pop(fd)
                    copy.is_abandoned = False
                    found[copy.index] = _end(fd, copy, limit_s)
    finally:
        for fd, copy in running.items():
            _end(fd, copy, limit_s)
    return [found[index] for index in range(len(works))]


def _begin(work: Work) -> tuple[int, int]:
    """Where its result can be read, and its pid."""
    ours, theirs = _pipe()
    try:
        pid = _fork()
    except OSError:
        _close(ours)
        _close(theirs)
        raise
    if pid == 0:
        _do(work, theirs)
    _close(theirs)
    return ours, pid


def _do(work: Work, fd: int) -> None:
    """In the copy. Does not return, and neither does what the work forks."""
    pid = _getpid()
    try:
        result = work()
    except BaseException as error:  # of user code: it is the result
        result = {"error": reports.text_of(error)}
    try:
        line = wire.encode(result)
        while line and _getpid() == pid:
            line = line[_write(fd, line) :]
    finally:
        _exit(0)


def _ready(running: dict[int, _Copy]) -> list[int]:
    """Those that have said something, or whose time is up."""
    now = _monotonic()
    first = min(copy.deadline for copy in running.values())
    readable, _, _ = _select([*running], [], [], max(0.0, first - now))
    now = _monotonic()
    return [fd for fd, copy in running.items() if fd in readable or copy.deadline <= now]


def _is_done(fd: int, copy: _Copy) -> bool:
    if copy.deadline <= _monotonic() and not _select([fd], [], [], 0)[0]:
        return True
    data = _read(fd, _RECEIVE_BYTES)
    copy.data += data
    return not data or data.endswith(b"\n") or len(copy.data) > _MOST_BYTES


def _end(fd: int, copy: _Copy, limit_s: float) -> wire.Message:
    """Its result; it is gone then."""
    _close(fd)
    is_whole = copy.data.endswith(b"\n")
    is_late = copy.deadline <= _monotonic() and not is_whole
    status = 0
    with contextlib.suppress(ProcessLookupError):
        if is_late or copy.is_abandoned:
            _kill(copy.pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # user code has reaped it
        _, status = _waitpid(copy.pid, 0)
    messages = [item for item in wire.Decoder().feed(bytes(copy.data)) if isinstance(item, dict)] if copy.data else []
    if messages:
        return messages[0]
    if is_late:
        return {"error": f"Timed out: drawing it takes more than {limit_s:g} seconds"}
    return {"error": f"The copy of the worker that drew it died: {_described(status)}"}


def _described(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"
