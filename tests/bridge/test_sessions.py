"""Sessions among each other: who hears what, and which are closed when nobody uses them."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from tests.bridge.fakes import IDLE_S, FakeClient, running_bridge


async def session_of(client: FakeClient) -> str:
    return str((await client.ask(op="clone", id="0"))["new-session"])


async def test_a_session_that_no_connection_uses_is_closed_after_its_time(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with running_bridge() as bridge:
        client, other = bridge.client(), bridge.client()
        left, used = await session_of(client), await session_of(other)
        await client.ask(op="describe", id="1", session=left)
        client.close()
        await trio.sleep(0.9 * IDLE_S)
        assert bridge.sessions.ids() == [left, used]
        await trio.sleep(0.3 * IDLE_S)
        assert bridge.sessions.ids() == [used]
        assert (await other.ask(op="describe", id="1", session=left))["status"] == ["error", "unknown-session", "done"]


@pytest.mark.usefixtures("autojump_clock")
async def test_a_session_that_a_connection_uses_stays_however_long() -> None:
    async with running_bridge() as bridge:
        client, other = bridge.client(), bridge.client()
        session = await session_of(client)
        await other.ask(op="describe", id="1", session=session)
        client.close()
        await trio.sleep(10 * IDLE_S)
        assert bridge.sessions.ids() == [session]


@pytest.mark.usefixtures("autojump_clock")
async def test_a_session_that_works_is_not_abandoned() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        client.send(op="eval", id="1", code="(work)", session=session)
        asked = await device.read()
        client.close()
        await trio.sleep(2 * IDLE_S)
        assert bridge.sessions.ids() == [session]
        device.reply(asked, "result", value="1")
        await trio.sleep(2 * IDLE_S)
        assert bridge.sessions.ids() == []


# Too much at once


async def test_a_session_hears_what_others_write_on_its_device_and_not_itself() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        listens, writes = await session_of(client), await session_of(client)
        await client.ask(op="out-subscribe", id="sub", session=listens)
        for session in (writes, listens):
            client.send(op="eval", id=session, code="1", session=session)
            asked = await device.read()
            device.reply(asked, "out", stream="out", text=session)
            device.reply(asked, "result")
        device.send({"op": "out", "stream": "err", "text": "nobody's"})
        heard = [await client.read() for _ in range(6)]
        assert [message["out"] for message in heard if message["id"] == "sub" and "out" in message] == [writes]
        assert [message["err"] for message in heard if "err" in message] == ["nobody's"]


async def test_a_session_that_has_unsubscribed_hears_nothing() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        await client.ask(op="forward-system-output", id="1", session=session)
        await client.ask(op="out-unsubscribe", id="2", session=session)
        device.send({"op": "out", "stream": "out", "text": "x"})
        assert "ops" in await client.ask(op="describe", id="3")


# Languages
