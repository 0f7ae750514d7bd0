"""Copies of an idle worker, forked and parked, that take its place when it dies or when evals are undone.

How it works. After an eval the worker forks a copy of itself. The copy does nothing but wait for a signal from
the supervisor. When the worker dies, the supervisor wakes the newest copy: it goes on where it was forked, with
every object in memory as it was, first parks a copy of itself in turn, and is the worker from then on.

Forking takes about a millisecond, and the pages are shared until one of the two writes to them. The copy is
forked twice, the process in the middle ends at once, so that its parent is the supervisor and user code that
waits for its own child processes never meets one of ours.

What a copy cannot have is told in its notice (`not_restored`): threads, which a fork does not copy, child
processes, which stay the dead worker's, and connections. Connections are closed in the copy on purpose: kept
open there, a socket that the program closes would stay open for its peer, and a port taken.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import random
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from device_server import platforms, wire
from device_server.streams import private_copy

_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 0.02
"""With no request for so long the worker is idle; with a big heap, which takes long to fork, it waits longer."""
_BURST_JOBS = 50
_BURST_S = 0.25
"""Without a pause, a copy is forked after so many seconds of evaluating, or so many jobs in as many seconds."""
_COLLECT_EVERY_S = 10.0
_COLLECT_SHARE = 0.01
"""How often the whole heap is collected at the most, and the share of time that this may take."""
_REPARENT_POLL_S = 0.0005
_TOLD_LIMIT = 100
"""So many things that a copy does not have are told one by one."""
_COPY_FAILED = 71

T = TypeVar("T")

# Bound here: user code, or a library that it uses, may replace them.
_fork, _freeze, _unfreeze, _is_enabled = os.fork, gc.freeze, gc.unfreeze, gc.isenabled
_getpid, _getppid, _setpgid, _waitpid, _listdir = os.getpid, os.getppid, os.setpgid, os.waitpid, os.listdir
_perf_counter, _monotonic, _sleep = time.perf_counter, time.monotonic, time.sleep
_all_threads, _main_thread = threading.enumerate, threading.main_thread


class Checkpoints(Protocol):
    """How a worker's state is kept."""

    def note_job(self, serial: int, elapsed_s: float, *, is_eval: bool) -> None:
        """The state has changed: a job has ended. `is_eval` is whether it is one that can be undone."""

    @property
    def is_due(self) -> bool:
        """Whether a copy should be taken at the next pause."""

    @property
    def pause_s(self) -> float:
        """How long nothing must have come for the worker to count as idle."""

    @property
    def is_overdue(self) -> bool:
        """Whether a copy should be taken without waiting for a pause."""

    def take(self) -> bool:
        """Keep the state. Returns False in the worker, and True, later, in a copy that has taken its place."""

    def before_job(self) -> None:
        """User code is about to run."""

    @property
    def is_untidy(self) -> bool:
        """Whether `tidy` should be called in the next long pause."""

    def tidy(self) -> None:
        """Collect garbage, which may take a while."""


class NoCheckpoints:
    """Where processes cannot be forked, state is lost with its process."""

    is_due = False
    is_overdue = False
    pause_s = 0.0
    is_untidy = False

    def note_job(self, serial: int, elapsed_s: float, *, is_eval: bool) -> None:
        """See Checkpoints."""

    def take(self) -> bool:
        """See Checkpoints."""
        return False

    def before_job(self) -> None:
        """See Checkpoints."""

    def tidy(self) -> None:
        """See Checkpoints."""


