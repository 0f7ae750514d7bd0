"""Sessions through a whole bridge, with the test in the place of the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
import trio.testing

from device_server import wire
from tests.bridge.fakes import FakeClient, running_bridge, said

if TYPE_CHECKING:
    import pytest


async def session_of(client: FakeClient) -> str:
    return str((await client.ask(op="clone", id="0"))["new-session"])


async def test_evals_of_a_session_reach_the_device_one_at_a_time_and_in_order() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        for number in range(50):
            client.send(op="eval", id=number, code=str(number), session=session)
        for number in range(50):
            asked = await device.read()
            assert asked["code"] == str(number)
            await trio.testing.wait_all_tasks_blocked()
            device.reply(asked, "result", value=str(number), ns="user")
            reply = await client.read_value()
            assert (reply["id"], reply["value"]) == (number, str(number))


async def test_another_session_does_not_wait() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        sessions = [await session_of(client), await session_of(client)]
        for session in sessions:
            client.send(op="eval", id=session, code=session, session=session)
        assert {str((await device.read())["session"]) for _ in sessions} == set(sessions)


async def test_an_eval_waits_for_a_local_device_that_is_being_started() -> None:
    async with running_bridge() as bridge:
        client = bridge.client()
        client.send(op="eval", id="1", code="1")
        await trio.testing.wait_all_tasks_blocked()
        device = await bridge.local()
        device.reply(await device.read(), "result", value="1", ns="user")
        assert (await client.read_value())["value"] == "1"


async def test_an_eval_that_waits_for_its_device_can_be_interrupted() -> None:
    async with running_bridge() as bridge:
        client = bridge.client()
        session = await session_of(client)
        client.send(op="eval", id="1", code="1", session=session)
        await trio.testing.wait_all_tasks_blocked()
        client.send(op="interrupt", id="2", session=session, interrupt_id="1")
        assert [(reply["id"], reply["status"]) for reply in (await client.read(), await client.read())] == [
            ("1", ["interrupted", "done"]),
            ("2", ["done"]),
        ]


async def test_an_interrupted_eval_ends_before_the_interrupt_does() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        client.send(op="eval", id="1", code="(loop)", session=session)
        asked = await device.read()
        client.send(op="interrupt", id="2", session=session)
        interrupt = await device.read()
        assert interrupt["target"] == asked["id"]
        device.reply(interrupt, "interrupted")
        await trio.testing.wait_all_tasks_blocked()
        device.reply(asked, "error", type="interrupted", error="Interrupted")
        assert [(reply["id"], reply["status"]) for reply in (await client.read(), await client.read())] == [
            ("1", ["interrupted", "done"]),
            ("2", ["done"]),
        ]


async def test_a_queued_eval_can_be_interrupted_and_never_runs() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        for number in ("1", "2", "3"):
            client.send(op="eval", id=number, code=number, session=session)
        first = await device.read()
        client.send(op="interrupt", id="4", session=session, interrupt_id="2")
        assert [(reply["id"], reply["status"]) for reply in (await client.read(), await client.read())] == [
            ("2", ["interrupted", "done"]),
            ("4", ["done"]),
        ]
        device.reply(first, "result")
        assert (await device.read())["code"] == "3"


async def test_interrupting_what_does_not_run_is_harmless() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        idle = await client.ask(op="interrupt", id="1", session=session, interrupt_id="old")
        assert idle["status"] == ["done", "session-idle"]
        client.send(op="eval", id="2", code="1", session=session)
        asked = await device.read()
        other = await client.ask(op="interrupt", id="3", session=session, interrupt_id="old")
        assert other["status"] == ["error", "interrupt-id-mismatch", "done"]
        device.reply(asked, "result", value="1")
        assert (await client.read_value())["value"] == "1"


async def test_typed_lines_go_to_reads_one_by_one() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        client.send(op="eval", id="1", code="(read)", session=session)
        asked = await device.read()
        device.reply(asked, "need-input")
        assert (await client.read())["status"] == ["need-input"]
        await client.ask(op="stdin", id="2", stdin="a\nb\n", session=session)
        first = await device.read()
        assert (first["op"], first["id"], first["text"]) == ("stdin", asked["id"], "a\n")
        device.reply(asked, "result")
        await client.read()
        client.send(op="eval", id="3", code="(read)", session=session)
        device.reply(await device.read(), "need-input")
        assert (await device.read())["text"] == "b\n"


async def test_closing_a_session_ends_what_it_runs_and_what_waits() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        for number in ("1", "2"):
            client.send(op="eval", id=number, code=number, session=session)
        asked = await device.read()
        client.send(op="close", id="3", session=session)
        replies = {str(reply["id"]): reply["status"] for reply in [await client.read() for _ in range(3)]}
        assert replies == {
            "1": ["interrupted", "done"],
            "2": ["interrupted", "done"],
            "3": ["done", "session-closed"],
        }
        told = {str(message["op"]): message for message in (await device.read(), await device.read())}
        assert told["close"]["session"] == session
        assert told["interrupt"]["target"] == asked["id"]
        assert bridge.sessions.ids() == []


async def test_a_clone_copies_on_the_device() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        clone = (await client.ask(op="clone", id="1", session=session))["new-session"]
        copied = await device.read()
        assert (copied["op"], copied["session"], copied["from"]) == ("clone", clone, session)


async def test_a_lost_device_ends_the_eval_and_the_session_lives_on() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        client.send(op="eval", id="1", code="1", session=session)
        await device.read()
        device.close()
        text, error, done = [await client.read() for _ in range(3)]
        assert text["err"] == "Start it again.\n"
        assert error["status"] == ["eval-error", "device-lost"]
        assert done["status"] == ["done"]
        client.send(op="eval", id="2", code="2", session=session)
        again = await bridge.local()
        again.reply(await again.read(), "result", value="2")
        while not said(await client.read(), "done"):
            pass


async def test_a_session_has_the_language_and_the_mirror_of_its_device() -> None:
    async with running_bridge() as bridge:
        session = bridge.sessions.create()
        assert session.language == "basilisp"
        await (await bridge.dialer.dialled()).welcome(languages=["python"])
        await trio.testing.wait_all_tasks_blocked()
        assert session.language == "python"
        assert session.mirror is bridge.devices.local.link.mirror


async def test_the_python_that_a_session_evaluates_is_kept_but_for_what_the_compiler_refuses() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        refused: wire.Message = {"op": "error", "type": "compile", "error": "'(' was never closed"}
        done: wire.Message = {"op": "result", "value": "None", "ns": "__main__"}
        kept = bridge.sessions.get(session)
        assert kept is not None
        for code, last in (("x = 1", done), ("f(", refused)):
            client.send(op="eval", id=code, code=code, lang="python", session=session)
            device.send({**last, "id": (await device.read())["id"]})
            while not said(await client.read(), "done"):
                pass
        assert kept.python_source.typed() == ["x = 1"]


async def test_a_python_file_is_kept_as_it_was_sent_and_code_of_no_module_as_typed() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        kept = bridge.sessions.get(session)
        assert kept is not None
        for path in ("/p/app/main.py", "/elsewhere/x.py"):
            client.send(op="load-file", id="1", file="x = 1", file_path=path, session=session)
            device.reply(await device.read(), "result", ns="__main__")
            while not said(await client.read(), "done"):
                pass
        assert kept.python_source.files() == {"/p/app/main.py": "x = 1"}
        assert kept.python_source.typed() == ["x = 1"]


# Abandoned sessions


async def test_a_session_takes_so_many_requests_and_refuses_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.request_queue.MAX_QUEUED", 2)
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        client.send(op="eval", id="runs", code="1", session=session)
        await device.read()
        for number in ("1", "2", "3"):
            client.send(op="eval", id=number, code=number, session=session)
        refused = await client.read()
        assert (refused["id"], refused["status"]) == ("3", ["error", "session-busy", "done"])
        assert "2 requests of this session wait already" in str(refused["error"])


async def test_a_session_takes_so_many_characters_and_refuses_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.request_queue.MAX_QUEUED_CHARS", 100)
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        client.send(op="eval", id="runs", code="1" * 200, session=session)
        running = await device.read()
        client.send(op="eval", id="1", code="2" * 200, session=session)
        client.send(op="eval", id="2", code="3", session=session)
        assert (await client.read())["status"] == ["error", "session-busy", "done"]
        device.reply(running, "result", value="1")
        device.reply(await device.read(), "result", value="2")
        assert [(await client.read_value())["value"] for _ in range(2)] == ["1", "2"]
        assert (await client.ask(op="eval", id="3", code="", session=session))["status"] == ["done"]


# Listening


async def test_a_clone_in_another_language_begins_where_that_does() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = str((await client.ask(op="clone", id="1", lang="python"))["new-session"])
        aux = (await client.ask(op="describe", id="2", session=session))["aux"]
        assert isinstance(aux, dict)
        assert (aux["lang"], aux["current-ns"]) == ("python", "__main__")
        client.send(op="eval", id="3", code="1", session=session)
        assert (await device.read())["lang"] == "python"


async def test_when_the_state_is_lost_a_session_begins_again() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = await session_of(client)
        client.send(op="eval", id="1", code="(ns a)", session=session)
        device.reply(await device.read(), "result", value="nil", ns="a")
        await client.read_value()
        device.send({"op": "died", "error": "why", "session": None, "restored": None, "lost": []})
        assert "why" in str((await client.read())["err"])
        kept = bridge.sessions.get(session)
        assert kept is not None
        assert kept.ns == "user"


async def test_a_restart_is_told_to_all_but_the_session_that_wanted_it() -> None:
    async with running_bridge() as bridge:
        client, watching, device = bridge.client(), bridge.client(), await bridge.local()
        session, other = await session_of(client), await session_of(watching)
        client.send(op="eval", id="1", code="(ns a)", session=session)
        device.reply(await device.read(), "result", value="nil", ns="a")
        await client.read_value()
        client.send(op="device-restart", id="2", session=session)
        asked = await device.read(skip="eval")
        assert (asked["op"], asked["session"]) == ("restart", session)
        device.send({"op": "restarted", "worker": "main", "generation": 2, "session": session})
        device.reply(asked, "result", generation=2, ms=7.5, failed=[])
        reply = await client.read()
        assert (reply["id"], reply["generation"], reply["status"]) == ("2", 2, ["done"])
        told = await watching.read()
        assert "main was restarted: what was defined is gone" in str(told["err"])
        kept = [bridge.sessions.get(each) for each in (session, other)]
        assert [each.ns for each in kept if each] == ["user", "user"]


async def test_what_a_tool_asks_beside_an_eval_is_not_what_an_interrupt_stops() -> None:
    async with running_bridge() as bridge:
        client, device = bridge.client(), await bridge.local()
        session = bridge.sessions.get(await session_of(client))
        assert session is not None
        client.send(op="eval", id="1", code="(loop)", session=session.id)
        asked = await device.read()
        async with trio.open_nursery() as nursery:
            question: wire.Message = {"op": "macroexpand", "code": "1"}
            nursery.start_soon(session.ask, question, list[wire.Message]().append)
            tool = await device.read()
            client.send(op="interrupt", id="2", session=session.id)
            assert (await device.read())["target"] == asked["id"]
            device.reply(tool, "result")
