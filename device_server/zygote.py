"""The process that workers are forked from: single-threaded, with the languages warm. It never runs user code."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

from device_server import forking, languages, platforms, wire, worker
from device_server.config import WorkerSettings

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
    _warm_views()
    control.send(wire.encode({"op": "warm"}))
    gc.collect()
    gc.freeze()  # what is imported is never garbage; collections in workers then leave its memory shared
    gc.set_threshold(*usual)

    def live(fds: Sequence[int], settings: WorkerSettings) -> NoReturn:
        control.close()
        worker.start(fds, known, int(parent_pid), settings)

    forking.serve(control, int(parent_pid), live)


def _warm_views() -> None:
    from device_server.hosting import production  # the toolkit has to find the languages imported

    production.warm()