class ForkCheckpoints:
    """Parked copies of this process."""

    def __init__(
        self,
        notices: socket.socket,
        own_fds: frozenset[int],
        supervisor_pid: int,
        on_taken: Callable[[str], None],
        on_failed: Callable[[str], None],
    ) -> None:
        """`notices` goes to the supervisor, a packet a copy. In the worker, `on_taken` gets the copy's name, or
        `on_failed` the reason why there is none.
        """
        self._notices = notices
        self._spare_fd = _open_spare()
        """What takes the place of connections; lent when user code has left no descriptor free."""
        self._own_fds = own_fds | {0, 1, 2, notices.fileno(), self._spare_fd}
        self._supervisor_pid = supervisor_pid
        self._on_taken = on_taken
        self._on_failed = on_failed
        self._pids = {_getpid()}
        """Of this process and of those whose life it continues: the makers of the sockets in it."""
        self._middle_pid: int | None = None
        self._count = 0
        self._serial = 0
        self._evals = 0
        self._jobs = 0
        self._is_first = True
        self._evaluated_s = 0.0
        self._fork_s = 0.0
        self._taken = _monotonic()
        self._heap = _FrozenHeap()
        for name in ("wait", "wait3", "wait4", "waitpid", "waitid"):  # user code waits for children of its own
            setattr(os, name, self._reaping_first(getattr(os, name)))

    def _reaping_first(self, wait: Callable[..., T]) -> Callable[..., T]:
        @functools.wraps(wait)
        def call(*arguments: object) -> T:
            self._reap()
            return wait(*arguments)

        return call

    @property
    def pause_s(self) -> float:
        """See Checkpoints."""
        return min(_LONGEST_PAUSE_S, max(_PAUSE_S, 2 * self._fork_s))

    def note_job(self, serial: int, elapsed_s: float, *, is_eval: bool) -> None:
        """See Checkpoints."""
        self._serial = serial
        self._evals += is_eval
        self._jobs += 1
        self._evaluated_s += elapsed_s

    @property
    def is_due(self) -> bool:
        """See Checkpoints."""
        return self._jobs > 0 or self._is_first

    @property
    def is_overdue(self) -> bool:
        """See Checkpoints."""
        many = self._jobs >= _BURST_JOBS and _monotonic() - self._taken >= _BURST_S
        return many or self._evaluated_s >= _BURST_S

    def take(self) -> bool:
        """See Checkpoints. A copy that is woken parks a copy of itself before it goes on."""
        has_been_woken = False
        while self._fork_copy():
            has_been_woken = True
            self._pids.add(_getpid())
        return has_been_woken

    def before_job(self) -> None:
        """See Checkpoints."""
        self._reap(os.WNOHANG)

    def _reap(self, options: int = 0) -> None:
        """Reap the process between this one and its copy, so that user code finds only children of its own."""
        if self._middle_pid is not None:
            try:
                reaped = _waitpid(self._middle_pid, options) != (0, 0)
            except ChildProcessError:  # user code has reaped it
                reaped = True
            if reaped:
                self._middle_pid = None

    @property
    def is_untidy(self) -> bool:
        """See Checkpoints."""
        return self._heap.is_due

    def tidy(self) -> None:
        """See Checkpoints."""
        self._heap.collect()

    def _fork_copy(self) -> bool:
        """Returns False in this process at once, True in the copy when it is woken."""
        self._reap()
        self._count += 1
        name = f"{_getpid()}-{self._count}"
        started = _perf_counter()
        try:
            self._heap.freeze()
            told: wire.Message = {"op": "parked", "name": name, "serial": self._serial, "evals": self._evals}
            notice = wire.encode({**told, "not_restored": self._not_copied()})
            random_state = random.getstate()
            middle_pid = _fork()
        except Exception as error:  # no memory, no more processes, or user code has changed what this needs
            self._on_failed(f"{type(error).__name__}: {error}")
            middle_pid = -1
        if middle_pid == 0:
            self._park(notice)
            random.setstate(random_state)  # a fork seeds it anew
            return True
        self._fork_s = _perf_counter() - started
        self._taken = _monotonic()
        self._jobs, self._evaluated_s, self._is_first = 0, 0.0, False
        if middle_pid > 0:
            with contextlib.suppress(OSError):  # it has ended already
                _setpgid(middle_pid, middle_pid)  # with our group, that is with us, the copy must not die
            self._middle_pid = middle_pid
            self._on_taken(name)
        return False

    def _park(self, notice: bytes) -> None:
        """In the process in the middle: fork the copy and end. In the copy: wait. Returns when it is woken."""
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, {platforms.WAKE})
            middle_pid = _getpid()
            _setpgid(0, 0)  # the copy must not be born into the worker's group, which dies with the worker
            self._close_connections()
            if _fork() != 0:
                os._exit(0)
            _setpgid(0, 0)
            while _getppid() == middle_pid:
                _sleep(_REPARENT_POLL_S)
            self._notices.send(_with_pid(notice))
            platforms.die_with(self._supervisor_pid)
            signal.sigwait({platforms.WAKE})
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {platforms.WAKE})
        except BaseException:  # a copy that cannot wait must not go on as a second worker
            os._exit(_COPY_FAILED)

    def _close_connections(self) -> None:
        """Put /dev/null in the place of pipes and sockets that connect the program with others."""
        for fd, _ in self._connections():
            os.dup2(self._spare_fd, fd, inheritable=False)

    def _connections(self) -> list[tuple[int, str]]:
        """The descriptors of pipes and sockets that a copy must not keep."""
        os.close(self._spare_fd)
        try:
            names = _listdir("/proc/self/fd")
        finally:
            self._spare_fd = _open_spare(self._spare_fd)
        kinds = ((fd, _kind(fd)) for fd in map(int, names))
        return [(fd, kind) for fd, kind in kinds if kind and not self._is_ours(fd, kind)]

    def _not_copied(self) -> list[wire.JSON]:
        """What a copy of this process will not have, in words."""
        try:
            connections = (_describe(fd, kind) for fd, kind in self._connections())
            told: list[wire.JSON] = [*_threads(), *_children(self._middle_pid), *filter(None, connections)]
        except OSError:  # no descriptors to look with
            return ["threads, child processes and connections, which could not be listed"]
        rest = len(told) - _TOLD_LIMIT
        return [*told[:_TOLD_LIMIT], f"{rest} more such things"] if rest > 0 else told

    def _is_ours(self, fd: int, kind: str) -> bool:
        """Whether a copy may keep a descriptor: the worker's own, and pairs of sockets within one process."""
        return fd in self._own_fds or (kind == "socket" and _peer_pid(fd) in self._pids)


