"""How to call what the cursor stands in: asked of the bridge once for each name, and shown when it has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prompt_toolkit.formatted_text import StyleAndTextTuples

from repl.bencode import Message
from repl.client import LostError, text_of
from repl.conversation import Conversation, RefusedError
from repl.escapes import visible

MAX_CHARS = 200


class Signatures:
    """What `eldoc` has said. An eval may change it, so it is asked again after one."""

    def __init__(self, conversation: Conversation, tasks: asyncio.TaskGroup, changed: Callable[[], None]) -> None:
        """`changed` is called when there is more to show; `tasks` must outlive this."""
        self._conversation = conversation
        self._tasks = tasks
        self._changed = changed
        self._known: dict[tuple[str, str, str], StyleAndTextTuples] = {}

    def forget(self) -> None:
        """Names may mean something else now."""
        self._known.clear()

    def of(self, name: str) -> StyleAndTextTuples:
        """The signature of a name, as far as it is known by now."""
        if not name or not self._conversation.is_connected:
            return []
        key = (self._conversation.session, self._conversation.ns, name)
        if key not in self._known:
            self._known[key] = []
            self._tasks.create_task(self._learn(key, self._known))
        return self._known[key]

    async def _learn(self, key: tuple[str, str, str], known: dict[tuple[str, str, str], StyleAndTextTuples]) -> None:
        _, ns, name = key
        try:
            told = await self._conversation.ask("eldoc", sym=name, ns=ns)
        except (LostError, RefusedError):
            return  # one can type without it
        known[key] = _signature(told)
        self._changed()


def _signature(told: Message) -> StyleAndTextTuples:
    ways = told.get("eldoc")
    calls = [" ".join(map(str, way)) for way in ways if isinstance(way, list)] if isinstance(ways, list) else []
    name = "/".join(part for part in (text_of(told, "ns"), text_of(told, "name")) if part)
    if not name:
        return []
    shown = visible("  ".join(f"[{call}]" for call in calls)) if calls else text_of(told, "type")
    doc = text_of(told, "docstring").strip().partition("\n")[0]
    return [("class:bottom-toolbar.name", visible(name)), ("", f" {shown}  {visible(doc)}"[:MAX_CHARS])]
