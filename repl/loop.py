"""The terminal REPL: read, send, and what comes back is shown by whoever hears it. It ends with Ctrl-D."""

from __future__ import annotations

import asyncio
import signal
from typing import Final, TypeVar

from repl import commands
from repl.client import LostError
from repl.commands import Command
from repl.completer import NameCompleter
from repl.conversation import Conversation, Eval, RefusedError
from repl.finding import Address, Finder
from repl.prompter import Ended, Prompter, Terminal
from repl.screen import Screen
from repl.signatures import Signatures

_T = TypeVar("_T")
GRACE_S: Final = 0.15
"""For so long the next prompt waits for the answer, which most often comes sooner: it then stands below it."""


class Loop:
    """One user at one terminal."""

    def __init__(self, terminal: Terminal, finder: Finder, tasks: asyncio.TaskGroup, *, allows_colours: bool) -> None:
        """`tasks` must outlive this."""
        self._tasks = tasks
        self._terminal = terminal
        self._screen = Screen(terminal.output, terminal.style, terminal.draw, allows_colours=allows_colours)
        self._conversation = Conversation(finder, self._screen, self._width, tasks)
        self._signatures = Signatures(self._conversation, tasks, self._refresh)
        self._prompter = Prompter(
            terminal,
            self._conversation,
            self._screen,
            NameCompleter(self._conversation, commands.candidates),
            self._signatures,
            self._is_whole,
            self._explain,
        )
        self._is_leaving = False
        self._wants_input = asyncio.Event()
        self._conversation.changed = self._refresh
        self._conversation.draw = self._screen.picture
        self._screen.app = lambda: self._prompter.app

    async def run(self, lang: str | None, device: Address | None) -> None:
        """From the first prompt to the last. Raises: BridgeError, OSError, LostError, RefusedError."""
        here = asyncio.current_task()
        assert here is not None
        for number in (signal.SIGTERM, signal.SIGHUP):  # the sessions are to be closed then, too
            asyncio.get_running_loop().add_signal_handler(number, here.cancel)
        own = [self._tasks.create_task(each) for each in (self._screen.run(), self._prompter.spin())]
        # Between two prompts the keys wait where they are, without an echo.
        with self._terminal.input.raw_mode():
            try:
                await self._conversation.open(lang, device)
                while not self._is_leaving:
                    await self._turn()
            finally:
                for task in own:
                    task.cancel()
                self._conversation.close()
                self._screen.flush()

    async def _turn(self) -> None:
        is_code = not self._conversation.wants_input
        typed = await self._prompter.read()
        match typed:
            case Ended.SWITCHED:
                pass
            case Ended.LEFT if is_code:
                self._is_leaving = True
            case Ended.LEFT:
                await self._answer("")
            case str() if is_code:
                await self._handle(typed)
            case str():
                await self._answer(typed + "\n")

    async def _handle(self, text: str) -> None:
        """Do what a text says, which may take longer than the next prompt waits."""
        if not text.strip():
            return
        found = commands.parse(text)
        work = self._tasks.create_task(self._command(*found) if found else self._evaluate(text))
        await self._pause(work)

    async def _command(self, command: Command, rest: str) -> None:
        context = commands.Context(self._conversation, self._screen, self._send, self._leave)
        try:
            await command.run(context, rest)
        except (RefusedError, LostError, OSError) as error:
            self._screen.notice(str(error), "error")
        self._signatures.forget()

    def _explain(self, command: str, name: str) -> None:
        self._tasks.create_task(self._command(commands.COMMANDS[command], name))

    async def _evaluate(self, code: str) -> None:
        try:
            await self._send(code)
        except LostError as error:
            self._screen.notice(str(error), "error")

    async def _send(self, code: str) -> Eval:
        sent = self._conversation.evaluate(code)
        await sent.finished.wait()
        self._signatures.forget()
        return sent

    async def _answer(self, text: str) -> None:
        """Give the program what it reads; it may read more."""
        reader = next(iter(self._conversation.running.values()), None)
        try:
            self._conversation.type(text)
        except LostError as error:
            self._screen.notice(str(error), "error")
        if reader is not None:
            await self._pause(self._tasks.create_task(reader.finished.wait()))

    async def _pause(self, work: asyncio.Task[_T]) -> None:
        """Wait a little for what has begun, so that the next prompt is the right one and stands in the right place."""
        reads = self._tasks.create_task(self._wants_input.wait())
        await asyncio.wait({work, reads}, timeout=GRACE_S, return_when=asyncio.FIRST_COMPLETED)
        reads.cancel()
        self._screen.flush()

    def _leave(self) -> None:
        self._is_leaving = True

    def _is_whole(self, text: str) -> bool:
        return commands.parse(text) is not None or self._conversation.language.is_complete(text)

    def _width(self) -> int:
        return self._terminal.output.get_size().columns

    def _refresh(self) -> None:
        if self._conversation.wants_input:
            self._wants_input.set()
        else:
            self._wants_input.clear()
        self._prompter.refresh()
