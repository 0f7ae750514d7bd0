"""A link's promises: every request ends once, whatever the device does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from bridge.device_link import REMEMBERED, DeviceLink
from device_server import wire
from middleware.request import OnFrame
from tests.bridge.fakes import FakeDevice, FakeDialer


@asynccontextmanager
async def connected(dialer: FakeDialer) -> AsyncIterator[tuple[DeviceLink, FakeDevice]]:
    """A link and the device it is connected to."""
    link = DeviceLink(dialer, token="secret")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        device = await dialer.dialled()
        await device.welcome()
        await trio.testing.wait_all_tasks_blocked()
        assert link.is_up
        yield link, device
        nursery.cancel_scope.cancel()


def ignore(_frame: wire.Message) -> None:
    """For requests whose frames do not matter."""


async def test_frames_go_to_their_request_and_the_last_one_ends_it() -> None:
    frames: list[wire.Message] = []
    async with connected(FakeDialer()) as (link, device):
        pending = link.start({"op": "eval", "code": "1"}, frames.append)
        asked = await device.read()
        device.reply(asked, "out", text="x")
        device.reply(asked, "result", value="1")
        assert (await pending.wait())["value"] == "1"
    assert [frame["text"] for frame in frames] == ["x"]


async def test_replies_may_come_in_any_order() -> None:
    async with connected(FakeDialer()) as (link, device):
        first, second = link.start({"op": "status"}, ignore), link.start({"op": "status"}, ignore)
        asked = [await device.read(), await device.read()]
        for request, which in zip(reversed(asked), ("second", "first"), strict=True):
            device.reply(request, "status", which=which)
        assert ((await first.wait())["which"], (await second.wait())["which"]) == ("first", "second")


async def test_a_lost_device_ends_what_waits_and_refuses_what_comes() -> None:
    async with connected(FakeDialer()) as (link, device):
        pending = link.start({"op": "eval", "code": "1"}, ignore)
        device.close()
        for each in (pending, link.start({"op": "eval", "code": "2"}, ignore)):
            last = await each.wait()
            assert (last["type"], last["error"]) == ("device-lost", "Start it again.")


async def test_it_redials_until_the_device_is_back() -> None:
    dialer = FakeDialer()
    async with connected(dialer) as (link, device):
        device.close()
        again = await dialer.dialled()
        await again.welcome()
        await trio.testing.wait_all_tasks_blocked()
        assert link.is_up


async def test_a_patient_request_waits_until_the_device_is_back() -> None:
    dialer = FakeDialer(is_patient=True)
    async with connected(dialer) as (link, device):
        device.close()
        await (await dialer.dialled()).welcome()
        await link.settle()
        assert link.is_up


async def test_patience_ends_when_the_device_cannot_be_dialled() -> None:
    dialer = FakeDialer(is_patient=True)
    dialer.refuses = ConnectionError("died too often")
    link = DeviceLink(dialer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        await link.settle()
        assert (await link.start({"op": "status"}, ignore).wait())["type"] == "device-lost"
        nursery.cancel_scope.cancel()


async def test_late_replies_are_dropped_and_counted() -> None:
    async with connected(FakeDialer()) as (link, device):
        pending = link.start({"op": "status"}, ignore)
        asked = await device.read()
        for _ in range(3):
            device.reply(asked, "status")
        await pending.wait()
        await trio.testing.wait_all_tasks_blocked()
        assert link.late == 2


async def test_late_output_of_a_sessions_latest_eval_comes_however_much_was_asked_since() -> None:
    frames: list[wire.Message] = []
    async with connected(FakeDialer()) as (link, device):
        for session, code in (("mine", "the one before"), ("mine", "the latest"), ("another", "1")):
            link.start({"op": "eval", "code": code, "session": session}, frames.append)
        asked = [await device.read() for _ in range(3)]
        for each in asked:
            device.reply(each, "result")
        for _ in range(REMEMBERED + 1):
            pending = link.start({"op": "macroexpand", "code": "1", "session": "mine"}, ignore)
            device.reply(await device.read(), "result")
            await pending.wait()
        for each in asked[:2]:
            device.reply(each, "out", text=each["code"])
        await trio.testing.wait_all_tasks_blocked()
        assert link.late == 1
    assert [frame["text"] for frame in frames] == ["the latest"]


async def test_an_abandoned_request_is_interrupted_on_the_device() -> None:
    async with connected(FakeDialer()) as (link, device):
        pending = link.start({"op": "eval", "code": "1"}, ignore)
        asked = await device.read()
        link.abandon(pending)
        link.abandon(pending)
        interrupt = await device.read()
        assert (interrupt["op"], interrupt["target"]) == ("interrupt", asked["id"])


async def test_a_request_that_no_device_takes_is_refused_here() -> None:
    async with connected(FakeDialer()) as (link, _):
        pending = link.start({"op": "eval", "code": "x" * wire.LIMIT_BYTES}, ignore)
        assert (await pending.wait())["type"] == "too-large"


async def test_the_token_is_told_only_to_a_device_that_asks() -> None:
    for auth, told in (("none", None), ("token", "secret")):
        dialer = FakeDialer()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(DeviceLink(dialer, token="secret").run)
            hello = await (await dialer.dialled()).welcome(auth=auth)
            nursery.cancel_scope.cancel()
        assert hello.get("token") == told


@asynccontextmanager
async def telling(dialer: FakeDialer) -> AsyncIterator[tuple[DeviceLink, FakeDevice, wire.Message]]:
    """As `connected`, to a device that tells its symbols; and what it was asked first."""
    link = DeviceLink(dialer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        device = await dialer.dialled()
        hello = await device.welcome(caps=["symbols"])
        assert "symbols" in frames_of(hello["caps"])
        yield link, device, await device.read()
        nursery.cancel_scope.cancel()


def frames_of(told: wire.JSON) -> list[wire.JSON]:
    assert isinstance(told, list)
    return told


WORLD: wire.Message = {"user": {"symbols": {"f": {}}}}


async def test_a_device_is_asked_for_its_symbols_and_tells_of_changes() -> None:
    async with telling(FakeDialer()) as (link, device, asked):
        assert asked["op"] == "symbols"
        device.reply(asked, "result", rev=1, changes=WORLD)
        device.send({"op": "symbols", "rev": 2, "base": 1, "changes": {"user": {"symbols": {"g": {}}}}})
        await trio.testing.wait_all_tasks_blocked()
        assert list(link.mirror.namespaces["user"].names) == ["f", "g"]
        assert link.late == 0


async def test_the_mirror_stays_when_the_device_is_lost_and_is_asked_for_when_it_is_back() -> None:
    dialer = FakeDialer()
    async with telling(dialer) as (link, device, asked):
        device.reply(asked, "result", rev=1, changes=WORLD)
        await trio.testing.wait_all_tasks_blocked()
        device.close()
        again = await dialer.dialled()
        assert "user" in link.mirror.namespaces
        await again.welcome(caps=["symbols"])
        again.reply(await again.read(), "result", rev=1, changes={})
        await trio.testing.wait_all_tasks_blocked()
        assert "user" not in link.mirror.namespaces


async def test_a_device_that_tells_no_symbols_is_not_asked_for_them() -> None:
    async with connected(FakeDialer()) as (link, device):
        link.refresh_mirror()
        link.start({"op": "status"}, ignore)
        assert (await device.read())["op"] == "status"


async def test_the_mirror_can_be_asked_for_anew() -> None:
    async with telling(FakeDialer()) as (link, device, asked):
        device.reply(asked, "result", rev=1, changes=WORLD)
        await trio.testing.wait_all_tasks_blocked()
        link.refresh_mirror()
        assert (await device.read())["op"] == "symbols"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"op":"welcome","proto":2}\n', "version 2"),
        (b'{"op":"access-denied","error":"Wrong token"}\n', "Wrong token"),
        (b"HTTP/1.1 400 Bad Request\r\n", "no device server"),
        (b'{"op":\n', "bad line"),
        (b"", "closed the connection"),
    ],
)
async def test_open_says_why_it_failed(line: bytes, why: str) -> None:
    dialer = FakeDialer()

    async def answer() -> None:
        device = await dialer.dialled()
        device.send_bytes(line)
        if not line:
            device.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        with pytest.raises(OSError, match=why):
            await DeviceLink(dialer).open()


@pytest.mark.usefixtures("autojump_clock")
async def test_open_gives_up_on_a_device_that_says_nothing() -> None:
    dialer = FakeDialer()
    with pytest.raises(TimeoutError):
        await DeviceLink(dialer).open()
    with pytest.raises(EOFError):
        await (await dialer.dialled()).read()


@pytest.mark.usefixtures("autojump_clock")
async def test_a_silent_device_is_pinged_and_then_lost() -> None:
    async with connected(FakeDialer()) as (link, device):
        pending = link.start({"op": "eval", "code": "1"}, ignore)
        started = trio.current_time()
        assert (await pending.wait())["type"] == "device-lost"
        assert 10 <= trio.current_time() - started <= 15
        assert (await device.read(skip="eval"))["op"] == "ping"


async def test_a_loss_and_a_return_are_news_and_whether_it_is_the_same_process() -> None:
    dialer, news = FakeDialer(), list[wire.Message]()
    link = DeviceLink(dialer)
    link.on_news = lambda _link, told: news.append(told)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        lives: list[wire.Message] = [{"generation": 1}, {"generation": 1}, {"generation": 2}]
        for life in lives:
            device = await dialer.dialled()
            await device.welcome(device={"id": "a"}, **life)
            await trio.testing.wait_all_tasks_blocked()
            device.close()
            await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    lost: wire.Message = {"op": "lost", "error": FakeDialer.remedy}
    assert news == [{"op": "up"}, lost, {"op": "back", "is_same": True}, lost, {"op": "back", "is_same": False}, lost]


@pytest.mark.parametrize(("worker", "is_same"), [("main", True), ("view-1", False)])
async def test_a_generation_that_was_told_of_is_no_surprise_after_a_loss(worker: str, is_same: bool) -> None:
    dialer, news = FakeDialer(), list[wire.Message]()
    link = DeviceLink(dialer)
    link.on_news = lambda _link, told: news.append(told)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        for generation in (1, 2):
            device = await dialer.dialled()
            await device.welcome(device={"id": "a"}, generation=generation)
            await trio.testing.wait_all_tasks_blocked()
            device.send({"op": "restarted", "worker": worker, "generation": 2})
            await trio.testing.wait_all_tasks_blocked()
            device.close()
            await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert {"op": "back", "is_same": is_same} in news


async def test_what_has_no_id_is_news() -> None:
    tell, news = trio.open_memory_channel[wire.Message](1)
    async with connected(FakeDialer()) as (link, device):
        link.on_news = lambda _link, told: tell.send_nowait(told)
        device.send({"op": "out", "stream": "out", "text": "x"})
        assert await news.receive() == {"op": "out", "stream": "out", "text": "x"}


async def test_it_knows_what_the_device_runs() -> None:
    dialer = FakeDialer()
    link = DeviceLink(dialer)
    assert (link.languages, link.python) == (("basilisp", "python"), None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        await (await dialer.dialled()).welcome(languages=["python"], python="3.11.2")
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert (link.languages, link.python) == (("python",), "3.11.2")


class FakeProject:
    """Answers every question with the question."""

    async def project(self) -> wire.Message:
        return {"roots": ["/p"], "modules": ["app"]}

    def serve(self, question: wire.Message, reply: OnFrame) -> None:
        reply({"found": True, "files": [question]})


async def test_the_device_may_ask_for_the_project() -> None:
    dialer = FakeDialer()
    link = DeviceLink(dialer, project=FakeProject())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        device = await dialer.dialled()
        hello = await device.welcome()
        assert hello["project"] == {"roots": ["/p"], "modules": ["app"]}
        question: wire.Message = {"op": "need-source", "id": 1, "module": "app"}
        device.send(question)
        assert await device.read() == {"op": "source", "id": 1, "found": True, "files": [question]}
        nursery.cancel_scope.cancel()
    assert link.late == 0


async def test_without_a_project_nobody_is_told_of_one_and_a_question_is_dropped() -> None:
    async with connected(FakeDialer()) as (link, device):
        device.send({"op": "need-source", "id": 1, "module": "app"})
        pending = link.start({"op": "status"}, ignore)
        device.reply(await device.read(), "status")
        assert (await pending.wait())["op"] == "status"
