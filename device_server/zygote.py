"""The process that workers are forked from: single-threaded, with the languages warm. It never runs user code.

It takes requests on a socket from the supervisor: a packet of settings with four descriptors, the worker's ends
of its socket, of its notices and of its two output pipes. Each worker is forked twice, so that its parent is the
supervisor (which adopts orphans) and its exit status comes to the one process that lives as long as the session.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import NoReturn

from device_server import languages, platforms, wire, worker
from device_server.config import WorkerSettings

_PACKET_BYTES = 4096
_OBJECTS = 5000
"""Of so many new ones garbage is collected while the languages are imported: more often would take longer, more seldom
more memory."""


def main() -> NoReturn:
    """`python -m device_server.zygote FD PARENT_PID LANGUAGE...`"""
    control_fd, parent_pid, *names = sys.argv[1:]
    platforms.die_with(int(parent_pid))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is for the supervisor
    control = socket.socket(fileno=int(control_fd))
    usual = gc.get_threshold()
    gc.set_threshold(_OBJECTS)
    known = languages.create(names)

    def tell(text: str) -> None:
        control.send(wire.encode({"op": "progress", "text": text}))

    for language in known.values():
        language.set_up(tell)
    control.send(wire.encode({"op": "warm"}))
    gc.collect()
    gc.freeze()  # what is imported is never garbage; collections in workers then leave its memory shared
    gc.set_threshold(*usual)
    serve(control, int(parent_pid), known)


def serve(control: socket.socket, supervisor_pid: int, known: Mapping[str, languages.Language]) -> NoReturn:
    """Fork a worker for each packet, until the supervisor closes its end."""
    while True:
        packet, fds, _, _ = socket.recv_fds(control, _PACKET_BYTES, 4)
        if not packet:
            os._exit(0)
        settings = WorkerSettings.parse(packet)
        _fork_worker(control, supervisor_pid, partial(worker.start, fds, known, supervisor_pid, settings))
        for fd in fds:
            os.close(fd)


def _fork_worker(control: socket.socket, supervisor_pid: int, start: Callable[[], NoReturn]) -> None:
    """Fork twice and let the middle process go; the worker starts when it has its new parent."""
    adopted, let_go = os.pipe()
    middle = os.fork()
    if middle == 0:
        try:
            if os.fork() != 0:
                os._exit(0)
            os.close(let_go)
            control.close()
            os.read(adopted, 1)
            os.close(adopted)
            platforms.die_with(supervisor_pid)
            start()
        except BaseException:  # a child must never return into the zygote's loop
            traceback.print_exc()
        finally:
            os._exit(1)
    os.waitpid(middle, 0)
    os.close(adopted)
    os.close(let_go)
