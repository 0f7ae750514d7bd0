"""Where workers come from and how their ends are heard of: the zygote that forks them, or a start of each afresh.

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
from device_server.launcher import Launched, Launcher
from device_server.output_pipe import OutputPipe

_RECEIVE_BYTES = 65536


class Children:
    """Tells who watches a process that it has ended, and reaps the others."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._watched: dict[int, Callable[[int], None]] = {}
        self._recent_ends: deque[tuple[int, int]] = deque(maxlen=64)
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        loop.call_soon(self._reap)  # what has ended before

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

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int) -> None:
        """`fd` is the end of the pipe that they come out of."""
        self._lines: deque[str] = deque(maxlen=20)
        self._pipe = OutputPipe(loop, fd, lambda text, _: self.write(text))

    def tail(self) -> str:
        """The last lines."""
        self._pipe.drain()
        return "".join(self._lines)

    def write(self, text: str) -> None:
        """Add to it."""
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
    """Forks workers from one process that has everything imported. It is started again when needed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        children: Children,
        launch: Callable[[], Launched],
        first: Launched,
        on_progress: Callable[[str], None],
    ) -> None:
        """`launch` starts another when `first`, which was started already, has ended."""
        self._loop = loop
        self._children = children
        self._launch = launch
        self._on_progress = on_progress
        self._control: socket.socket | None = None
        self._pid = 0
        self.is_warm = False
        self._take(first)

    def start(self, fds: Sequence[int], settings: WorkerSettings) -> None:
        """See WorkerStarter."""
        try:
            self._send(self._control or self._take(self._launch()), fds, settings)
        except OSError:  # it has died, we have not heard of it yet
            self._send(self._take(self._launch()), fds, settings)

    def _send(self, control: socket.socket, fds: Sequence[int], settings: WorkerSettings) -> None:
        socket.send_fds(control, [settings.packet()], fds)

    def close(self) -> None:
        """See WorkerStarter."""
        kill(self._pid)

    def _take(self, launched: Launched) -> socket.socket:
        """From now on workers are forked by that one."""
        self._pid, self._control = launched
        self.is_warm = False
        self._loop.add_reader(launched.control, self._on_readable, launched.control)
        self._children.watch(launched.pid, lambda status: self._on_end(launched.control, status))
        return launched.control

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
            self._take(self._launch())


class FreshStarter:
    """Starts each worker as a new process, which imports its languages itself: slower, but any system can."""

    is_warm = True

    def __init__(self, launcher: Launcher, languages: Sequence[str]) -> None:
        self._launcher = launcher
        self._languages = languages

    def start(self, fds: Sequence[int], settings: WorkerSettings) -> None:
        """See WorkerStarter."""
        arguments = [",".join(map(str, fds)), str(os.getpid()), settings.packet().decode(), *self._languages]
        self._launcher.run("fresh_worker", arguments, fds)

    def close(self) -> None:
        """See WorkerStarter."""
