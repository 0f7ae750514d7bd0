"""The worker: takes one request after another from the supervisor and answers it. It may die at any moment.

Only this process runs user code, see evaluator.py. It reads a request, has it served on its main thread, and writes
frames; the supervisor owns everything else: clients, ids, queues, output, limits, and what follows a crash.

One that is asked to be a template does not evaluate: when it has imported the project's modules, it forks workers.
"""

from __future__ import annotations

import gc
import os
import resource
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from device_server import answers, forking, platforms, streams, wire
from device_server.channel import Channel
from device_server.checkpoints import Checkpoints, ForkCheckpoints, NoCheckpoints
from device_server.config import WorkerSettings
from device_server.displaying import Displays
from device_server.evaluator import Evaluator
from device_server.host_sources import HostSources
from device_server.importer import ProjectImporter
from device_server.interrupts import InterruptGate
from device_server.kept_modules import KeptModules
from device_server.languages import Language
from device_server.loaded import LoadedSources
from device_server.loaded_teller import LoadedTeller
from device_server.symbols import Symbols, SymbolTeller
from device_server.thread_owners import ThreadOwners

_getpid, _perf_counter = os.getpid, time.perf_counter  # bound here: user code may replace them
_active_threads = threading.active_count
_LONG_PAUSE_S = 1.0
"""With no request for so long, there is time to collect garbage."""


class Worker:
    """Serves requests until the process ends."""

    def __init__(
        self,
        channel: Channel,
        languages: Mapping[str, Language],
        gate: InterruptGate,
        importer: ProjectImporter,
        displays: Displays,
    ) -> None:
        self._channel = channel
        self._gate = gate
        self._importer = importer
        self._checkpoints: Checkpoints = NoCheckpoints()
        self._current: wire.JSON = None
        sources = (source for language in languages.values() for source in language.symbols)
        self._symbols = SymbolTeller(Symbols(list(dict.fromkeys(sources))), channel.send_line)
        self._loaded = LoadedTeller(importer.loaded, channel.send)
        self._evaluator = Evaluator(
            channel, languages, gate, self._symbols, importer.loaded, displays, self._keep_state_for_edit
        )
        self._threads = ThreadOwners(self.latest_session)

    def begin(self, checkpoints: Checkpoints) -> None:
        """In a fresh process: keep the state that there is before anything has been asked."""
        self._checkpoints = checkpoints
        self._symbols.begin()
        self._loaded.announce()
        if checkpoints.take():
            self._resume()

    def go_on(self, checkpoints: Checkpoints) -> None:
        """In a fork of a template: it is a worker of its own, that has imported what the template has told."""
        self._checkpoints = checkpoints
        self._symbols.begin_anew()
        self._evaluator.resume()

    def serve(self) -> None:
        """Answer requests, each with one terminal frame, until this process is to be a template."""
        checkpoints = self._checkpoints
        self._send_ready()
        while True:
            message = self._next_message()
            if message.get("op") == "be-template":
                return
            if message.get("op") == "project":
                self._importer.know(message["project"])
            operation = self._evaluator.operations.get(str(message.get("op")))
            if operation is None:  # stdin for an eval that has ended
                continue
            if message["op"] == "view-touch" and checkpoints.is_due and self._keep_state():
                continue  # the process that went on from here has died of the touch, and its host was told
            self._gate.arm()
            checkpoints.before_job()
            started = _perf_counter()
            self._current = message["id"]
            try:
                answer = operation(message)
                if answer is None:
                    continue
            except KeyboardInterrupt:  # it came before the gate was open, or while it was closing
                self._gate.close()
                answer = answers.interrupted()
            self._loaded.tell()
            if message["op"] in wire.CHANGING:
                self._evaluator.stage.tell_staleness()
                self._symbols.tell()
                self._symbols.is_sweep_due = True
            self._channel.send_line(answers.fitting_line({**answer, "id": message["id"]}))
            elapsed_s = _perf_counter() - started
            checkpoints.note_job(int(str(message["id"])), elapsed_s, is_eval=message["op"] in wire.CHANGING)
            if message["op"] == "import":  # without waiting for a pause: a crash must not lose the project
                self._keep_state()

    def _next_message(self) -> wire.Message:
        """The next frame; the state is kept before it, when there is a pause or it has not been for long."""
        due = self._checkpoints.is_due and not self._channel.has_frame_within(self._checkpoints.pause_s)
        if due and self._symbols.sweeps_fast:
            self._symbols.sweep()
        is_kept = (due or self._checkpoints.is_overdue) and not self._keep_state()
        if is_kept and not self._channel.has_frame_within(0):
            self._evaluator.rehearse()
            if self._checkpoints.is_untidy and not self._channel.has_frame_within(_LONG_PAUSE_S):
                self._checkpoints.tidy()
        while (self._symbols.is_sweep_due or _active_threads() > 1) and not self._channel.has_frame_within(
            _LONG_PAUSE_S
        ):
            self._evaluator.stage.tell_staleness()
            self._symbols.sweep()  # while there are other threads, they may change anything at any time
        return self._channel.receive()

    def _keep_state(self) -> bool:
        """Returns False in the worker, and True, later, in a copy of it that is the worker now and takes jobs."""
        if not self._checkpoints.take():
            return False
        self._resume()
        self._send_ready()
        return True

    def _keep_state_for_edit(self) -> bool:
        """As `_keep_state`, unless it is kept already. The edit is about to run code of the program."""
        if not self._checkpoints.is_due:
            return False
        has_taken_over = self._keep_state()
        self._checkpoints.before_job()
        return has_taken_over

    def _send_ready(self) -> None:
        """The state that there is, and then that jobs are taken, so that hosts know it before a crash is told."""
        self._symbols.announce()
        self._channel.send({"op": "ready", "pid": _getpid()})

    def _resume(self) -> None:
        """This process was a parked copy and is the worker now: skip what was meant for the one before."""
        self._symbols.take_over()
        self._loaded.announce()
        self._evaluator.resume()
        while self._channel.receive().get("op") != "resume":
            pass

    def ask_for_input(self) -> str:
        """Text for stdin, from the host; empty at its end, in other threads, and in child processes of the worker."""
        if self._evaluator.is_in_child or threading.current_thread() is not threading.main_thread():
            return ""  # the frames that come are for this process's main thread
        with self._gate.hold():
            self._channel.send({"op": "need-input", "id": self._current})
        while True:
            self._channel.wait()
            with self._gate.hold():
                frame = self._channel.receive()
            if frame["op"] == "stdin" and frame["id"] == self._current:
                return str(frame.get("text") or "")

    def latest_session(self) -> str | None:
        """The session of the request that runs, or ran last."""
        return self._evaluator.latest_session

    def session_of_thread(self) -> str | None:
        """See streams.Host."""
        return self._threads.session_of_current()


