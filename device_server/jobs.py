"""One request on its way through a worker: who asked, what was answered, and the one terminal message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from device_server import wire

_FOLDED_LIMIT = 1024 * 1024
"""Characters of output kept for a client that takes it in its reply; the rest is left out, and the reply says so."""

_EXCERPT = 80
_KEPT = ("op", "session", "worker", "lang")
"""The keys of a request that are of interest after its end."""
_STOPPED = {wire.ErrorType.INTERRUPTED: "Interrupted", wire.ErrorType.TIMEOUT: "Timed out"}
NAMES = {
    wire.ErrorType.INTERRUPTED: "Interrupted",
    wire.ErrorType.TIMEOUT: "Timeout",
    wire.ErrorType.MEMORY: "MemoryError",
}
"""What the `ex` of a job's error says that was stopped for that reason."""
_WINDOW = 1024 * 1024
"""Characters of output that a client with the capability `ack` may have before it acknowledges them."""


class Asker(Protocol):
    """The client that made a request."""

    caps: frozenset[str]

    @property
    def is_congested(self) -> bool:
        """Whether it is behind in reading, so that those who write to it should wait."""

    def when_relieved(self, call: Callable[[], None]) -> None:
        """Call once when it has caught up or is gone."""

    def send(self, message: wire.Message) -> None:
        """Write a message to it, or drop it when it is gone."""

    def on_job_end(self, job: Job) -> None:
        """The job has got its terminal message."""


class Job:
    """A request that a worker evaluates."""

    def __init__(self, client: Asker, message: wire.Message, job_id: wire.Id, serial: int) -> None:
        self.client = client
        self.id = job_id
        """The client's id for it."""
        self.serial = serial
        """The worker's id for it, unique in this server."""
        self.message = message
        """The request; when it has ended, without its code."""
        self.excerpt = _excerpt(message)
        """The beginning of its code, or its file, for a person to recognise it by."""
        self.size = sum(len(value) for value in message.values() if isinstance(value, str))
        """Characters that it keeps in memory, about."""
        self.started: float | None = None
        """When the worker got it, by the monotonic clock, in seconds."""
        self.is_reading = False
        """Whether it waits for input."""
        self.has_input = True
        """Whether there is somebody who could answer when it reads."""
        self.stop_reason: wire.ErrorType | None = None
        """Why it is being stopped: the type of its terminal error, unless it ends by itself just before."""
        self.is_ended = False
        self.was_stopped = False
        """Whether it ended because of `stop_reason`, not by itself before that took effect."""
        self.timers: list[asyncio.TimerHandle] = []
        """What is to happen if it has not ended by then."""
        self._when_ended: list[Callable[[Job], None]] = []
        self._unacknowledged = 0
        self._folded: dict[str, str] = {}
        self._is_folded_whole = True

    @property
    def is_ahead(self) -> bool:
        """Whether the client has more output than it has acknowledged and should get no more for now."""
        return self._unacknowledged > _WINDOW and not self.is_ended

    def acknowledge(self, characters: int) -> None:
        """The client has passed on so many characters of output."""
        self._unacknowledged = max(0, self._unacknowledged - characters)

    @property
    def elapsed_ms(self) -> int:
        """How long it has been running."""
        return 0 if self.started is None else round((time.monotonic() - self.started) * 1000)

    def when_ended(self, call: Callable[[Job], None]) -> None:
        """Call with this job after its terminal message."""
        self._when_ended.append(call)

    def output(self, stream: str, text: str) -> None:
        """Pass on output: at once to clients that take it so, else with the terminal message."""
        if wire.CAP_OUT in self.client.caps:
            if wire.CAP_ACK in self.client.caps:
                self._unacknowledged += len(text)
            self.client.send({"op": "out", "id": self.id, "stream": stream, "text": text})
        elif not self.is_ended:
            known = self._folded.get(stream, "")
            kept = text[: _FOLDED_LIMIT - len(known)]
            self._is_folded_whole &= len(kept) == len(text)
            self._folded[stream] = known + kept

    def send(self, frame: wire.Message) -> None:
        """Pass on a frame that does not end the request."""
        self.client.send({**frame, "id": self.id})

    def end(self, frame: wire.Message) -> None:
        """Send the terminal message."""
        self.is_ended = True
        for timer in self.timers:
            timer.cancel()
        answer: wire.Message = {"op": frame["op"], "id": self.id, **self._folded, **frame}
        answer["id"] = self.id
        if not self._is_folded_whole:
            answer["truncated"] = True
        if self.stop_reason is not None and frame.get("type") in (wire.ErrorType.INTERRUPTED, wire.ErrorType.CRASH):
            self.was_stopped = True
            answer["type"] = self.stop_reason
            if frame.get("type") == wire.ErrorType.INTERRUPTED:
                answer["error"] = _STOPPED[self.stop_reason]
                answer["ex"] = answer["root_ex"] = NAMES[self.stop_reason]
        self.client.send(answer)
        self.message = {key: self.message[key] for key in _KEPT if key in self.message}
        for call in self._when_ended:
            call(self)
        self.client.on_job_end(self)


def _excerpt(message: wire.Message) -> str:
    text = str(message.get("code") or message.get("file") or message["op"]).strip()
    line = text[: _EXCERPT + 1].split("\n", 1)[0]
    return line if line == text and len(line) <= _EXCERPT else f"{line[:_EXCERPT]} ..."
