"""The processes behind one worker: the one that evaluates, and its parked copies, of which one takes over when it dies.

They share a socket for frames, a socket for notices and two output pipes; only one of them uses the first and
the last. A template is such a process, too; it is asked for forks on the socket for notices. What the frames mean,
and what is answered to whom, is worker_link.py's business.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import itertools
import os
import signal
import socket
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from device_server import notices, platforms, wire
from device_server.config import WorkerSettings
from device_server.output_pipe import OutputPipe
from device_server.parked import Parked, parse
from device_server.processes import Children, WorkerStarter, describe_end, kill, kill_group

_RECEIVE_BYTES = 65536
_NOTICE_S = 1.0
"""How long a copy that is being forked when its worker dies may take to say that it is parked."""
_WAKE_S = 2.0
"""How long a copy that is woken may take to be ready; then an older one is tried."""


class WorkerEvents(Protocol):
    """Who hears of a worker's processes."""

    def on_ready(self, parked: Parked | None) -> None:
        """The worker takes jobs: a fresh one, or the copy that has taken the place of one that died."""

    def on_frame(self, frame: wire.Message) -> None:
        """The worker sent a frame. All output written before it has been delivered."""

    def on_output(self, stream: str, text: str, session: str | None) -> None:
        """Something was written to `out` or `err`, by a thread of that session, if it is not None."""

    def on_question(self, question: wire.Message, asker: socket.socket) -> None:
        """The program imports something that a host may have; the answer goes to `asker`, which is the receiver's."""

    def on_death(self, end: str) -> None:
        """The worker died, in the way that `end` says; what it still sent, and then `on_ready` or `on_end`, follow."""

    def on_end(self, end: str) -> None:
        """Nothing is left that could go on."""


