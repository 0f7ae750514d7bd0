"""A connection from a host: bytes to requests, answers to bytes, and what happens when the host does not read."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Callable
from typing import Protocol

from device_server import wire
from device_server.jobs import Job

_RECEIVE_BYTES = 65536
_HIGH_WATER_BYTES = 1024 * 1024
"""With more than this unread, the workers whose output it gets have to wait, and no more requests are taken."""
_BUFFER_LIMIT_BYTES = 64 * 1024 * 1024
"""A client that lets this much pile up is dropped."""
_STALL_S = 10.0
"""A client that has reached the high-water mark and reads nothing for so long is dropped."""
_PENDING_LIMIT = 4096
_PENDING_CHARS = 64 * 1024 * 1024
"""So many requests of one client, or of about so many characters, may wait; more are refused."""

_numbers = itertools.count(1)


class Server(Protocol):
    """Whom a client asks."""

    def welcome(self) -> wire.Message:
        """The first message of a connection."""

    def receive(self, client: Client, message: wire.Message) -> None:
        """A request that is well formed JSON."""

    def end_input(self, job: Job) -> None:
        """Nobody will answer when this job reads."""

    def forget(self, client: Client) -> None:
        """The connection is gone."""


class Client(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, server: Server, limit_bytes: int = wire.LIMIT_BYTES) -> None:
        self.caps: frozenset[str] = frozenset()
        self.is_admitted = False
        """Whether it has said the token, where there is one."""
        self.has_own_session = False
        self._number = next(_numbers)
        self.jobs: dict[int, Job] = {}
        """What it has asked of workers and not been answered, by serial, oldest first."""
        self._pending_size = 0
        self._written_bytes = 0
        self._server = server
        self._relieved: list[Callable[[], None]] = []
        self._buffer = bytearray(_RECEIVE_BYTES)
        self._decoder = wire.Decoder(limit_bytes)
        self._transport: asyncio.Transport | None = None
        self._stall: asyncio.TimerHandle | None = None
        """Runs while the client is congested."""
        self._is_reading = True
        self._has_said_all = False

    @property
    def has_too_many_jobs(self) -> bool:
        """Whether it must wait for answers before it may ask more of workers."""
        return len(self.jobs) >= _PENDING_LIMIT or self._pending_size >= _PENDING_CHARS

    def own_session(self) -> str:
        """The session of its requests that name none."""
        self.has_own_session = True
        return f"client-{self._number}"

    @property
    def is_congested(self) -> bool:
        """See Asker."""
        return self._stall is not None

    def when_relieved(self, call: Callable[[], None]) -> None:
        """See Asker."""
        self._relieved.append(call)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=_HIGH_WATER_BYTES)
        connection = transport.get_extra_info("socket")
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send(self._server.welcome())

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where the transport puts what it receives; a buffer of our own spares an allocation for every message."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what is complete; answer what is no message."""
        try:
            found = self._decoder.feed(bytes(memoryview(self._buffer)[:nbytes]))
        except wire.NotThisProtocolError:
            self.drop()
            return
        for item in found:
            if isinstance(item, wire.BadLine):
                self.send({"op": "error", "id": None, "type": item.type, "error": item.error})
            else:
                self._server.receive(self, item)
        self._read_or_wait()

    def eof_received(self) -> bool:
        """It will ask no more (`nc -N`): answer what it has asked, then close."""
        assert self._transport is not None
        self._has_said_all = True
        is_inherited = self._transport.get_extra_info("socket").family == socket.AF_UNIX  # its end is ours
        for job in self.jobs.values():
            self._server.end_input(job)
        return bool(self.jobs) and not is_inherited

    def connection_lost(self, error: Exception | None) -> None:
        """What it has asked is still evaluated; the answers are dropped."""
        self._transport = None
        self._buffer = bytearray()  # the rest of it may have to wait for a collection
        for job in self.jobs.values():
            self._server.end_input(job)
        self._relieve()
        self._server.forget(self)

    def pause_writing(self) -> None:
        """It is behind."""
        assert self._transport is not None
        self._watch_stall()
        self._read_or_wait()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._relieve()
        self._read_or_wait()

    def send(self, message: wire.Message) -> None:
        """Write a message; the connection is dropped when the host does not read."""
        if self._transport is None:
            return
        line = wire.encode(message)
        self._written_bytes += len(line)
        self._transport.write(line)
        if self._transport.get_write_buffer_size() > _BUFFER_LIMIT_BYTES:
            self.drop()

    def add_job(self, job: Job) -> None:
        """It has asked this of a worker."""
        self.jobs[job.serial] = job
        self._pending_size += job.size

    def on_job_end(self, job: Job) -> None:
        """See Asker."""
        if self.jobs.pop(job.serial, None) is not None:
            self._pending_size -= job.size
        if self._has_said_all and not self.jobs and self._transport is not None:
            self._transport.close()
        self._read_or_wait()

    def close(self) -> None:
        """End the connection when what was sent to it has left."""
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def _relieve(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        calls, self._relieved = self._relieved, []
        for call in calls:
            call()

    def _read_or_wait(self) -> None:
        if self._transport is None or self._transport.is_closing() or self._has_said_all:
            return
        may_read = self._stall is None
        if may_read and not self._is_reading:
            self._transport.resume_reading()
        elif self._is_reading and not may_read:
            self._transport.pause_reading()
        self._is_reading = may_read

    def _watch_stall(self) -> None:
        """Look again after a while, whether it has read anything."""
        assert self._transport is not None
        read_bytes = self._written_bytes - self._transport.get_write_buffer_size()
        self._stall = asyncio.get_running_loop().call_later(_STALL_S, self._check_stall, read_bytes)

    def _check_stall(self, read_bytes: int) -> None:
        if self._transport is None:
            return
        if self._written_bytes - self._transport.get_write_buffer_size() == read_bytes:
            self.drop()
        else:
            self._watch_stall()
