"""Starts the processes that the supervisor has: the zygote, or each worker. What becomes of them is processes.py's.

It needs no event loop, so that the zygote is on its way before the supervisor has imported asyncio.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from typing import NamedTuple

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Launched(NamedTuple):
    """A zygote that was started."""

    pid: int
    control: socket.socket
    """Our end of its socket, which does not block; closed by whoever hears of its end."""


class Launcher:
    """Runs modules of this package in new processes."""

    def __init__(self) -> None:
        self.log_fd, self._stderr_fd = os.pipe()
        """`log_fd` is where what the processes write to their stderr comes out."""

    def zygote(self, languages: Sequence[str]) -> Launched:
        """Start a zygote. Raises: OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            numbers = [str(theirs.fileno()), str(os.getpid())]
            return Launched(self.run("zygote", [*numbers, *languages], [theirs.fileno()]), ours)

    def run(self, module: str, arguments: Sequence[str], fds: Sequence[int]) -> int:
        """Start a process that runs a module and inherits the descriptors; its pid. Raises: OSError."""
        for fd in fds:
            os.set_inheritable(fd, True)
        # -P: a file in the working directory, which may be called anything, must not be imported here.
        code = (
            f"import sys; sys.path.insert(0, {_ROOT!r}); import device_server; del sys.path[0]; "
            f"from device_server.{module} import main; main()"
        )
        command = [sys.executable, "-P", "-c", code, *arguments]
        actions = [(os.POSIX_SPAWN_DUP2, self._stderr_fd, 2)]
        return os.posix_spawn(sys.executable, command, os.environ, file_actions=actions)
