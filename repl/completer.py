"""Completion as the bridge knows it, in prompt_toolkit's words. Which names there are is not decided here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from repl.bencode import Bencode, Message
from repl.client import LostError, text_of, texts_of
from repl.conversation import Conversation, RefusedError
from repl.escapes import visible

Candidates = Callable[[str], Sequence[tuple[str, str]]]
"""What a text that is a command may go on with, and what each is; see commands.py."""
MAX_META_CHARS = 60


class NameCompleter(Completer):
    """Asks the bridge; what begins with a colon may be a command, too."""

    def __init__(self, conversation: Conversation, commands: Candidates) -> None:
        self._conversation = conversation
        self._commands = commands

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Nothing: the bridge is asked by `get_completions_async`."""
        return iter(())

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """What the name before the cursor may become."""
        before = document.text_before_cursor
        typed = before.rpartition(" ")[2] if " " in before else before
        commands = self._commands(before)
        for text, meaning in commands:
            yield Completion(text, -len(typed), display_meta=meaning)
        name = self._conversation.language.name_before(before)
        if name and not commands:
            for completion in await self._ask(name, before, document.text_after_cursor):
                yield completion

    async def _ask(self, name: str, before: str, after: str) -> list[Completion]:
        context = f"{before[: len(before) - len(name)]}__prefix__{after}"
        extra: list[Bencode] = ["arglists", "doc"]
        keys: Message = {"prefix": name, "context": context, "extra-metadata": extra, "ns": self._conversation.ns}
        try:
            told = await self._conversation.ask("complete", **keys)
        except (LostError, RefusedError):
            return []  # there is a notice of the one; without completions one can go on typing
        completions = told.get("completions")
        candidates = completions if isinstance(completions, list) else []
        return [_completion(each, name) for each in candidates if isinstance(each, dict)]


def _completion(told: Message, name: str) -> Completion:
    return Completion(text_of(told, "candidate"), -len(name), display_meta=_meta(told))


def _meta(told: Message) -> str:
    """`function [f coll]  Reduce ...`: what it is, how to call it, the first line of what it does."""
    doc = text_of(told, "doc").strip().partition("\n")[0]
    parts = [text_of(told, "type"), " ".join(texts_of(told, "arglists")[:2]), doc]
    meta = visible("  ".join(part for part in parts if part)).replace("\n", " ")
    return meta if len(meta) <= MAX_META_CHARS else meta[: MAX_META_CHARS - 1] + "…"
