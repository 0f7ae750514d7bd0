"""Connections: what is echoed, who is answered, what is closed."""

from __future__ import annotations

import socket

import pytest
import trio
import trio.testing

from bridge.nrepl_server import bind
from device_server import wire
from middleware.request import Bencode
from tests.bridge.fakes import FakeClient, FakeDevice, running_bridge


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


# What clients hear without having asked


async def evaluated(client: FakeClient, device: FakeDevice, id_: str, **keys: Bencode) -> str:
    """A new session that has evaluated something under that id."""
    session = str((await client.ask(op="clone", id="0", **keys))["new-session"])
    client.send(op="eval", id=id_, code="1", session=session)
    device.reply(await device.read(), "result", value="1")
    await client.read_value()
    return session


async def test_cider_hears_once_of_a_lost_device_under_its_latest_id() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        await evaluated(client, device, "tooling", client_name="CIDER")
        session = await evaluated(client, device, "main", client_name="CIDER")
        await client.ask(op="describe", id="later", session=session)
        device.close()
        assert await client.read() == {
            "id": "main", "session": session, "status": ["notification"], "msg": "\nStart it again.", "type": "error",
        }  # fmt: skip
        await bridge.local()
        assert (await client.read())["type"] == "message"
        assert "ops" in await client.ask(op="describe", id="1")


async def test_others_hear_it_as_err() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await evaluated(client, device, "1")
        device.close()
        assert await client.read() == {"id": "1", "session": session, "err": "Start it again.\n"}


async def test_who_gets_it_as_the_error_of_an_eval_does_not_hear_it_twice() -> None:
    async with running_bridge() as bridge:
        client, watching, device = bridge.client(), bridge.client(), await bridge.local()
        await evaluated(client, device, "idle", client_name="CIDER")
        await evaluated(watching, device, "theirs", client_name="CIDER")
        client.send(op="eval", id="runs", code="1")
        await device.read()
        device.close()
        replies = [await client.read() for _ in range(3)]
        assert {reply["id"] for reply in replies} == {"runs"}
        assert "notification" not in str(replies)
        assert (await watching.read())["status"] == ["notification"]


async def test_a_death_is_told_to_all_but_the_one_whose_eval_it_ends() -> None:
    async with running_bridge() as bridge:
        client, watching, device = bridge.client(), bridge.client(), await bridge.local()
        crashes = await evaluated(client, device, "crashes", client_name="CIDER")
        loses = await evaluated(watching, device, "loses", client_name="CIDER")
        restored: wire.Message = {"checkpoint_ms": 5, "not_restored": []}
        lost: list[wire.JSON] = [{"session": loses, "code": "(def x 1)"}]
        device.send({"op": "died", "error": "Dead.", "session": crashes, "restored": restored, "lost": lost})
        told = await watching.read()
        assert (told["id"], told["type"]) == ("loses", "warning")
        assert "(def x 1)" in str(told["msg"])
        assert "ops" in await client.ask(op="describe", id="1")


async def test_who_is_on_another_device_or_never_asked_hears_nothing() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        device.close()
        assert "ops" in await client.ask(op="describe", id="1")


# Too many


async def test_so_many_clients_are_served_and_one_more_is_told_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.nrepl_server.MAX_CLIENTS", 2)
    async with running_bridge() as bridge:
        first, second = bridge.client(), bridge.client()
        await first.ask(op="describe", id="1")
        await second.ask(op="describe", id="1")
        third = bridge.client()
        assert (await third.read())["status"] == ["error", "too-many-clients", "done"]
        with pytest.raises(EOFError):
            await third.read()
        second.close()
        await trio.testing.wait_all_tasks_blocked()
        assert "ops" in await bridge.client().ask(op="describe", id="1")


async def test_so_many_requests_wait_beside_the_others_and_one_more_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridge.nrepl_server.MAX_BESIDE", 1)
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = (await client.ask(op="clone", id="0"))["new-session"]
        client.send(op="eval", id="1", code="1", session=session)
        await device.read()
        for number in ("2", "3"):
            client.send(op="interrupt", id=number, session=session)
        refused = await client.read()
        assert (refused["id"], refused["status"]) == ("3", ["error", "too-many-requests", "done"])
