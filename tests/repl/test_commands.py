from __future__ import annotations

from pathlib import Path

import pytest

from repl import commands
from repl.commands import COMMANDS, Context
from repl.conversation import Conversation, Eval, RefusedError
from tests.conformance.servers import Server
from tests.repl.fakes import Shown
from tests.repl.test_conversation import talking


def test_a_command_is_told_from_a_keyword() -> None:
    assert commands.parse(" :doc  map ") == (COMMANDS["doc"], "map")
    assert commands.parse(":quit") == (COMMANDS["quit"], "")
    assert commands.parse(":a-keyword") is None
    assert commands.parse("(:doc m)") is None


def test_commands_and_their_arguments_are_candidates(tmp_path: Path) -> None:
    assert [name for name, _ in commands.candidates(":")] == [f":{name}" for name in COMMANDS]
    assert commands.candidates(":q") == [(":quit", COMMANDS["quit"].doc)]
    assert commands.candidates(":lang b") == [("basilisp", "")]
    (tmp_path / "a.lpy").touch()
    assert commands.candidates(f":load {tmp_path}/") == [(f"{tmp_path}/a.lpy", "")]
    assert commands.candidates("map") == ()
    assert commands.candidates(":unknown x") == ()


async def ran(conversation: Conversation, shown: Shown, line: str) -> str:
    """What a command shows."""

    async def send(code: str) -> Eval:
        sent = conversation.evaluate(code)
        await sent.finished.wait()
        return sent

    before = len(shown.told)
    found = commands.parse(line)
    assert found
    command, rest = found
    await command.run(Context(conversation, shown, send, lambda: None), rest)
    return "\n".join(text for _, text in shown.told[before:])


@pytest.mark.slow
async def test_what_commands_show(bridge: Server, tmp_path: Path) -> None:
    async with talking(bridge.port) as (conversation, shown):
        told = await ran(conversation, shown, ":help")
        assert all(f"\n:{name} " in f"\n{told}" for name in COMMANDS)
        assert await ran(conversation, shown, ":help doc") == ":doc NAME  document a name"
        assert "Reduce an associative" in await ran(conversation, shown, ":doc reduce-kv")
        assert "basilisp.core/reduce-kv  (function)" in await ran(conversation, shown, ":apropos reduce-")
        assert await ran(conversation, shown, ":apropos no-such-name") == "No name has no-such-name in it"
        assert "(defn keep-indexed" in await ran(conversation, shown, ":source keep-indexed")
        assert "basilisp.core" in await ran(conversation, shown, ":ns")
        assert " ms, " in await ran(conversation, shown, ":time (+ 1 2)")
        assert "device local: connected" in await ran(conversation, shown, ":status")
        assert "device local: connected" in await ran(conversation, shown, ":device")
        assert await ran(conversation, shown, ":interrupt") == "Nothing runs"
        (tmp_path / "x.lpy").write_text("(ns x)\n(def y 1)")
        assert "#'x/y" in await ran(conversation, shown, f":load {tmp_path}/x.lpy")
        assert "Undone" in await ran(conversation, shown, ":rewind")
        assert "Restarted in" in await ran(conversation, shown, ":restart")
        await ran(conversation, shown, ":ns elsewhere")
        assert conversation.ns == "elsewhere"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (":doc", "Of which name"),
        (":doc no-such-name", "Nothing is known of no-such-name"),
        (":lang cobol", "Which language"),
        (":rewind some", "How many"),
        (":device here:there", "HOST:PORT"),
        (":source def", "not to be had"),
    ],
)
async def test_what_commands_refuse(bridge: Server, line: str, reason: str) -> None:
    async with talking(bridge.port) as (conversation, shown):
        with pytest.raises(RefusedError, match=reason):
            await ran(conversation, shown, line)
