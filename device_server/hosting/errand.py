"""A job that the supervisor gives a worker on its way to answer a client, who gets the output but not this answer."""

from __future__ import annotations

from collections.abc import Callable

from device_server import wire
from device_server.jobs import Asker, Job


class Errand:
    """Asks a worker on behalf of a client, or of nobody. An Asker."""

    def __init__(self, client: Asker | None, on_end: Callable[[wire.Message], None]) -> None:
        """`on_end` gets the terminal message, and nobody else does."""
        self.client = client
        self.caps = frozenset({wire.CAP_OUT}) if client is None else client.caps - {wire.CAP_ACK}
        self._on_end = on_end

    @property
    def is_congested(self) -> bool:
        """See Asker."""
        return self.client is not None and self.client.is_congested

    def when_relieved(self, call: Callable[[], None]) -> None:
        """See Asker."""
        if self.client is not None:
            self.client.when_relieved(call)

    def send(self, message: wire.Message) -> None:
        """See Asker."""
        if message["op"] in wire.TERMINAL:
            self._on_end(message)
        elif self.client is not None:
            self.client.send(message)

    def on_job_end(self, job: Job) -> None:
        """See Asker."""
        if self.client is not None:
            self.client.on_job_end(job)
