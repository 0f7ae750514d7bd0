"""What programs ask of hosts when they import: each question goes to one host, its answer back to who asked.

A worker asks with a packet and one end of a fresh socket pair, so that any thread of it, and any process that it has
forked, can ask at any time, and an interrupt, a crash or a take-over leaves nothing half read. The supervisor ends
every question: with the host's answer, or with an error when the host has gone or says nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from dataclasses import dataclass
from typing import Protocol

from device_server import wire

LIMIT_S = 10.0
"""A host that has not answered by then is not waited for any longer."""
_PENDING_LIMIT = 256
_NAMES_LIMIT = 10_000
"""So many top-level modules of a project are known; the others are asked for when nothing else has their names."""


class Answerer(Protocol):
    """A client that may have a project."""

    caps: frozenset[str]

    def send(self, message: wire.Message) -> None:
        """Write a message to it, or drop it when it is gone."""


@dataclass(frozen=True, slots=True)
class _Question:
    host: Answerer
    asker: socket.socket
    patience: asyncio.TimerHandle


class SourceQuestions:
    """The questions that wait for an answer, and the hosts that can give one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit_s: float = LIMIT_S) -> None:
        self._loop = loop
        self._limit_s = limit_s
        self._projects: dict[Answerer, wire.Message] = {}
        """Every host that answers, the latest last -> what it has said of its project."""
        self._ids = itertools.count(1)
        self._waiting: dict[wire.Id, _Question] = {}
        self._sending: set[asyncio.Task[None]] = set()

    def know(self, host: Answerer, project: wire.JSON) -> None:
        """A host has said hello."""
        self._projects.pop(host, None)
        if wire.CAP_SOURCE in host.caps:
            told = project if isinstance(project, dict) else {}
            known: wire.Message = {key: _texts(told.get(key)) for key in ("roots", "modules")}
            self._projects[host] = {**known, "is_watched": told.get("is_watched") is True}

    def forget(self, host: Answerer) -> None:
        """A client is gone; what it was asked has no answer."""
        self._projects.pop(host, None)
        for number, question in [*self._waiting.items()]:
            if question.host is host:
                self._end(number, {"error": "the host has gone away"})

    def project(self, preferred: object) -> wire.Message | None:
        """What is known of the project, {roots, modules, is_watched}, while a job of `preferred` runs."""
        host = self._host(preferred)
        return self._projects[host] if host is not None else None

    def ask(self, preferred: object, question: wire.Message, asker: socket.socket) -> None:
        """Pass a question on, and the answer to `asker`, which is closed then."""
        asker.setblocking(False)
        host, number = self._host(preferred), next(self._ids)
        asked: wire.Message = {key: question[key] for key in wire.SOURCE_QUESTIONS if key in question}
        if host is None:
            self._answer(asker, {"error": "no host is connected that has the project"})
        elif len(self._waiting) >= _PENDING_LIMIT:
            self._answer(asker, {"error": "too many imports wait for the host already"})
        else:
            silence: wire.Message = {"error": f"the host has not answered within {self._limit_s:g} s"}
            patience = self._loop.call_later(self._limit_s, self._end, number, silence)
            self._waiting[number] = _Question(host, asker, patience)
            host.send({"op": "need-source", "id": number, **asked})

    def answer(self, host: Answerer, message: wire.Message, number: wire.Id) -> None:
        """A host has answered; what nobody waits for any more is dropped."""
        question = self._waiting.get(number)
        if question is not None and question.host is host:
            self._end(number, message)

    def close(self) -> None:
        """Nobody gets an answer any more."""
        for question in self._waiting.values():
            question.patience.cancel()
            question.asker.close()
        self._waiting.clear()

    def _host(self, preferred: object) -> Answerer | None:
        """The one that is preferred, if it answers; else the one that has come last."""
        return next((host for host in self._projects if host is preferred), next(reversed(self._projects), None))

    def _end(self, number: wire.Id, answer: wire.Message) -> None:
        question = self._waiting.pop(number)
        question.patience.cancel()
        self._answer(question.asker, answer)

    def _answer(self, asker: socket.socket, answer: wire.Message) -> None:
        task = self._loop.create_task(_send(self._loop, asker, wire.encode(answer), self._limit_s))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


async def _send(loop: asyncio.AbstractEventLoop, asker: socket.socket, line: bytes, limit_s: float) -> None:
    with asker:
        try:
            await asyncio.wait_for(loop.sock_sendall(asker, line), limit_s)
        except (OSError, TimeoutError):
            return  # the worker has died, or whoever asked was interrupted


def _texts(value: wire.JSON) -> list[wire.JSON]:
    items = value[:_NAMES_LIMIT] if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]
