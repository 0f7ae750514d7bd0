"""What waits for a session."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from bridge.request_queue import MAX_QUEUED_CHARS, RequestQueue
from middleware.request import Refusal, Request
from tests.middleware.fakes import FakeSession


def asked(id_: str, code: str = "1") -> Request:
    return Request("eval", id_, {"code": code}, FakeSession(), "s1", lambda message: None, lambda call: call())


async def answer(_request: Request) -> None: ...


async def taken(queue: RequestQueue) -> str:
    found = await queue.next()
    assert found is not None
    return str(found[0].id)


async def test_requests_are_taken_in_the_order_in_which_they_came() -> None:
    queue = RequestQueue()
    for id_ in "abc":
        queue.add(asked(id_), answer)
    assert len(queue) == 3
    assert [await taken(queue) for _ in range(3)] == ["a", "b", "c"]


async def test_whoever_takes_waits_for_the_next() -> None:
    queue, got = RequestQueue(), list[str]()

    async def take() -> None:
        got.append(await taken(queue))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await trio.testing.wait_all_tasks_blocked()
        queue.add(asked("a"), answer)
    assert got == ["a"]


async def test_a_request_can_be_withdrawn_by_its_id_or_as_the_first() -> None:
    queue = RequestQueue()
    for id_ in "abc":
        queue.add(asked(id_), answer)
    for target, found in (("b", "b"), (None, "a"), ("b", None), ("c", "c"), (None, None)):
        request = queue.withdraw(target)
        assert (request and request.id) == found


async def test_what_is_long_counts_until_it_is_taken() -> None:
    queue = RequestQueue()
    queue.add(asked("long", "x" * (MAX_QUEUED_CHARS + 1)), answer)
    with pytest.raises(Refusal, match="1 requests of this session wait already"):
        queue.add(asked("more"), answer)
    queue.withdraw("long")
    queue.add(asked("more"), answer)


async def test_a_closed_queue_gives_back_what_waited_and_ends_whoever_takes() -> None:
    queue = RequestQueue()
    queue.add(asked("a"), answer)
    assert [request.id for request in queue.close()] == ["a"]
    assert await queue.next() is None
