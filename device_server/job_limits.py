"""How a job that runs is ended: by SIGINT, again, and then by SIGKILL; when its time is up or its memory too much."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Final

from device_server import platforms, wire
from device_server.config import Config
from device_server.jobs import Job
from device_server.worker_process import WorkerProcess

_AGAIN_S: Final = 0.05
"""How soon an interrupt is repeated, for code that happened to swallow the first."""
_MEMORY_POLL_S: Final = 0.1


class JobLimits:
    """Those of the jobs of one worker. Whatever is due to happen to a job does not when it has ended by then."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: Config) -> None:
        self._loop = loop
        self._grace_s = config.grace_s
        self._memory_bytes = config.memory_limit_bytes

    def watch(self, job: Job, process: WorkerProcess, stop: Callable[[Job, wire.ErrorType], None]) -> None:
        """The process has got the job: `stop` it when its time is up, and kill the process when it grows too big."""
        timeout_ms = job.message.get("timeout_ms")
        if isinstance(timeout_ms, int) and timeout_ms > 0:
            job.timers.append(self._loop.call_later(timeout_ms / 1000, stop, job, wire.ErrorType.TIMEOUT))
        job.timers.append(self._loop.call_later(_MEMORY_POLL_S, self._look_at_memory, job, process))

    def end(self, job: Job, process: WorkerProcess) -> None:
        """Interrupt it; when it does not listen, kill the process."""
        process.signal(signal.SIGINT)
        for delay_s in (_AGAIN_S, self._grace_s / 2):
            job.timers.append(self._loop.call_later(delay_s, process.signal, signal.SIGINT))
        job.timers.append(self._loop.call_later(self._grace_s, process.kill))

    def _look_at_memory(self, job: Job, process: WorkerProcess) -> None:
        """It may be beyond taking an interrupt."""
        if process.pid is None:
            return
        if (platforms.resident_bytes(process.pid) or 0) > self._memory_bytes:
            job.stop_reason = wire.ErrorType.MEMORY
            process.kill()
        else:
            job.timers.append(self._loop.call_later(_MEMORY_POLL_S, self._look_at_memory, job, process))
