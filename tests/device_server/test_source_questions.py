"""Who is asked for source, and that every question ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from device_server import wire
from device_server.source_questions import SourceQuestions


class Hosting:
    """A client that keeps what it is asked."""

    def __init__(self, *caps: str) -> None:
        self.caps = frozenset(caps)
        self.asked: list[wire.Message] = []

    def send(self, message: wire.Message) -> None:
        self.asked.append(message)


def run(test: Callable[[SourceQuestions], Awaitable[None]], limit_s: float = 10) -> None:
    async def main() -> None:
        await test(SourceQuestions(asyncio.get_running_loop(), limit_s))

    asyncio.run(main())


async def answer(questions: SourceQuestions, preferred: object, act: Callable[[], None]) -> wire.Message:
    """What the worker that asks gets, when `act` has happened after its question."""
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        questions.ask(preferred, {"op": "need-source", "module": "a", "more": 1}, theirs)
        act()
        data = b""
        while part := await asyncio.get_running_loop().sock_recv(ours, 65536):
            data += part
        (message,) = wire.Decoder().feed(data)
        assert isinstance(message, dict)
        return message


def nothing() -> None:
    """Nothing happens after the question."""


def test_the_host_whose_job_runs_is_asked_or_else_the_latest() -> None:
    async def test(questions: SourceQuestions) -> None:
        first, second, plain = Hosting("source"), Hosting("source"), Hosting()
        for host in (first, second, plain):
            questions.know(host, {"modules": [str(host.caps)], "roots": ["/p", 1]})
        for preferred, asked in ((first, first), (second, second), (plain, second), (None, second)):

            def reply(asked: Hosting = asked) -> None:
                (question,) = asked.asked
                assert {**question, "id": 0} == {"op": "need-source", "id": 0, "module": "a"}
                asked.asked.clear()
                questions.answer(asked, {"found": True}, int(str(question["id"])))

            assert await answer(questions, preferred, reply) == {"found": True}
        assert (questions.project(first) or {})["roots"] == ["/p"]
        questions.know(first, None)
        assert questions.project(first) == {"roots": [], "modules": [], "is_watched": False}

    run(test)


def test_without_a_host_the_answer_says_so() -> None:
    async def test(questions: SourceQuestions) -> None:
        questions.know(Hosting(), {"modules": ["a"]})
        assert questions.project(None) is None
        assert "no host" in str((await answer(questions, None, nothing))["error"])

    run(test)


def test_a_host_that_goes_away_ends_what_it_was_asked() -> None:
    async def test(questions: SourceQuestions) -> None:
        host = Hosting("source")
        questions.know(host, None)
        assert "gone away" in str((await answer(questions, host, lambda: questions.forget(host)))["error"])
        assert questions.project(host) is None

    run(test)


def test_a_silent_host_is_not_waited_for() -> None:
    async def test(questions: SourceQuestions) -> None:
        host = Hosting("source")
        questions.know(host, None)
        assert "has not answered within 0.01 s" in str((await answer(questions, host, nothing))["error"])
        questions.answer(host, {"found": True}, 1)  # too late

    run(test, limit_s=0.01)


def test_another_host_cannot_answer() -> None:
    async def test(questions: SourceQuestions) -> None:
        host, other = Hosting("source"), Hosting("source")
        questions.know(other, None)
        questions.know(host, None)

        def reply() -> None:
            questions.answer(other, {"found": False}, 1)
            questions.answer(host, {"found": True}, 1)

        assert await answer(questions, host, reply) == {"found": True}

    run(test)


def test_whoever_asks_may_be_gone_when_the_answer_comes() -> None:
    async def test(questions: SourceQuestions) -> None:
        host = Hosting("source")
        questions.know(host, None)
        ours, theirs = socket.socketpair()
        questions.ask(host, {"module": "a"}, theirs)
        ours.close()
        questions.answer(host, {"found": True}, 1)
        questions.close()

    run(test)


def test_too_many_questions_at_once_are_refused() -> None:
    async def test(questions: SourceQuestions) -> None:
        host = Hosting("source")
        questions.know(host, None)
        pairs = [socket.socketpair() for _ in range(256)]
        for _, theirs in pairs:
            questions.ask(host, {"module": "a"}, theirs)
        assert "too many" in str((await answer(questions, host, nothing))["error"])
        questions.close()
        for ours, _ in pairs:
            assert ours.recv(1) == b""
            ours.close()

    run(test)
