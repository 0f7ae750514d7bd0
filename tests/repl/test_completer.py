from __future__ import annotations

import pytest
from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document

from repl import commands
from repl.completer import NameCompleter
from tests.conformance.servers import Server
from tests.repl.test_conversation import talking

pytestmark = pytest.mark.slow


async def completed(port: int, before: str, after: str = "") -> list[Completion]:
    async with talking(port) as (conversation, _):
        completer = NameCompleter(conversation, commands.candidates)
        document = Document(before + after, len(before))
        return [each async for each in completer.get_completions_async(document, CompleteEvent())]


async def test_names_come_with_what_they_are(bridge: Server) -> None:
    first, *_ = await completed(bridge.port, "(reduce-k", ")")
    assert (first.text, first.start_position) == ("reduce-kv", -8)
    assert first.display_meta_text.startswith("function  [f init coll]  Reduce an associative")


async def test_what_stands_around_is_known(bridge: Server) -> None:
    texts = [each.text for each in await completed(bridge.port, "(let [a-local 1] (inc a-loc", "))")]
    assert texts == ["a-local"]


async def test_commands_and_what_follows_them(bridge: Server) -> None:
    assert [each.text for each in await completed(bridge.port, ":sta")] == [":status"]
    assert [(each.text, each.start_position) for each in await completed(bridge.port, ":lang py")] == [("python", -2)]
    assert "reduce-kv" in [each.text for each in await completed(bridge.port, ":doc reduce-k")]


async def test_nothing_is_offered_in_a_string(bridge: Server) -> None:
    assert await completed(bridge.port, '"redu') == []
