"""Code from a pipe: values to standard output, errors to standard error and to the exit code. No prompt, no colours."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from functools import partial
from typing import Final, TextIO

from repl import failures
from repl.bencode import Message
from repl.conversation import Conversation
from repl.finding import Address, Finder
from repl.languages import Language

WIDTH: Final = 80


class Printer:
    """Shows what a conversation hears, as plain text. What a program writes is passed on as it is, for the next one."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err

    def out(self, text: str) -> None:
        """Standard output of the program."""
        self._out.write(text)
        self._out.flush()

    def err(self, text: str) -> None:
        """Its standard error, and what went wrong."""
        self._err.write(text)
        self._err.flush()

    def value(self, text: str, language: Language) -> None:
        """A value, printed."""
        self.out(text + "\n")

    def notice(self, text: str, kind: str = "message") -> None:
        """What is to be known besides."""
        self.err(f"tether: {text}\n")

    def failure(self, causes: list[Message], inputs: Mapping[str, str]) -> None:
        """Where something went wrong."""
        place = failures.place_of(causes, inputs, lambda _uri: None)
        if place is not None:
            self.err(f"  {place.where}\n" + (f"    {place.line}\n" if place.line else ""))

    def ended(self) -> None:
        """What ran has ended; a pipe shows nothing of that."""

    async def room(self) -> None:
        """Writing waits by itself."""


async def run(code: str, finder: Finder, lang: str | None, device: Address | None) -> bool:
    """Evaluate code; whether all went well. Raises: BridgeError, OSError, LostError, RefusedError."""
    async with asyncio.TaskGroup() as tasks:
        conversation = Conversation(finder, Printer(sys.stdout, sys.stderr), lambda: WIDTH, tasks)
        try:
            await conversation.open(lang, device)
            sent = conversation.evaluate(code)
            conversation.changed = partial(_end_input, conversation)
            await sent.finished.wait()
        finally:
            conversation.close()
    return not sent.has_failed


def _end_input(conversation: Conversation) -> None:
    """All of standard input was code: a program that reads finds its end."""
    if conversation.wants_input:
        conversation.type("")
