"""The jobs that have changed the state that a worker has now: what a rewind undoes and a death may cost."""

from __future__ import annotations

from collections import deque

from device_server.jobs import Job
from device_server.parked import Parked

_REMEMBERED_JOBS = 1000


class History:
    """Oldest first."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque(maxlen=_REMEMBERED_JOBS)

    @property
    def latest(self) -> Job | None:
        """The last job whose effects are there."""
        return self._jobs[-1] if self._jobs else None

    def note(self, job: Job) -> None:
        """It has changed the state."""
        self._jobs.append(job)

    def clear(self) -> None:
        """The state is a fresh one."""
        self._jobs.clear()

    def forget_after(self, serial: int) -> list[Job]:
        """Take away what a restored state does not have; oldest first."""
        gone = [job for job in self._jobs if job.serial > serial]
        for _ in gone:
            self._jobs.pop()
        return gone

    def copy_before(self, steps: int, copies: list[Parked]) -> Parked | None:
        """The newest of the copies, which are oldest first, that has none of the effects of the last `steps` jobs."""
        serial = self._jobs[-steps].serial if 0 < steps <= len(self._jobs) else 0
        return next((copy for copy in reversed(copies) if copy.serial < serial), None)

    def count_undoable(self, copies: list[Parked]) -> int:
        """For so many of the last jobs there is a state to go back to."""
        oldest = copies[0].serial if copies else self._jobs[-1].serial if self._jobs else 0
        return sum(job.serial > oldest for job in self._jobs)
