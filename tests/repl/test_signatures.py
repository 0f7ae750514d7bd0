from __future__ import annotations

import asyncio

import pytest

from repl.signatures import Signatures
from tests.conformance.servers import Server
from tests.repl.test_conversation import talking

pytestmark = pytest.mark.slow


async def test_a_signature_is_asked_for_once_and_again_after_an_eval(bridge: Server) -> None:
    changes = asyncio.Queue[None]()
    async with talking(bridge.port) as (conversation, _), asyncio.TaskGroup() as tasks:
        signatures = Signatures(conversation, tasks, lambda: changes.put_nowait(None))
        assert signatures.of("") == []
        assert signatures.of("reduce-kv") == []
        await changes.get()
        shown = "".join(text for _, text, *_ in signatures.of("reduce-kv"))
        assert shown.startswith("basilisp.core/reduce-kv [f init coll]  Reduce an associative")
        signatures.forget()
        assert signatures.of("reduce-kv") == []
        assert signatures.of("no-such-name") == []
        await changes.get()
        await changes.get()
        assert signatures.of("no-such-name") == []
