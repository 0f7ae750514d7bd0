"""The processes of a device: the zygote, the workers forked from it, and the news of their ends.

The supervisor is the parent of them all, also of orphans that user code leaves behind, and reaps them. What
a worker is asked and what its frames mean is worker_link.py's business.
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
from device_server.output_pipe import OutputPipe

_RECEIVE_BYTES = 65536


class Children:
    """Tells who watches a process that it has ended, and reaps the others."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._watched: dict[int, Callable[[int], None]] = {}
        self._recent_ends: deque[tuple[int, int]] = deque(maxlen=64)
        loop.add_signal_handler(signal.SIGCHLD, self._reap)

    def watch(self, pid: int, on_end: Callable[[int], None]) -> None:
        """Call `on_end` with the process's wait status when it ends, or at once when it just has."""
        ended = dict(self._recent_ends).get(pid)
        if ended is None:
            self._watched[pid] = on_end
        else:
            on_end(ended)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                on_end = self._watched.pop(pid, None)
                if on_end is None:
                    self._recent_ends.append((pid, status))
                else:
                    on_end(status)


def kill(pid: int) -> None:
    """SIGKILL a process and the group it leads."""
    for target in (os.kill, os.killpg):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            target(pid, signal.SIGKILL)


def describe_end(status: int) -> str:
    """What a wait status says: the signal by name, or the exit code."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"{signal.Signals(number).name} ({signal.strsignal(number)})"
    return f"exit code {os.waitstatus_to_exitcode(status)}"


class Zygote:
    """The process that forks workers. It is started again when it dies; requests for workers wait for it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        children: Children,
        languages: Sequence[str],
        on_progress: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._children = children
        self._languages = languages
        self._on_progress = on_progress
        self._control: socket.socket | None = None
        self._pid = 0
        self._is_closing = False
        self.is_warm = False

    def start(self) -> None:
        """Start the process; its languages warm up meanwhile."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        os.set_inheritable(theirs.fileno(), True)
        arguments = [sys.executable, "-m", "device_server.zygote", str(theirs.fileno()), str(os.getpid())]
        self._pid = os.posix_spawn(sys.executable, [*arguments, *self._languages], os.environ)
        theirs.close()
        self._control = ours
        self._loop.add_reader(ours, self._on_readable)
        self._children.watch(self._pid, self._on_end)

    def fork(self, fds: Sequence[int]) -> None:
        """Ask for a worker with these descriptors: socket, stdout, stderr. It says itself when it is ready."""
        if self._control is not None:
            socket.send_fds(self._control, [b"f"], fds)

    def close(self) -> None:
        """End the process; no more workers can be started."""
        self._is_closing = True
        kill(self._pid)

    def _on_readable(self) -> None:
        assert self._control is not None
        packet = self._control.recv(_RECEIVE_BYTES)
        if not packet:
            self._loop.remove_reader(self._control)
            return
        for frame in wire.Decoder().feed(packet):
            if isinstance(frame, dict) and frame["op"] == "warm":
                self.is_warm = True
            elif isinstance(frame, dict):
                self._on_progress(str(frame["text"]))

    def _on_end(self, status: int) -> None:
        assert self._control is not None
        self._loop.remove_reader(self._control)
        self._control.close()
        self._control = None
        self.is_warm = False
        if self._is_closing:
            return
        self._on_progress(f"The zygote ended ({describe_end(status)}); it is started again")
        self.start()


class WorkerEvents(Protocol):
    """Who hears of a worker process."""

    def on_frame(self, frame: wire.Message) -> None:
        """The worker sent a frame. All output written before it has been delivered."""

    def on_output(self, stream: str, text: str) -> None:
        """Something was written to `out` or `err`."""

    def on_end(self, end: str) -> None:
        """The process is gone, in the way that `end` says; nothing more comes from it."""


class WorkerProcess:
    """One worker: its socket, its output, its end."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, children: Children, zygote: Zygote, events: WorkerEvents
    ) -> None:
        self._loop = loop
        self._children = children
        self._events = events
        self._decoder = wire.Decoder()
        self._unsent: deque[memoryview] = deque()
        self.pid: int | None = None
        """None until the worker is ready."""
        ours, theirs = socket.socketpair()
        out, out_theirs = os.pipe()
        err, err_theirs = os.pipe()
        zygote.fork([theirs.fileno(), out_theirs, err_theirs])
        theirs.close()
        os.close(out_theirs)
        os.close(err_theirs)
        ours.setblocking(False)
        self._socket = ours
        self._loop.add_reader(ours, self._on_readable)
        self._pipes = [
            OutputPipe(loop, out, lambda text: events.on_output("out", text)),
            OutputPipe(loop, err, lambda text: events.on_output("err", text)),
        ]

    def send(self, frame: wire.Message) -> None:
        """Write a frame, now or when the worker reads."""
        self._unsent.append(memoryview(wire.encode(frame)))
        if len(self._unsent) == 1:
            self._write()

    def signal(self, number: signal.Signals) -> None:
        """Signal the process, if it is there."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process and what it started, if it is there."""
        if self.pid is not None:
            kill(self.pid)

    def pause_output(self) -> None:
        """Let the worker block when it writes more."""
        for pipe in self._pipes:
            pipe.pause()

    def resume_output(self) -> None:
        """Undo `pause_output`."""
        for pipe in self._pipes:
            pipe.resume()

    def _write(self) -> None:
        try:
            while self._unsent:
                sent = self._socket.send(self._unsent[0])
                if sent == len(self._unsent[0]):
                    self._unsent.popleft()
                else:
                    self._unsent[0] = self._unsent[0][sent:]
            self._loop.remove_writer(self._socket)
        except BlockingIOError:
            self._loop.add_writer(self._socket, self._write)
        except OSError:  # it died; its end will be told
            self._unsent.clear()
            self._loop.remove_writer(self._socket)

    def _on_readable(self) -> None:
        """Hand on the frames that have come; the end of the stream is the end of the worker."""
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._handle(data)
        else:
            self._loop.remove_reader(self._socket)
            self._on_deaf()

    def _handle(self, data: bytes) -> None:
        try:
            frames = self._decoder.feed(data)
        except wire.NotThisProtocolError:
            self.kill()  # user code wrote to the socket
            return
        if frames:
            for pipe in self._pipes:
                pipe.drain()
        for frame in frames:
            if isinstance(frame, wire.BadLine):
                self.kill()  # user code wrote to the socket
            else:
                self._note_ready(frame)
                self._events.on_frame(frame)

    def _note_ready(self, frame: wire.Message) -> None:
        pid = frame.get("pid")
        if frame.get("op") == "ready" and self.pid is None and isinstance(pid, int):
            self.pid = pid
            self._children.watch(pid, self._on_end)

    def _on_deaf(self) -> None:
        """Its end of the socket is closed: it has died, or user code closed it and it can be of no more use."""
        if self.pid is None:
            self._finish("it ended before it was ready")
        else:
            self.kill()

    def _on_end(self, status: int) -> None:
        with contextlib.suppress(OSError):
            while data := self._socket.recv(_RECEIVE_BYTES):
                self._handle(data)
        kill(self.pid or 0)
        self._finish(describe_end(status))

    def _finish(self, end: str) -> None:
        for pipe in self._pipes:
            pipe.close()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._events.on_end(end)