class WorkerProcess:
    """One worker and its copies."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        children: Children,
        starter: WorkerStarter,
        settings: WorkerSettings,
        kept: int,
        events: WorkerEvents,
    ) -> None:
        """`kept` is how many copies beside the newest are kept."""
        self.pid: int | None = None
        """Of the process that evaluates; None until it is ready, and while another takes its place."""
        self.checkpoint_error: str | None = None
        """Why the latest state could not be kept; None when it could."""
        self.parked: list[Parked] = []
        """Oldest first."""
        self._loop = loop
        self._children = children
        self._events = events
        self._kept = kept
        self._decoder = wire.Decoder()
        self._is_spoiled = False
        """Whether user code wrote to the socket: what comes after that is not to be trusted."""
        self._unsent: deque[memoryview] = deque()
        self._end = "it ended before it was ready"
        self._unpaired: set[str] = set()
        """Names of copies of which only one has been heard: that they are forked, or that they are parked."""
        self._expected: set[str] = set()
        """Of these, those that are forked and should say that they are parked."""
        self._wanted: Parked | None = None
        """The copy that is to take over, when it is not the newest."""
        self._waking: Parked | None = None
        self._dying: int | None = None
        """The process whose death is being handled: a copy that it has forked may still say that it is parked."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_retired = False
        """Whether all of them are to end, and nobody is told."""
        self._is_finished = False
        self._open(starter, settings)

    def _open(self, starter: WorkerStarter, settings: WorkerSettings) -> None:
        """Make the sockets and pipes and start the process at their other ends."""
        self._socket, theirs = socket.socketpair()
        self._notices, their_notices = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        out, out_theirs = os.pipe()
        err, err_theirs = os.pipe()
        fds = [theirs.fileno(), their_notices.fileno(), out_theirs, err_theirs]
        starter.start(fds, settings)
        theirs.close()
        their_notices.close()
        os.close(out_theirs)
        os.close(err_theirs)
        for ours, on_readable in ((self._socket, self._on_readable), (self._notices, self._on_notice)):
            ours.setblocking(False)
            self._loop.add_reader(ours, on_readable)
        self._pipes = [
            OutputPipe(self._loop, out, lambda *said: self._events.on_output("out", *said)),
            OutputPipe(self._loop, err, lambda *said: self._events.on_output("err", *said)),
        ]

    @property
    def is_parking(self) -> bool:
        """Whether a copy has been forked that has not said yet that it is parked."""
        return bool(self._expected)

    def send(self, frame: wire.Message) -> None:
        """Write a frame, now or when the worker reads."""
        self._send_line(wire.encode(frame))

    def signal(self, number: signal.Signals) -> None:
        """Signal the process that evaluates, if it is there."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process that evaluates, if it is there."""
        if self.pid is not None:
            kill(self.pid)

    def rewind(self, parked: Parked) -> None:
        """Let an older copy take over."""
        self._wanted = parked
        self.kill()

    def report_to(self, events: WorkerEvents) -> None:
        """Tell events there from now on."""
        self._events = events

    def start_fork(self, fds: Sequence[int], settings: WorkerSettings) -> None:
        """Let the process, a template, fork a worker with these ends. Raises: OSError, when it does not listen."""
        socket.send_fds(self._notices, [settings.packet()], fds)

    def retire(self) -> None:
        """End all of them, also those that are only just being forked; nothing is told any more."""
        self._events = _Nobody()
        self._is_retired = True
        for copy in (*self.parked, *([self._waking] if self._waking else [])):
            kill(copy.pid)
        self.kill()

    def close(self) -> None:
        """End all of them, at the end of the server; nothing is told any more."""
        self._stop_timer()
        for pid in (self.pid, *(parked.pid for parked in self.parked)):
            if pid is not None:
                kill_group(pid)
                kill(pid)

    def read_output(self) -> None:
        """Pass on what the worker has written so far."""
        for pipe in self._pipes:
            pipe.drain()

    def pause_output(self) -> None:
        """Let the worker block when it writes more."""
        for pipe in self._pipes:
            pipe.pause()

    def resume_output(self) -> None:
        """Undo `pause_output`."""
        for pipe in self._pipes:
            pipe.resume()

    def _send_line(self, line: bytes) -> None:
        self._unsent.append(memoryview(line))
        if len(self._unsent) == 1:
            self._write()

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
        """Hand on the frames that have come. The stream ends only with the last of the processes."""
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._handle(data)
            return
        self._loop.remove_reader(self._socket)
        if self.pid is None:
            self._take_over()
        else:
            self.kill()  # user code closed its end

    def _handle(self, data: bytes) -> None:
        try:
            frames = self._decoder.feed(data)
        except wire.NotThisProtocolError:
            self._spoil()
            return
        if frames:
            self.read_output()
        for frame in frames:
            if self._is_spoiled or isinstance(frame, wire.BadLine):
                self._spoil()
            elif frame.get("op") == "ready":
                self._on_ready(frame)
            elif frame.get("op") == "checkpoint":
                self.checkpoint_error = None
                self._pair(str(frame.get("name")), self._expected)
            elif frame.get("op") == "checkpoint-failed":
                self.checkpoint_error = str(frame.get("error"))
            else:
                self._events.on_frame(frame)

    def _spoil(self) -> None:
        self._is_spoiled = True
        self.kill()

    def _on_ready(self, frame: wire.Message) -> None:
        pid = frame.get("pid")
        if self.pid is None and isinstance(pid, int) and pid > 1:
            self._stop_timer()
            self.pid = pid
            self._children.watch(pid, self._on_death)
            if self._is_retired:
                self.kill()
            parked, self._waking = self._waking, None
            self._events.on_ready(parked)

    def _on_notice(self) -> None:
        """A copy says that it is parked, or the program asks for source."""
        for notice in self._read_notices():
            copy = parse(notice)
            if copy is None:
                continue
            self._pair(copy.name, set())
            if not self._is_retired and copy.forker in (self.pid, self._dying, self._waking and self._waking.pid):
                self._keep(copy)
            else:  # of a process that is gone, and with it, by a rewind maybe, the state that the copy has
                kill(copy.pid)
        if self._timer is not None and self._waking is None and not self._expected:
            self._take_over()

    def _keep(self, copy: Parked) -> None:
        """Add a copy, in the place of an older one that has the same evals; let the oldest go when there are too many.

        Two copies may say that they are parked in another order than that in which they were forked.
        """
        bisect.insort(self.parked, copy, key=lambda each: each.serial)
        self._children.watch(copy.pid, lambda _: self._on_parked_end(copy.pid))
        pairs = list(itertools.pairwise(self.parked))
        for gone in [older for older, newer in pairs if older.evals == newer.evals] + self.parked[: -self._kept - 1]:
            kill(gone.pid)
            self.parked = [each for each in self.parked if each is not gone]

    def _pair(self, name: str, expected: set[str]) -> None:
        """Two messages tell of a copy, on two sockets: either may come first."""
        if name in self._unpaired:
            self._unpaired.discard(name)
            self._expected.discard(name)
        else:
            self._unpaired.add(name)
            expected.add(name)

    def _read_notices(self) -> list[wire.Message]:
        arrived = notices.read(self._notices)
        for question, asker in arrived.asked:
            self._events.on_question(question, asker)
        if arrived.is_last:
            self._loop.remove_reader(self._notices)
        return arrived.told

    def _on_parked_end(self, pid: int) -> None:
        self.parked = [parked for parked in self.parked if parked.pid != pid]
        if self._waking is not None and self._waking.pid == pid:
            self._waking = None
            self._take_over()

    def _on_death(self, status: int) -> None:
        """The process that evaluates is gone. Take what it still wrote, then let a copy go on."""
        self._dying, self.pid = self.pid, None
        self._end = describe_end(status)
        self._events.on_death(self._end)
        with contextlib.suppress(OSError):
            while data := self._socket.recv(_RECEIVE_BYTES):
                self._handle(data)
        for pipe in self._pipes:
            pipe.drain()
        self._on_notice()
        if self._expected and self._wanted is None:
            self._timer = self._loop.call_later(_NOTICE_S, self._take_over)
        else:
            self._take_over()

    def _take_over(self) -> None:
        """Wake the wanted copy, or the newest; when there is none, this is the end."""
        self._dying = None
        self._stop_timer()
        self._unpaired.clear()
        self._expected.clear()
        if self._is_retired:
            self._timer = self._loop.call_later(_NOTICE_S, self._finish)
            return
        copy = self._next_copy()
        if copy is None:
            self._finish()
            return
        self._waking = copy
        self._decoder = wire.Decoder()  # the dead process may have ended within a frame
        self._is_spoiled = False
        self._unsent.clear()
        self._send_line(b"\n" + wire.encode({"op": "resume"}))  # and we within a frame for it
        with contextlib.suppress(ProcessLookupError):
            os.kill(copy.pid, platforms.WAKE)
        self._timer = self._loop.call_later(_WAKE_S, kill, copy.pid)  # of its end we hear, and try an older one

    def _next_copy(self) -> Parked | None:
        wanted, self._wanted = self._wanted, None
        while self.parked:
            copy = self.parked.pop()
            if wanted in (None, copy):
                return copy
            kill(copy.pid)
        return None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _finish(self) -> None:
        if self._is_finished:
            return
        self._is_finished = True
        for pipe in self._pipes:
            pipe.close()
        for ours in (self._socket, self._notices):
            self._loop.remove_reader(ours)
            self._loop.remove_writer(ours)
            ours.close()
        self._events.on_end(self._end)


class _Nobody:
    """Hears of what has been retired."""

    def on_ready(self, parked: Parked | None) -> None:
        """See WorkerEvents."""

    def on_frame(self, frame: wire.Message) -> None:
        """See WorkerEvents."""

    def on_output(self, stream: str, text: str, session: str | None) -> None:
        """See WorkerEvents."""

    def on_question(self, question: wire.Message, asker: socket.socket) -> None:
        """See WorkerEvents."""
        asker.close()

    def on_death(self, end: str) -> None:
        """See WorkerEvents."""

    def on_end(self, end: str) -> None:
        """See WorkerEvents."""
