"""A worker as the supervisor sees it: a name that stays, a queue of jobs, and the processes that serve them.

One job is with the process at a time, so that it is always known what a death has cost; the others wait here
and go to whatever takes the dead one's place.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from device_server import platforms, wire
from device_server.authors import SILENT, Authors
from device_server.config import Config
from device_server.deaths import Restored, cause, crash, died, restarted, rewound
from device_server.history import History
from device_server.job_limits import JobLimits
from device_server.jobs import Asker, Job
from device_server.memory import MeasuredMemory
from device_server.parked import Parked
from device_server.project_modules import ProjectModules
from device_server.succession import Nursery, Succession, Successor
from device_server.worker_process import WorkerProcess

_STARTS_WITHOUT_SUCCESS = 3
"""So many processes in a row may end before they are ready; then requests are refused until one asks again."""
_PARKING_S = 1.0
_PARKING_POLL_S = 0.005
"""How long a rewind waits for copies that are on their way, and how often it looks."""


class Owner(Nursery, Protocol):
    """What a worker's place needs of the device server."""

    def start_worker(self, events: WorkerLink) -> WorkerProcess:
        """A new process that tells its events there."""

    def begin_with(self, worker: str, files: ProjectModules) -> None:
        """The worker of that name is another process now, which had those files when it began."""

    def learn(self, worker: str, frame: wire.Message) -> None:
        """The worker of that name has told what it has loaded, or that the view in it is no longer as it is shown."""

    def admit_images(self, frame: wire.Message) -> wire.Message:
        """A worker's frame, with the images that it tells of in the device's keeping."""

    def tell_all(self, cap: str, frame: wire.Message, but: Asker | None = None) -> None:
        """Send it to all clients with that capability, but for one."""


