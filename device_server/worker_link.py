"""A worker as the supervisor sees it: a name that stays, a queue of jobs, and the process that serves them now.

One job is with the process at a time, so that it is always known what a death has cost; the others wait here
and go to the process that takes the dead one's place.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable

from device_server import platforms, wire
from device_server.jobs import Job
from device_server.processes import WorkerProcess

_STARTS_WITHOUT_SUCCESS = 3
"""So many processes in a row may end before they are ready; then requests are refused until one asks again."""

StartProcess = Callable[["WorkerLink"], WorkerProcess]


class WorkerLink:
    """Named place in which one worker process after another evaluates."""

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str, grace_s: float, start: StartProcess) -> None:
        self.name = name
        self.generation = 0
        self._loop = loop
        self._grace_s = grace_s
        self._start = start
        self._queue: deque[Job] = deque()
        self._current: Job | None = None
        self._latest: Job | None = None
        self._is_ready = False
        self._is_closing = False
        self._failed_starts = 0
        self._process: WorkerProcess | None = None
        self._start_process()

    @property
    def current(self) -> Job | None:
        """The job that the process has now."""
        return self._current

    @property
    def is_waiting_for_process(self) -> bool:
        """Whether jobs wait because no process is ready."""
        return not self._is_ready and bool(self._queue)

    def status(self) -> wire.Message:
        """This worker's entry in the `status` message."""
        pid = self._process.pid if self._process else None
        return {
            "name": self.name,
            "pid": pid,
            "generation": self.generation,
            "busy": self._current is not None,
            "queued": len(self._queue),
            "rss_bytes": platforms.resident_bytes(pid) if pid else None,
        }

    def submit(self, job: Job) -> None:
        """Evaluate a job after those that came before."""
        self._queue.append(job)
        if self._process is None:
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
            self._process.send({"op": "stdin", "id": job.serial, "text": text})

    def stop(self, job: Job, reason: wire.ErrorType) -> None:
        """End a job: at once when it waits; by SIGINT, and then by SIGKILL, when it runs."""
        if job.is_ended or job.stop_reason is not None:
            return
        job.stop_reason = reason
        if job is not self._current:
            self._queue.remove(job)
            job.end({"op": "error", "type": reason, "error": "Interrupted before it began"})
            return
        self._interrupt(job)
        self._loop.call_later(self._grace_s / 2, self._interrupt, job)
        self._loop.call_later(self._grace_s, self._kill, job)

    def close(self) -> None:
        """End the process; jobs that wait are not answered."""
        self._is_closing = True
        if self._process is not None:
            self._process.kill()

    def on_frame(self, frame: wire.Message) -> None:
        """See WorkerEvents."""
        op, job = frame.get("op"), self._current
        if op == "ready":
            self._is_ready = True
            self._failed_starts = 0
            self._dispatch()
        elif job is not None and frame.get("id") == job.serial:
            if op in wire.TERMINAL:
                self._current = None
                job.end(self._signed(frame, job))
                self._dispatch()
            else:
                job.send(frame)

    def on_output(self, stream: str, text: str) -> None:
        """See WorkerEvents. Output belongs to the job that runs, or that ran last."""
        job = self._latest
        if job is None:
            return
        job.output(stream, text)
        if job.client.is_congested and self._process is not None:
            self._process.pause_output()
            job.client.when_relieved(self._process.resume_output)

    def on_end(self, end: str) -> None:
        """See WorkerEvents."""
        if self._is_closing:
            return
        was_ready, self._is_ready, self._process = self._is_ready, False, None
        self._failed_starts += not was_ready
        if self._failed_starts >= _STARTS_WITHOUT_SUCCESS:
            self._refuse_all(end)
            return
        job, self._current = self._current, None
        self._start_process()
        if job is not None:
            job.end(self._signed(_crash(job, end), job))

    def _refuse_all(self, end: str) -> None:
        """No process can be started. The next request tries again."""
        self._failed_starts = 0
        while self._queue:
            job = self._queue.popleft()
            text = f"No worker can be started: {end}. See the device server's log, then try again"
            job.end({"op": "error", "type": wire.ErrorType.CRASH, "error": text, "generation": self.generation})

    def _start_process(self) -> None:
        self.generation += 1
        self._process = self._start(self)

    def _dispatch(self) -> None:
        if self._current is None and self._is_ready and self._queue and self._process is not None:
            job = self._current = self._latest = self._queue.popleft()
            job.started = time.monotonic()
            self._process.resume_output()  # whoever the one before was waiting for
            takes_values = wire.CAP_VALUES in job.client.caps
            self._process.send({**job.message, "id": job.serial, "values": takes_values})
            timeout_ms = job.message.get("timeout_ms")
            if isinstance(timeout_ms, int) and timeout_ms > 0:
                self._loop.call_later(timeout_ms / 1000, self._on_timeout, job)

    def _on_timeout(self, job: Job) -> None:
        if not job.is_ended:
            self.stop(job, wire.ErrorType.TIMEOUT)

    def _interrupt(self, job: Job) -> None:
        if job is self._current and self._process is not None:
            self._process.signal(signal.SIGINT)

    def _kill(self, job: Job) -> None:
        if job is self._current and self._process is not None:
            self._process.kill()

    def _signed(self, frame: wire.Message, job: Job) -> wire.Message:
        """The frame with where it was made."""
        signature: wire.Message = {"worker": self.name, "generation": self.generation}
        if frame.get("op") == "result":
            signature["lang"] = job.message.get("lang")
        return {**frame, **signature}


def _crash(job: Job, end: str) -> wire.Message:
    """The answer to the job that a worker died with."""
    if job.stop_reason is None:
        text = f"The worker died: {end}. A new one has taken its place; what was defined is lost"
    else:
        text = f"Stopped ({job.stop_reason}): the worker had to be killed; what was defined is lost"
    return {
        "op": "error",
        "type": wire.ErrorType.CRASH,
        "error": text,
        "ex": "Crash",
        "root_ex": end,
        "restored": False,
    }
