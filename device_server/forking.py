"""Forks workers for the supervisor, from a process that has imported what they need. Not what a worker then does.

Requests come on a socket: a packet of settings with four descriptors, the worker's ends of its socket, of its notices
and of its two output pipes. Each worker is forked twice, so that its parent is the supervisor (which adopts orphans)
and its exit status comes to the one process that lives as long as the session.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn, TypeAlias

from device_server import platforms
from device_server.config import WorkerSettings

_PACKET_BYTES = 4096

Live: TypeAlias = Callable[[Sequence[int], WorkerSettings], NoReturn]
"""Makes a worker of the process that calls it, with these descriptors."""

# Bound here: in a template, code of the program may have replaced them.
_fork, _pipe, _close, _read, _waitpid = os.fork, os.pipe, os.close, os.read, os.waitpid
_recv_fds, _print_exc = socket.recv_fds, traceback.print_exc


def serve(control: socket.socket, supervisor_pid: int, live: Live) -> NoReturn:
    """Fork a worker for each packet, until the supervisor closes its end."""
    while True:
        packet, fds, _, _ = _recv_fds(control, _PACKET_BYTES, 4)
        if not packet:
            os._exit(0)
        try:
            _fork_worker(supervisor_pid, partial(live, fds, WorkerSettings.parse(packet)))
        except OSError as error:  # no memory, or no more processes: the supervisor sees that the descriptors close
            print(f"A worker cannot be forked: {error}", file=sys.stderr, flush=True)  # noqa: T201 the server's log
        for fd in fds:
            _close(fd)


def _fork_worker(supervisor_pid: int, live: Callable[[], NoReturn]) -> None:
    """Fork twice and let the middle process go; the worker starts when it has its new parent. Raises: OSError."""
    adopted, let_go = _pipe()
    try:
        middle = _fork()
        if middle == 0:
            _become_worker(supervisor_pid, adopted, let_go, live)
        _waitpid(middle, 0)
    finally:
        _close(adopted)
        _close(let_go)


def _become_worker(supervisor_pid: int, adopted: int, let_go: int, live: Callable[[], NoReturn]) -> NoReturn:
    """In the process in the middle: fork the worker and end. In the worker: live."""
    try:
        if _fork() != 0:
            os._exit(0)
        _close(let_go)
        _read(adopted, 1)
        _close(adopted)
        platforms.die_with(supervisor_pid)
        live()
    except BaseException:  # a child must never return into the loop that forked it
        _print_exc()
    finally:
        os._exit(1)