class WorkerLink:
    """Named place in which one worker after another evaluates."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        name: str,
        config: Config,
        owner: Owner,
        successor: Successor | None = None,
        generation: int = 0,
    ) -> None:
        """Begins with a process of its own, or as the `successor`, which is prepared, of that generation."""
        self.name = name
        self.generation = generation
        self.on_replaced: Callable[[bool], None] = lambda is_restored: None
        """Called when another process takes jobs from now on; whether it has the state of the one before."""
        self._loop = loop
        self._limits = JobLimits(loop, config)
        self._owner = owner
        self._queue: deque[Job] = deque()
        self._current: Job | None = None
        self._authors = Authors()
        self._history = History()
        self._end = ""
        """How the latest process died; empty when the one that is there has taken over and that was told."""
        self._died_with: Job | None = None
        """The job that it died with, when that has had its answer before another process was ready."""
        self._told_project: wire.Message | None = None
        """What the process knows of the project."""
        self._memory = MeasuredMemory()
        self._is_ready = False
        self._is_closing = False
        self._failed_starts = 0
        self._process: WorkerProcess | None = None
        self._succession = Succession(loop, owner, self._take)
        if successor is None:
            self._start_process()
        else:
            self._adopt(successor)

    @property
    def current(self) -> Job | None:
        """The job that the process has now."""
        return self._current

    def status(self) -> wire.Message:
        """This worker's entry in the `status` message."""
        now = time.monotonic()
        process = self._process
        pid = process.pid if process else None
        parked = process.parked if process else []
        pss_bytes = self._memory.of([pid, *(copy.pid for copy in parked)])
        copies: list[wire.JSON] = [
            {"pid": copy.pid, "age_ms": round((now - copy.taken) * 1000), "pss_bytes": pss_bytes.get(copy.pid)}
            for copy in parked
        ]
        return {
            "name": self.name,
            "pid": pid,
            "generation": self.generation,
            "busy": self._current is not None,
            "queued": len(self._queue),
            "rss_bytes": platforms.resident_bytes(pid) if pid else None,
            "pss_bytes": pss_bytes.get(pid) if pid else None,
            "checkpoints": copies,
            "checkpoint_error": process.checkpoint_error if process else None,
        }

    def submit(self, job: Job) -> None:
        """Evaluate a job after those that came before."""
        if job.message["op"] == "symbols":  # it changes nothing, and completion waits for it
            self._queue.appendleft(job)
        else:
            self._queue.append(job)
        if self._process is None and not self._is_closing:
            self._start_process()
        self._dispatch()

    def tell_waiting(self, text: str) -> None:
        """Say to those whose jobs wait why they do."""
        if not self._is_ready:
            for job in self._queue:
                job.output("err", text + "\n")

    def give_input(self, job: Job, text: str) -> None:
        """Send text to the running job's stdin."""
        if self._process is not None and job is self._current:
            job.is_reading = False
            self._process.send({"op": "stdin", "id": job.serial, "text": text})

    def end_input(self, job: Job) -> None:
        """Whatever the job reads from now on is at its end: there is nobody who could type."""
        job.has_input = False
        if job.is_reading:
            self.give_input(job, "")

    def stop(self, job: Job, reason: wire.ErrorType) -> None:
        """End a job: at once when it waits; by SIGINT, and then by SIGKILL, when it runs."""
        if job.is_ended or job.stop_reason is not None or (job is not self._current and job not in self._queue):
            return
        job.stop_reason = reason
        if job is not self._current:
            self._queue.remove(job)
            job.end({"op": "error", "type": reason, "error": "Interrupted before it began"})
            return
        if self._process is not None:
            self._limits.end(job, self._process)

    def restart(self, session: str | None, answer: Callable[[wire.Message], None]) -> None:
        """Let a fresh generation take over as soon as it is prepared; if it cannot be, everything goes on as it was."""
        self._succession.prepare(session, answer)

    def _take(self, successor: Successor, session: str | None) -> wire.Message:
        """Let it take over, as the session wants it: what runs ends with an error, what waits goes to the new one."""
        job, self._current = self._current, None
        if self._process is not None:
            self._process.retire()
        if job is not None:
            self._answer(job, restarted())
        self._forget_generation()
        self._adopt(successor)
        told: wire.Message = {"worker": self.name, "generation": self.generation}
        self._owner.tell_all(wire.CAP_WATCH, {"op": "restarted", **told, "session": session})
        self._dispatch()
        self.on_replaced(False)
        return told

    def _adopt(self, successor: Successor) -> None:
        self.generation += 1
        self._process, self._is_ready, self._told_project = successor.hand_over(self), True, None
        for text in successor.output:
            self._pass_on(None, *text)
        self._owner.begin_with(self.name, successor.files)
        for frame in successor.frames:
            self.on_frame(frame)

    def _forget_generation(self) -> None:
        """What is to come has nothing to do with what was."""
        self._history.clear()
        self._authors = Authors()
        self._end, self._died_with, self._failed_starts = "", None, 0

    def give_way(self, heir: WorkerLink | None, why: str) -> None:
        """End the processes: what runs ends with an error, and so does what waits, unless an heir takes it."""
        self._is_closing = True
        self._succession.close()
        if self._process is not None:
            self._process.retire()
        told: wire.Message = {"op": "error", "type": wire.ErrorType.INTERRUPTED, "error": why}
        job, self._current = self._current, None
        if job is not None:
            self._answer(job, told)
        while self._queue:
            job = self._queue.popleft()
            if heir is None:
                self._answer(job, told)
            else:
                heir.submit(job)

    def close(self) -> None:
        """End the processes; jobs that wait are not answered."""
        self._is_closing = True
        self._succession.close()
        if self._process is not None:
            self._process.close()

    def on_ready(self, parked: Parked | None) -> None:
        """See WorkerEvents."""
        self._failed_starts = 0
        self._is_ready, self._told_project = True, None
        job, self._current = self._current, None
        undone = self._history.forget_after(parked.serial if parked else 0)
        restored = Restored(parked, undone, self._history.latest) if parked else None
        if self._end and (job is None or job.message["op"] != "rewind"):
            self._tell_death(job or self._died_with, restored)
        if job is not None and restored is not None:
            answer = rewound if job.message["op"] == "rewind" else partial(crash, job, self._end)
            self._answer(job, answer(restored))
        self._end, self._died_with = "", None
        self._dispatch()
        self.on_replaced(parked is not None)

    def on_frame(self, frame: wire.Message) -> None:
        """See WorkerEvents."""
        op, job = frame.get("op"), self._current
        if op == "symbols":
            self._owner.tell_all(wire.CAP_SYMBOLS, {**frame, "worker": self.name})
            return
        if op in ("loaded", "stale"):
            self._owner.learn(self.name, frame)
            return
        if job is None or frame.get("id") != job.serial:
            return
        frame = self._owner.admit_images(frame)
        if op in wire.TERMINAL:
            self._end_current(job, frame)
        elif op == "need-input":
            job.is_reading = True
            job.send(frame)
            if not job.has_input:
                self.give_input(job, "")
        else:
            job.send(frame)
            if op in ("value", "fault") and self._process is not None:
                self._process.send({"op": "continue"})

    def _end_current(self, job: Job, last: wire.Message) -> None:
        self._current = None
        if job.message["op"] in wire.CHANGING:
            self._history.note(job)
        self._answer(job, last)
        if job.message["op"] == "reload" and last["op"] == "result":
            self._tell_reloaded(job, last)
        if self._process is not None:
            self._process.resume_output()  # of what comes late, the client may get more again
        self._dispatch()

    def on_output(self, stream: str, text: str, session: str | None) -> None:
        """See WorkerEvents. A client that is behind does not hold back what runs for another."""
        job, current = self._authors.of(session, self._current), self._current
        self._pass_on(job, stream, text)
        if job is None or self._process is None or (current is not None and current.client is not job.client):
            return
        if job.is_ahead or job.client.is_congested:
            self._process.pause_output()
            if job.client.is_congested:
                job.client.when_relieved(self._process.resume_output)

    def _pass_on(self, job: Job | None, stream: str, text: str) -> None:
        """Output goes to whoever asked the job, and to those who watch."""
        if job is not None:
            job.output(stream, text)
        overheard: wire.Message = {"op": "out", "worker": self.name, "stream": stream, "text": text}
        self._owner.tell_all(wire.CAP_WATCH, overheard, job.client if job else None)

    def acknowledge(self, job: Job, characters: int) -> None:
        """The client has passed on so much of the job's output."""
        job.acknowledge(characters)
        if not job.is_ahead and job is self._current and self._process is not None:
            self._process.resume_output()

    def on_question(self, question: wire.Message, asker: socket.socket) -> None:
        """See WorkerEvents."""
        self._owner.ask_host(self._current.client if self._current else None, question, asker)

    def on_death(self, end: str) -> None:
        """See WorkerEvents."""
        self._is_ready = False
        self._end = end

    def on_end(self, end: str) -> None:
        """See WorkerEvents."""
        if self._is_closing:
            return
        self._is_ready, self._process = False, None
        self._history.clear()
        job, self._current = self._current, None
        self._end, self._died_with = end, job or self._died_with
        if job is not None:
            self._answer(job, crash(job, end, None))
        self._failed_starts += 1
        if self._failed_starts < _STARTS_WITHOUT_SUCCESS:
            self._start_process()
        else:
            self._refuse_all(end)

    def _tell_death(self, crashed: Job | None, restored: Restored | None) -> None:
        """Say to those who do not get the answer about a death that there was one, and what it has cost them."""
        session = str(crashed.message["session"]) if crashed else None
        told = died(cause(crashed, self._end), session, restored)
        self._owner.tell_all(wire.CAP_WATCH, {**told, "worker": self.name, "generation": self.generation})
        for job in restored.undone if restored else ():
            if job.message["session"] != session and wire.CAP_WATCH not in job.client.caps:
                job.output("err", f"The worker died: {self._end}. The effects of this are lost: {job.excerpt}\n")

    def _tell_reloaded(self, job: Job, frame: wire.Message) -> None:
        """Say to others who watch that there is other code now: what the one who has sent the edit is told."""
        told = {key: value for key, value in frame.items() if key != "id"}
        here: wire.Message = {"op": "reloaded", "worker": self.name, "generation": self.generation}
        self._owner.tell_all(wire.CAP_WATCH, {**told, **here}, job.client)

    def _refuse_all(self, end: str) -> None:
        """No process can be started. The next request tries again."""
        self._failed_starts = 0
        log = self._owner.log_tail()
        text = f"No worker can be started: {end}. Mend that and evaluate again. The log ends with:\n{log}"
        while self._queue:
            self._answer(self._queue.popleft(), {"op": "error", "type": wire.ErrorType.CRASH, "error": text})

    def _start_process(self) -> None:
        self.generation += 1
        self._process = self._owner.start_worker(self)

    def _dispatch(self) -> None:
        """Give the process its next job, if it has none."""
        while self._current is None and self._is_ready and self._queue and self._process is not None:
            job = self._queue.popleft()
            if job.message["op"] not in SILENT:
                self._process.read_output()  # it was written for the job before
            self._current = job
            job.started = time.monotonic()
            if job.message["op"] == "rewind":
                self._rewind(job, self._process, time.monotonic() + _PARKING_S)
            else:
                self._authors.note(job)
                self._hand_over(job, self._process)

    def _hand_over(self, job: Job, process: WorkerProcess) -> None:
        process.resume_output()  # whoever the one before was waiting for
        project = self._owner.project(job.client)
        if project != self._told_project:
            self._told_project = project
            process.send({"op": "project", "project": project})
        takes_values = wire.CAP_VALUES in job.client.caps
        process.send({**job.message, "id": job.serial, "values": takes_values})
        self._limits.watch(job, process, self.stop)

    def _rewind(self, job: Job, process: WorkerProcess, patience_ends: float) -> None:
        """Let the newest copy take over that has none of the effects of the last `steps` jobs."""
        if job.is_ended:
            return
        if process.is_parking and time.monotonic() < patience_ends:  # it may be the very copy
            self._loop.call_later(_PARKING_POLL_S, self._rewind, job, process, patience_ends)
            return
        steps = job.message.get("steps") or 1
        copy = self._history.copy_before(steps, process.parked) if isinstance(steps, int) else None
        if copy is not None:
            process.rewind(copy)
            return
        count = self._history.count_undoable(process.parked)
        text = f"Cannot go back {steps} evals: there is a state to go back to for the last {count}"
        self._current = None
        self._answer(job, {"op": "error", "type": wire.ErrorType.PROTOCOL, "error": text})

    def _answer(self, job: Job, frame: wire.Message) -> None:
        """End a job; the answer says where it was made."""
        signature: wire.Message = {"worker": self.name, "generation": self.generation}
        if frame.get("op") == "result" and "lang" in job.message:
            signature["lang"] = job.message["lang"]
        job.end({**frame, **signature})