@dataclass(frozen=True, slots=True)
class _Ends:
    """A worker's ends of its socket, of its notices and of its two output pipes, out of the way of user code."""

    connection: socket.socket
    notices: socket.socket
    output_fds: tuple[int, int]

    def replace(self, fds: Sequence[int]) -> None:
        """Be those of another worker. Closes `fds`."""
        connection_fd, notices_fd, out_fd, err_fd = fds
        os.dup2(out_fd, 1)
        os.dup2(err_fd, 2)
        kept = (self.connection.fileno(), self.notices.fileno(), *self.output_fds)
        for fd, place in zip((connection_fd, notices_fd, out_fd, err_fd), kept, strict=True):
            os.dup2(fd, place, inheritable=False)
            os.close(fd)


def start(
    fds: Sequence[int], languages: Mapping[str, Language], supervisor_pid: int, settings: WorkerSettings
) -> NoReturn:
    """Turn this fresh process into a worker; `fds` are its ends of the socket, the notices and the output pipes."""
    connection_fd, notices_fd, out_fd, err_fd = fds
    os.setpgid(0, 0)  # user code may signal its whole group
    platforms.be_first_victim_when_memory_runs_out()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if settings.address_space_bytes is not None:
        resource.setrlimit(resource.RLIMIT_AS, (settings.address_space_bytes, settings.address_space_bytes))
    gate = InterruptGate()
    gate.install()
    connection = socket.socket(fileno=streams.private_copy(connection_fd))
    notices = socket.socket(fileno=streams.private_copy(notices_fd))
    channel = Channel(connection)
    importing = {name: language.importing for name, language in languages.items()}
    importer = ProjectImporter(HostSources(notices), KeptModules(settings.kept_modules), LoadedSources(), importing)
    displays = Displays(None if settings.images is None else Path(settings.images))
    worker = Worker(channel, languages, gate, importer, displays)
    ends = _Ends(connection, notices, streams.install(out_fd, err_fd, worker))
    sys.argv = [""]
    sys.path.insert(0, "")  # the working directory, as at every Python prompt; until here it could have shadowed ours
    for language in languages.values():
        language.begin()
    importer.install()
    worker.begin(_checkpoints(channel, ends, supervisor_pid, settings))
    worker.serve()
    _fork_workers(worker, channel, ends, supervisor_pid)


def _fork_workers(worker: Worker, channel: Channel, ends: _Ends, supervisor_pid: int) -> NoReturn:
    """Be a template."""

    def live(fds: Sequence[int], settings: WorkerSettings) -> NoReturn:
        os.setpgid(0, 0)
        ends.replace(fds)
        worker.go_on(_checkpoints(channel, ends, supervisor_pid, settings))
        worker.serve()
        _fork_workers(worker, channel, ends, supervisor_pid)

    gc.collect()
    gc.freeze()  # what is imported is never garbage; collections in workers then leave its memory shared
    channel.send({"op": "template", "pid": _getpid()})
    forking.serve(ends.notices, supervisor_pid, live)


def _checkpoints(channel: Channel, ends: _Ends, supervisor_pid: int, settings: WorkerSettings) -> Checkpoints:
    if not settings.keeps_checkpoints:
        return NoCheckpoints()
    return ForkCheckpoints(
        ends.notices,
        frozenset((ends.connection.fileno(), *ends.output_fds)),
        supervisor_pid,
        on_taken=lambda name: channel.send({"op": "checkpoint", "name": name}),
        on_failed=lambda error: channel.send({"op": "checkpoint-failed", "error": error}),
    )
