"""Starting processes and hearing of their ends: the zygote that forks workers, or the start of each worker afresh.

The supervisor is the parent of them all, also of orphans that user code leaves behind, and reaps them. How a
worker is spoken to is worker_process.py's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from device_server import wire
from device_server.config import WorkerSettings
from device_server.output_pipe import OutputPipe

_RECEIVE_BYTES = 65536
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Children:
    """Tells who watches a process that it has ended, and reaps the others."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._watched: dict[int, Callable[[int], None]] = {}
        self._recent_ends: deque[tuple[int, int]] = deque(maxlen=64)
        loop.add_signal_handler(signal.SIGCHLD, self._reap)

    def watch(self, pid: int, on_end: Callable[[int], None]) -> None:
        """Call `on_end` with the process's wait status when it ends, or at once when it just has."""
        try:
            os.kill(pid, 0)  # its number may be among the recent ends because another process had it before
        except ProcessLookupError:
            on_end(dict(self._recent_ends).get(pid, 0))
        else:
            self._watched[pid] = on_end

    def close(self) -> None:
        """Hear of no more ends."""
        self._loop.remove_signal_handler(signal.SIGCHLD)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if ended.si_pid in self._watched:
                    kill_group(ended.si_pid)  # what it started, while its number cannot be another's
                self._tell(*os.waitpid(ended.si_pid, 0))

    def _tell(self, pid: int, status: int) -> None:
        on_end = self._watched.pop(pid, None)
        if on_end is None:
            self._recent_ends.append((pid, status))
        else:
            on_end(status)


def kill(pid: int) -> None:
    """SIGKILL a process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def kill_group(pid: int) -> None:
    """SIGKILL the processes of the group that a process leads."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def describe_end(status: int) -> str:
    """What a wait status says: the signal by name, or the exit code."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in set(signal.Signals):
            return f"signal {number}"  # a real-time one
        return f"{signal.Signals(number).name} ({signal.strsignal(number)})"
    return f"exit code {os.waitstatus_to_exitcode(status)}"


class ProcessLog:
    """What the processes that start workers write to their stderr: passed on to ours, and its end kept."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        read_fd, self.fd = os.pipe()
        """`fd` is the end that the processes get."""
        self._lines: deque[str] = deque(maxlen=20)
        self._pipe = OutputPipe(loop, read_fd, lambda text, _: self._write(text))

    def tail(self) -> str:
        """The last lines."""
        self._pipe.drain()
        return "".join(self._lines)

    def _write(self, text: str) -> None:
        self._lines.extend(text.splitlines(keepends=True))
        sys.stderr.write(text)
        sys.stderr.flush()


class WorkerStarter(Protocol):
    """How workers come to be."""

    is_warm: bool
    """Whether the next worker is ready in milliseconds."""

    def start(self, fds: Sequence[int], settings: WorkerSettings) -> None:
        """Start a worker with its ends of socket, notices and output pipes. It says itself when it is ready."""

    def close(self) -> None:
        """No more workers will be asked for."""


class Zygote:
    """Forks workers from one process that has everything imported. It is started, and started again, when needed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        children: Children,
        languages: Sequence[str],
        log: ProcessLog,
        on_progress: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._log = log
        self._children = children
        self._languages = languages
        self._on_progress = on_progress
        self._control: socket.socket | None = None
        self._pid = 0
        self.is_warm = False
        self._launch()

    def start(self, fds: Sequence[int], settings: WorkerSettings) -> None:
        """See WorkerStarter."""
        try:
            self._send(self._control or self._launch(), fds, settings)
        except OSError:  # it has died, we have not heard of it yet
            self._send(self._launch(), fds, settings)

    def _send(self, control: socket.socket, fds: Sequence[int], settings: WorkerSettings) -> None:
        socket.send_fds(control, [settings.packet()], fds)

    def close(self) -> None:
        """See WorkerStarter."""
        kill(self._pid)

    def _launch(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        arguments = ["device_server.zygote", str(theirs.fileno()), str(os.getpid()), *self._languages]
        self._pid = _spawn(arguments, [theirs.fileno()], self._log)
        theirs.close()
        self._control = ours
        self.is_warm = False
        self._loop.add_reader(ours, self._on_readable, ours)
        self._children.watch(self._pid, lambda status: self._on_end(ours, status))
        return ours

    def _on_readable(self, control: socket.socket) -> None:
        try:
            packet = control.recv(_RECEIVE_BYTES)
        except OSError:
            packet = b""
        if not packet:
            self._loop.remove_reader(control)
            return
        for frame in wire.Decoder().feed(packet):
            if isinstance(frame, dict) and frame["op"] == "warm":
                self.is_warm = True
            elif isinstance(frame, dict):
                self._on_progress(str(frame["text"]))

    def _on_end(self, control: socket.socket, status: int) -> None:
        self._loop.remove_reader(control)
        control.close()
        self._on_progress(f"The zygote ended: {describe_end(status)}")
        if control is not self._control:
            return  # another has been started already
        was_warm, self.is_warm, self._control = self.is_warm, False, None
        if was_warm:  # else there is something wrong with it: it is tried again when a worker is asked for
            self._launch()


class FreshStarter:
    """Starts each worker as a new process, which imports its languages itself: slower, but any system can."""

    is_warm = True

    def __init__(self, languages: Sequence[str], log: ProcessLog) -> None:
        self._languages = languages
        self._log = log

    def start(self, fds: Sequence[int], settings: WorkerSettings) -> None:
        """See WorkerStarter."""
        numbers = ",".join(map(str, fds))
        packet = settings.packet().decode()
        _spawn(["device_server.fresh_worker", numbers, str(os.getpid()), packet, *self._languages], fds, self._log)

    def close(self) -> None:
        """See WorkerStarter."""


def _spawn(arguments: Sequence[str], fds: Sequence[int], log: ProcessLog) -> int:
    """Run a module of this package in a new process that inherits the descriptors; its pid."""
    for fd in fds:
        os.set_inheritable(fd, True)
    module, *rest = arguments
    # -P: a file in the working directory, which may be called anything, must not be imported here.
    code = (
        f"import sys; sys.path.insert(0, {_ROOT!r}); import device_server; del sys.path[0]; "
        f"from {module} import main; main()"
    )
    command = [sys.executable, "-P", "-c", code, *rest]
    return os.posix_spawn(sys.executable, command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, log.fd, 2)])
