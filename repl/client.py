"""Requests and replies over a WatchableConnection, for asyncio. It knows ids and `done`, not what the ops mean.

The connection's thread only puts messages into a queue. That is short: a flood of output waits at the bridge, and from
there at the program that makes it, and an interrupt is not a minute behind.
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import nrepl

from repl.bencode import Message
from repl.stream import Stream

QUEUE_MESSAGES: Final = 256


class LostError(Exception):
    """The bridge has gone; the text says how."""


class Client:
    """One connection. To be made, used and closed in the event loop's thread."""

    _ids = itertools.count(1)  # of all connections, so that a late reply is nobody's

    def __init__(self, connection: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._received: queue.Queue[Message | str] = queue.Queue(QUEUE_MESSAGES)
        self._has_received = asyncio.Event()
        self._asked: dict[str, tuple[list[Message], asyncio.Future[list[Message]]]] = {}
        self._lost: str | None = None
        self._is_closed = False
        self._stream = Stream(connection, self._put)
        self._connection = nrepl.WatchableConnection(self._stream)
        self._connection.watch("all", lambda message: True, lambda message, *_: self._put(message))

    def send(self, message: Message) -> str:
        """Send a request; the id it was given. Its replies come out of `messages`. Raises: LostError."""
        id_ = f"tether-{next(self._ids)}"
        try:
            self._connection.send({**message, "id": id_})
        except OSError as error:
            raise LostError(str(error)) from error
        return id_

    async def ask_all(self, message: Message) -> list[Message]:
        """The replies to a request. Raises: LostError."""
        if self._lost is not None:
            raise LostError(self._lost)
        future: asyncio.Future[list[Message]] = self._loop.create_future()
        id_ = self.send(message)
        self._asked[id_] = ([], future)
        try:
            return await future
        finally:
            self._asked.pop(id_, None)

    async def ask(self, message: Message) -> Message:
        """The keys of all replies to a request. Raises: LostError."""
        merged: Message = {}
        for reply in await self.ask_all(message):
            merged.update(reply)
        return merged

    async def messages(self) -> AsyncIterator[Message]:
        """What comes that is no answer to `ask`, up to the end of the connection. Raises: LostError, at that end."""
        while True:
            await self._has_received.wait()
            self._has_received.clear()
            with suppress(queue.Empty):
                while True:
                    received = self._received.get_nowait()
                    if isinstance(received, str):
                        self._end(received)
                        raise LostError(received)
                    if not self._answers(received):
                        yield received

    def close(self) -> None:
        """End the connection; who waits for an answer is told."""
        self._end("it was closed")
        self._connection.close()
        self._is_closed = True
        with suppress(queue.Empty):
            while True:  # the thread may wait for room
                self._received.get_nowait()

    def _put(self, message: Message | str) -> None:
        """Called in the connection's thread."""
        if not self._is_closed:
            self._received.put(message)
        with suppress(RuntimeError):  # the loop has ended: nobody listens
            self._loop.call_soon_threadsafe(self._has_received.set)

    def _answers(self, message: Message) -> bool:
        asked = self._asked.get(str(message.get("id")))
        if asked is None:
            return False
        replies, future = asked
        replies.append(message)
        if has_status(message, "done") and not future.done():
            future.set_result(replies)
        return True

    def _end(self, why: str) -> None:
        self._lost = why
        for _, future in self._asked.values():
            if not future.done():
                future.set_exception(LostError(why))


def has_status(message: Message, status: str) -> bool:
    """Whether a reply says this in its `status`."""
    said = message.get("status")
    return isinstance(said, list) and status in said


def text_of(message: Message, key: str) -> str:
    """What a reply has under a key; empty when it has no text there."""
    said = message.get(key)
    return said if isinstance(said, str) else ""


def texts_of(message: Message, key: str) -> list[str]:
    """The texts in a list of a reply."""
    said = message.get(key)
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []
