"""Against a real bridge; what a user sees of it, test_loop.py has."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from repl.conversation import Conversation, RefusedError
from repl.finding import Finder
from repl.own_bridge import BridgeError
from tests.conformance.connections import Relay
from tests.conformance.servers import Server
from tests.repl.fakes import Shown

pytestmark = pytest.mark.slow


def finder(port: int) -> Finder:
    return Finder(("127.0.0.1", port), lambda: None, ())


@asynccontextmanager
async def talking(port: int, lang: str | None = None) -> AsyncIterator[tuple[Conversation, Shown]]:
    shown = Shown()
    async with asyncio.TaskGroup() as tasks:
        conversation = Conversation(finder(port), shown, lambda: 40, tasks)
        try:
            await conversation.open(lang, None)
            yield conversation, shown
        finally:
            conversation.close()


async def until(conversation: Conversation, holds: Callable[[], bool]) -> None:
    changed = asyncio.Event()
    conversation.changed = changed.set
    while not holds():
        await changed.wait()
        changed.clear()


async def test_values_output_and_errors_are_shown_in_order(bridge: Server) -> None:
    async with talking(bridge.port) as (conversation, shown):
        assert (conversation.device, conversation.ns, conversation.language.name) == ("local", "user", "basilisp")
        done = conversation.evaluate('(print "a") 1 (throw (python/ValueError "x")) 2')
        await done.finished.wait()
        assert done.has_failed
        kinds = [kind for kind, _ in shown.told]
        assert kinds == ["out", "value", "value", "err", "value", "ended"]
        assert (shown.of("value"), shown.of("err")) == (["nil", "1", "2"], ["ValueError: x\n"])
        assert shown.causes[0]["message"] == "x"


async def test_values_are_as_wide_as_the_terminal_and_cut_when_endless(bridge: Server) -> None:
    async with talking(bridge.port) as (conversation, shown):
        await conversation.evaluate("(mapv #(str % (apply str (repeat 10 \\x))) (range 5))").finished.wait()
        assert max(map(len, shown.of("value")[0].splitlines())) <= 40
        await conversation.evaluate("(range)").finished.wait()
        assert "The value is cut" in shown.of("message")[0]


async def test_a_syntax_error_is_told_without_the_name_that_the_input_was_given(bridge: Server) -> None:
    async with talking(bridge.port) as (conversation, shown):
        await conversation.evaluate("(+ 1").finished.wait()
        assert shown.of("err") == ["UnexpectedEOFError: Unexpected EOF in list\n"]
        assert shown.causes[0]["column"] == 5


async def test_each_language_has_a_session_and_a_namespace(bridge: Server) -> None:
    async with talking(bridge.port, "python") as (conversation, shown):
        first = conversation.session
        await conversation.evaluate("None").finished.wait()
        await conversation.use("basilisp")
        await conversation.evaluate("(ns in.clojure) :here").finished.wait()
        assert conversation.ns == "in.clojure"
        await conversation.use("python")
        assert (conversation.session, conversation.ns) == (first, "__main__")
        assert shown.of("value")[-1:] == [":here"]
        assert "None" not in shown.of("value")
        with pytest.raises(RefusedError, match="Unknown language"):
            await conversation.use("cobol")


async def test_an_interrupt_ends_what_runs_and_a_reader_gets_its_line(bridge: Server) -> None:
    async with talking(bridge.port) as (conversation, shown):
        assert not conversation.interrupt()
        endless = conversation.evaluate("(while true)")
        assert conversation.interrupt()
        await endless.finished.wait()
        assert shown.of("warning") == ["Interrupted"]
        reads = conversation.evaluate("(read-line)")
        await until(conversation, lambda: conversation.wants_input)
        conversation.type("é\n")
        await reads.finished.wait()
        assert shown.of("value") == ['"é"']


async def test_a_device_that_is_not_there_is_refused(bridge: Server) -> None:
    async with talking(bridge.port) as (conversation, _):
        with pytest.raises(RefusedError, match="Failed to connect"):
            await conversation.move("127.0.0.1", 1)
        await conversation.move_back()
        assert conversation.device == "local"


async def test_a_lost_connection_ends_what_ran_and_the_session_goes_on(bridge: Server) -> None:
    with Relay(bridge.port) as relay:
        async with talking(relay.port) as (conversation, shown):
            session = conversation.session
            endless = conversation.evaluate("(while true)")
            relay.cut()
            await endless.finished.wait()
            await until(conversation, lambda: conversation.is_connected)
            assert conversation.session == session
            assert "The bridge has gone" in shown.of("error")[0]
            await conversation.ask("interrupt")


async def test_what_is_no_nrepl_server_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repl.conversation.ANSWER_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ExceptionGroup) as raised:
        async with talking(server.getsockname()[1]):
            pass
    assert raised.group_contains(BridgeError, match="does not answer")
