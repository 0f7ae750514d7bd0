"""A worker that was not forked: it imports its languages itself. For systems where processes cannot be forked."""

from __future__ import annotations

import sys
from typing import NoReturn

from device_server import languages, platforms, worker
from device_server.config import WorkerSettings


def main() -> NoReturn:
    """`python -m device_server.fresh_worker FD,FD,FD,FD PARENT_PID SETTINGS LANGUAGE...`"""
    fds, parent_pid, packet, *names = sys.argv[1:]
    platforms.die_with(int(parent_pid))
    known = languages.create(names)
    for language in known.values():
        language.set_up(lambda text: print(text, file=sys.stderr))  # noqa: T201 the server's log
    worker.start([int(fd) for fd in fds.split(",")], known, int(parent_pid), WorkerSettings.parse(packet.encode()))
