"""What a session has been asked and has not begun to serve: in order, and not without bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

import trio

from middleware.replies import Answer
from middleware.request import Bencode, Refusal, Request

MAX_QUEUED: Final = 4096
MAX_QUEUED_CHARS: Final = 64 * 1024 * 1024
"""So many requests, or of about so many characters, may wait; more are refused."""


class RequestQueue:
    """The requests that wait, each with what answers it. One task takes them."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Request, Answer]] = deque()
        self._chars = 0
        self._has_more = trio.lowlevel.ParkingLot()
        self._is_open = True

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, request: Request, answer: Answer) -> None:
        """Let it wait after those that came before it. Raises: Refusal, when too many do already."""
        if len(self._waiting) >= MAX_QUEUED or self._chars > MAX_QUEUED_CHARS:
            count = len(self._waiting)
            text = f"{count} requests of this session wait already; send this one again when they are answered"
            raise Refusal(text, "session-busy")
        self._waiting.append((request, answer))
        self._chars += _size(request)
        self._has_more.unpark()

    async def next(self) -> tuple[Request, Answer] | None:
        """The one that has waited longest, when there is one; None when the queue is closed."""
        while self._is_open:
            if self._waiting:
                request, answer = self._waiting.popleft()
                self._chars -= _size(request)
                return request, answer
            await self._has_more.park()
        return None

    def withdraw(self, id_: Bencode | None) -> Request | None:
        """Take out the first with that id, or the first of all when it is None; None when there is none."""
        for waiting in self._waiting:
            request = waiting[0]
            if id_ in (None, request.id):
                self._waiting.remove(waiting)
                self._chars -= _size(request)
                return request
        return None

    def close(self) -> Iterator[Request]:
        """Those that will not be served; nothing waits from now on."""
        self._is_open = False
        self._has_more.unpark()
        while self._waiting:
            yield self._waiting.popleft()[0]


def _size(request: Request) -> int:
    """Characters that it keeps in memory, about."""
    return sum(len(value) for value in request.message.values() if isinstance(value, str))