def _with_pid(notice: bytes) -> bytes:
    return notice[:-2] + f',"pid":{_getpid()}}}\n'.encode()


def _open_spare(fd: int | None = None) -> int:
    """/dev/null on a descriptor of our own."""
    opened = os.open(os.devnull, os.O_RDWR)
    if fd is None:
        return private_copy(opened)
    if opened != fd:
        os.dup2(opened, fd, inheritable=False)
        os.close(opened)
    return fd


def _threads() -> list[str]:
    names = [thread.name for thread in _all_threads() if thread is not _main_thread()]
    others = len(_listdir("/proc/self/task")) - 1 - len(names)
    return [*(f"thread {name}" for name in names), *([f"{others} threads of C libraries"] if others > 0 else [])]


def _children(but: int | None) -> list[str]:
    return [f"child process {pid}{_name(pid)}" for pid in platforms.children() if pid != but]


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return f" ({Path(f'/proc/{pid}/comm').read_text(encoding='utf-8', errors='replace').strip()})"
    return ""


def _kind(fd: int) -> str:
    """`pipe` or `socket`; empty for anything else."""
    try:
        mode = os.fstat(fd).st_mode
    except OSError:  # the listing's own, closed by now
        return ""
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else ""


def _describe(fd: int, kind: str) -> str:
    """A socket by its addresses; pipes belong to child processes, which are told already."""
    if kind != "socket":
        return ""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as duplicate:
        if duplicate.family in (socket.AF_INET, socket.AF_INET6):
            is_listening = duplicate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            host, port = duplicate.getsockname()[:2]
            return f"socket {host}:{port}{' (listening)' if is_listening else ''}"
    return "socket"


def _peer_pid(fd: int) -> int | None:
    """The process that made the other end of a socket pair; None for other sockets."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as duplicate:
        if duplicate.family == socket.AF_UNIX and not duplicate.getsockname():
            return int.from_bytes(duplicate.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4), sys.byteorder)
    return None


class _FrozenHeap:
    """Keeps automatic collections from writing to the pages that the worker shares with its parked copies.

    `gc.freeze`, called before each fork, puts all objects where collections do not look. Garbage in cycles would
    stay there for ever, so what is young is collected before (what evals and edits of Basilisp leave, mostly), and
    in long pauses everything is unfrozen and collected; and what user code asks of `gc` itself is answered for all
    objects.
    """

    def __init__(self) -> None:
        self._collect = gc.collect
        self._next_collection = _monotonic() + _COLLECT_EVERY_S
        for name in ("collect", "get_objects", "get_referrers"):
            setattr(gc, name, _unfrozen(getattr(gc, name)))

    @property
    def is_due(self) -> bool:
        """Whether there has been no collection for long; never, when user code wants none."""
        return _monotonic() >= self._next_collection and _is_enabled()

    def freeze(self) -> None:
        """Collect what is young, and freeze all that is left."""
        if _is_enabled():
            self._collect(1)
        _freeze()

    def collect(self) -> None:
        """Collect everything."""
        started = _monotonic()
        _unfreeze()
        self._collect()
        _freeze()
        ended = _monotonic()
        self._next_collection = ended + max(_COLLECT_EVERY_S, (ended - started) / _COLLECT_SHARE)


def _unfrozen(function: Callable[..., object]) -> Callable[..., object]:
    def call(*arguments: object, **options: object) -> object:
        _unfreeze()
        return function(*arguments, **options)

    return call
