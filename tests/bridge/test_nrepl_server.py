"""Connections: what is echoed, who is answered, what is closed."""

from __future__ import annotations

import socket

import pytest
import trio
import trio.testing

from bridge.nrepl_server import bind
from tests.bridge.fakes import FakeClient, running_bridge


async def test_a_request_without_a_session_is_answered_with_one() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        client.send(op="eval", id="1", code="1")
        device.reply(await device.read(), "result", value="1", ns="user")
        reply = await client.read()
        assert (reply["id"], reply["value"]) == ("1", "1")
        assert isinstance(reply["session"], str)
        assert reply["session"] not in bridge.sessions.ids()


async def test_an_unknown_session_is_refused_and_echoed() -> None:
    async with running_bridge() as bridge:
        reply = await bridge.client().ask(op="eval", id="1", code="1", session="gone")
        assert reply["status"] == ["error", "unknown-session", "done"]
        assert reply["session"] == "gone"


async def test_a_message_without_an_id_or_an_op_is_answered_all_the_same() -> None:
    async with running_bridge() as bridge:
        client = bridge.client()
        client.send(op="stdin", stdin="x\n")
        assert (await client.read())["status"] == ["done"]
        client.send(id="1")
        assert (await client.read())["status"] == ["error", "unknown-op", "done"]


async def test_describe_is_answered_while_an_eval_runs() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = (await client.ask(op="clone", id="0"))["new-session"]
        client.send(op="eval", id="1", code="(sleep)", session=session)
        await device.read()
        for op in ("describe", "clone", "ios-status"):
            assert "done" in str((await client.ask(op=op, id="2", session=session))["status"])


async def test_a_session_outlives_its_connection_and_serves_another() -> None:
    async with running_bridge() as bridge:
        first, device = bridge.client(), await bridge.local()
        session = (await first.ask(op="clone", id="0"))["new-session"]
        first.close()
        assert (await device.read())["op"] == "close"  # the session of the connection itself
        second = bridge.client()
        second.send(op="eval", id="1", code="1", session=session)
        device.reply(await device.read(), "result", value="1")
        assert (await second.read())["session"] == session


async def test_a_client_that_leaves_harms_nobody_and_its_own_eval_is_interrupted() -> None:
    async with running_bridge() as bridge:
        leaving, staying, device = bridge.client(), bridge.client(), await bridge.local()
        leaving.send(op="eval", id="1", code="(loop)")
        asked = await device.read()
        leaving.close()
        told = {str(message["op"]): message for message in (await device.read(), await device.read())}
        assert told["interrupt"]["target"] == asked["id"]
        staying.send(op="eval", id="1", code="1")
        device.reply(await device.read(), "result", value="1")
        assert (await staying.read())["value"] == "1"


async def test_junk_closes_its_connection_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async with running_bridge() as bridge:
        broken, whole = bridge.client(), bridge.client()
        broken.send_bytes(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(EOFError):
            await broken.read()
        assert "ops" in await whole.ask(op="describe", id="1")
    assert len(caplog.messages) == 1


async def test_it_listens_where_it_is_bound() -> None:
    async with running_bridge() as bridge, trio.open_nursery() as nursery:
        with bind("127.0.0.1", 0) as listener:
            nursery.start_soon(bridge.server.listen, listener)
            client = FakeClient(socket.create_connection(listener.getsockname()))
            assert "ops" in await client.ask(op="describe", id="1")
            client.close()
            nursery.cancel_scope.cancel()
