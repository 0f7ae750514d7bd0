"""To which job what a worker writes belongs. Not how it travels."""

from __future__ import annotations

from device_server import wire
from device_server.jobs import Job

REMEMBERED = 1000
"""So many sessions' latest jobs are known."""
SILENT = ("symbols", "loaded", "clone", "close", "rewind")
"""The requests during which nothing is written that belongs to them."""


class Authors:
    """The jobs that have run the program last."""

    def __init__(self) -> None:
        self._latest: Job | None = None
        self._latest_by_session: dict[str, Job] = {}

    def note(self, job: Job) -> None:
        """What the program writes from now on goes out under the id of this job, if it runs the program."""
        session, op = str(job.message["session"]), job.message["op"]
        if op in wire.RUNNING or op == "close":
            self._latest_by_session.pop(session, None)
        if op in wire.RUNNING:
            self._latest = self._latest_by_session[session] = job
        if len(self._latest_by_session) > REMEMBERED:
            del self._latest_by_session[next(iter(self._latest_by_session))]

    def of(self, session: str | None, current: Job | None) -> Job | None:
        """Of a thread's output, the latest job of its session; else what runs, or ran last."""
        if session is not None:
            return self._latest_by_session.get(session)
        is_writing = current is not None and current.message["op"] not in SILENT
        return current if is_writing else self._latest
