"""The line that is typed: its prompt, its toolbar, what helps with it. What becomes of it, loop.py knows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import Completer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import AnyFormattedText, StyleAndTextTuples
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.layout.processors import HighlightMatchingBracketProcessor
from prompt_toolkit.lexers import DynamicLexer, Lexer, PygmentsLexer
from prompt_toolkit.output import Output
from prompt_toolkit.styles import BaseStyle
from pygments.lexers import find_lexer_class_by_name

from repl import key_bindings
from repl.conversation import Conversation
from repl.escapes import visible
from repl.languages import LANGUAGES, Language
from repl.screen import Draw, Screen
from repl.signatures import Signatures

SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
SPINS_AFTER_S: Final = 1.0
_SEEN_CHARS: Final = 4000
"""So much before the cursor is looked at for the call that it stands in."""


class Ended(Enum):
    """How else a prompt can end than with a text."""

    SWITCHED = auto()
    """Another prompt is wanted."""
    LEFT = auto()
    """The user has typed Ctrl-D."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the user sees and types on."""

    input: Input
    output: Output
    style: BaseStyle
    editing: EditingMode
    history: Path
    draw: Draw


class Prompter:
    """Two prompts: one for code, one for lines that the program reads."""

    def __init__(
        self,
        terminal: Terminal,
        conversation: Conversation,
        screen: Screen,
        completer: Completer,
        signatures: Signatures,
        is_whole: Callable[[str], bool],
        explain: Callable[[str, str], None],
    ) -> None:
        """`is_whole` says whether a text can be sent as it is; `explain` runs a command about a name."""
        self._conversation = conversation
        self._screen = screen
        self._signatures = signatures
        self.explain = explain
        """See key_bindings.Acts."""
        self._editing: asyncio.Task[None] | None = None
        self._draft = ""
        """What was typed when the program asked for a line."""
        self._lexers: dict[str, Lexer] = {
            name: PygmentsLexer(find_lexer_class_by_name(language.lexer)) for name, language in LANGUAGES.items()
        }
        self._code = self._code_session(terminal, completer, is_whole)
        self._line = self._line_session(terminal)

    def _code_session(
        self, terminal: Terminal, completer: Completer, is_whole: Callable[[str], bool]
    ) -> PromptSession[str]:
        return PromptSession(
            self._message,
            multiline=True,
            lexer=DynamicLexer(lambda: self._lexers[self.language.name]),
            completer=completer,
            history=FileHistory(str(terminal.history)),
            auto_suggest=AutoSuggestFromHistory(),
            input_processors=[HighlightMatchingBracketProcessor(chars="[](){}")],
            prompt_continuation=self._continuation,
            bottom_toolbar=self._toolbar,
            key_bindings=key_bindings.code_bindings(self, is_whole),
            tempfile_suffix=lambda: self.language.suffix,
            editing_mode=terminal.editing,
            style=terminal.style,
            include_default_pygments_style=False,  # it is for light backgrounds
            input=terminal.input,
            output=terminal.output,
        )

    def _line_session(self, terminal: Terminal) -> PromptSession[str]:
        return PromptSession(
            lambda: self._screen.tail,
            history=InMemoryHistory(),
            bottom_toolbar=self._input_toolbar,
            key_bindings=key_bindings.input_bindings(self),
            editing_mode=terminal.editing,
            style=terminal.style,
            input=terminal.input,
            output=terminal.output,
        )

    @property
    def language(self) -> Language:
        """In which code is typed."""
        return self._conversation.language

    @property
    def app(self) -> Application[str] | None:
        """The prompt that is on the screen."""
        return next((each.app for each in (self._code, self._line) if each.app.is_running), None)

    async def read(self) -> str | Ended:
        """What the user sends: code, or the line that the program reads."""
        is_code = not self._conversation.wants_input
        try:
            if is_code:
                draft, self._draft = self._draft, ""
                return await self._code.prompt_async(default=draft, set_exception_handler=False)
            line = await self._line.prompt_async(set_exception_handler=False)
            self._screen.drop_tail()  # it stands before the line that was typed
            return line
        except EOFError:
            return Ended.LEFT
        except _Switched as switched:
            for each in (self._code, self._line):
                each.app.erase_when_done = False
            if is_code:
                self._draft = str(switched)
            return Ended.SWITCHED

    def refresh(self) -> None:
        """Show what is true now; if it is another prompt that is wanted, the one there ends."""
        app = self.app
        if app is None:
            return
        wanted = self._line if self._conversation.wants_input else self._code
        if app is wanted.app:
            app.invalidate()
        elif not app.is_done:
            app.erase_when_done = True
            app.exit(exception=_Switched(self._code.default_buffer.text))

    async def spin(self) -> None:
        """Keep the time that evals take up to date, for ever."""
        while True:
            await asyncio.sleep(0.1)
            if self._conversation.running and (app := self.app):
                app.invalidate()

    def may_send(self, text: str) -> bool:
        """Whether a text can be sent now: code only while there is a bridge."""
        return self._conversation.is_connected or text.lstrip().startswith(":")

    def interrupt(self) -> bool:
        """Interrupt what runs; False when nothing does."""
        if not (self._conversation.is_connected and self._conversation.interrupt()):
            return False
        self._screen.skip()
        return True

    def edit(self, buffer: Buffer) -> None:
        """Open the text in the user's editor; until it is closed nothing is written."""

        async def edited() -> None:
            with self._screen.lent():
                await buffer.open_in_editor()

        app = self.app
        if app is not None:
            self._editing = app.create_background_task(edited())

    def _message(self) -> StyleAndTextTuples:
        if self._code.app.is_done or not self._screen.has_tail:  # what stays on the screen has no tail
            return self._prompt()
        return [*self._screen.tail, ("", "\n"), *self._prompt()]

    def _prompt(self) -> StyleAndTextTuples:
        conversation = self._conversation
        look = "class:prompt.device" if conversation.is_connected else "class:prompt.away"
        device = visible(conversation.device) if conversation.is_connected else "no bridge"
        return [
            (look, f"{device} "),
            ("class:prompt.ns", visible(conversation.ns)),
            ("class:prompt.ns", conversation.language.prompt),
        ]

    def _continuation(self, _width: int, _line: int, _is_wrapped: int) -> AnyFormattedText:
        width = sum(len(text) for _, text, *_ in self._prompt())
        return [("class:continuation", "... ".rjust(width))]

    def _toolbar(self) -> AnyFormattedText:
        before = self._code.default_buffer.document.text_before_cursor[-_SEEN_CHARS:]
        signature = self._signatures.of(self.language.call_at(before))
        rest: StyleAndTextTuples = [*signature] if signature else [("", self._hint())]
        return [*self._busy(), *rest]

    def _input_toolbar(self) -> AnyFormattedText:
        return [*self._busy(), ("", "The program reads a line. Ctrl-D: end of input  Ctrl-C: interrupt")]

    def _hint(self) -> str:
        if not self._conversation.is_connected:
            return "There is no bridge now; what you type is kept"
        return f"{self.language.name}  :help  Ctrl-D leaves"

    def _busy(self) -> StyleAndTextTuples:
        running = self._conversation.running
        elapsed_s = time.monotonic() - next(iter(running.values())).started if running else 0.0
        if elapsed_s < SPINS_AFTER_S:
            return []
        spinner = SPINNER[int(elapsed_s * 10) % len(SPINNER)]
        return [("class:bottom-toolbar.busy", f"{spinner} {elapsed_s:.1f} s, Ctrl-C interrupts  ")]


class _Switched(Exception):
    """Ends a prompt that is not wanted now; the text is what was typed."""
