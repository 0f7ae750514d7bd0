"""What a middleware made of handlers does with a request."""

from __future__ import annotations

from middleware.descriptor import OpSpec, Runs, as_ciders, provides
from middleware.request import Final, Message, Request
from tests.middleware.fakes import FakeSession, finish, request_for


async def own(request: Request) -> Final:
    request.send({"by": "own"})
    return {}


async def inner(request: Request) -> Final:
    request.send({"by": "inner"})
    return {}


def test_it_serves_its_ops_and_lets_others_pass() -> None:
    descriptor = provides("mine", {"mine": (OpSpec("Mine."), own)})
    handler = descriptor.wrap(inner, descriptor.handles)
    sent: list[Message] = []
    for op in ("mine", "yours"):
        finish(handler(request_for({"op": op}, FakeSession(), sent)))
    assert [reply["by"] for reply in sent] == ["own", "inner"]


def test_an_op_runs_at_once_unless_it_says_otherwise() -> None:
    assert OpSpec("Any.").runs is Runs.AT_ONCE


def test_ops_of_cider_nrepl_have_two_names() -> None:
    served = (OpSpec("Mine."), own)
    assert as_ciders({"mine": served}) == {"mine": served, "cider/mine": served}
