"""What is shown above the prompt: lines, in the order they come, without disturbing what is being typed.

Whole lines are collected and written in pieces, so that a flood of output leaves time for keys. A line that has no end
yet is not written but lent to the prompt, as `tail`: a program may still go on with it, begin it anew, or read what the
user types behind it.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeAlias

import pygments
from prompt_toolkit.application import Application
from prompt_toolkit.application.current import set_app
from prompt_toolkit.formatted_text import ANSI, FormattedText, PygmentsTokens, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.output import Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import BaseStyle
from pygments.lexers import get_lexer_by_name

from repl import failures, files
from repl.bencode import Message
from repl.escapes import split_unfinished, visible, without_colours
from repl.languages import Language

PAUSE_S: Final = 0.01
PIECE_CHARS: Final = 32 * 1024
"""About so much is written at once; then keys have their turn."""
BACKLOG_CHARS: Final = 64 * 1024
"""If more than this waits when the user interrupts, it is dropped: a terminal that is slow would go on for long."""
MAX_WAITING_CHARS: Final = 256 * 1024
"""So much may wait to be written; then the bridge must wait."""
MAX_COLOURED_CHARS: Final = 20_000
"""Longer values are shown without colours: finding them takes some milliseconds for a screenful."""
_OVERWRITTEN: Final = re.compile(r"[^\n]*\r(?=[^\r\n])|\r(?=\n)")
"""What a carriage return lets a program write over."""
_MAX_TAIL_LINES: Final = 4
Draw: TypeAlias = Callable[[bytes, int, int, int], StyleAndTextTuples]
"""The bytes of a picture, its pixels for each of the terminal's, columns and rows -> what shows it, or nothing."""


class Screen:
    """A terminal with a prompt at its foot."""

    def __init__(self, output: Output, style: BaseStyle, draw: Draw, *, allows_colours: bool) -> None:
        """`allows_colours`: whether a program's own colours are shown."""
        self.app: Callable[[], Application[str] | None] = lambda: None
        """The prompt that is on the screen now."""
        self._output = output
        self._style = style
        self._draw = draw
        self._allows_colours = allows_colours
        self._waiting: deque[StyleAndTextTuples] = deque()
        """Each ends with the end of a line."""
        self._waiting_chars = 0
        self._tail, self._tail_style = "", "class:out"
        self._begun = ""
        """The first part of a control sequence."""
        self._is_skipping = False
        self._skipped_chars = 0
        self._has_work = asyncio.Event()
        self._has_room = asyncio.Event()
        self._is_free = asyncio.Event()
        self._has_room.set()
        self._is_free.set()

    @property
    def has_tail(self) -> bool:
        """Whether there is a line that has no end yet."""
        return bool(self._tail)

    @property
    def tail(self) -> StyleAndTextTuples:
        """The line that has no end yet."""
        return [*self._shown(self._tail, self._tail_style)]

    def out(self, text: str) -> None:
        """Standard output of the program."""
        self._take(text, "class:out")

    def err(self, text: str) -> None:
        """Its standard error, and what went wrong."""
        self._take(text, "class:err")

    def value(self, text: str, language: Language) -> None:
        """A value, in the colours of its language."""
        self.end_line()
        text = visible(text)
        if len(text) > MAX_COLOURED_CHARS:
            self._put([("", text + "\n")])
        else:
            lexer = get_lexer_by_name(language.lexer, stripnl=False, ensurenl=False)
            self._put([*to_formatted_text(PygmentsTokens([*pygments.lex(text, lexer)])), ("", "\n")])

    def notice(self, text: str, kind: str = "message") -> None:
        """For the user; `kind` is message, warning or error."""
        self.end_line()
        self._put([(f"class:{kind}", f";; {visible(text)}\n")])

    def picture(self, image: Message) -> None:
        """A picture of a value, as large as there is room, and where its file is."""
        self.end_line()
        path, error = image.get("path"), image.get("error")
        if isinstance(path, str):
            size = self._output.get_size()
            data, scale = files.picture(path), image.get("scale")
            self._put(self._draw(data, scale if isinstance(scale, int) else 1, size.columns, size.rows - 2))
        points = f" {image['width']!s}x{image['height']!s}" if "width" in image and "height" in image else ""
        self.notice(f"{image.get('mime')!s}{points}: {path or error!s}")

    def show(self, text: str) -> None:
        """What the user has asked to see."""
        self.end_line()
        self._put([("", visible(text) + "\n")])

    def code(self, text: str, language: Language) -> None:
        """Code, coloured."""
        self.value(text, language)

    def failure(self, causes: list[Message], inputs: Mapping[str, str]) -> None:
        """Where something went wrong."""
        place = failures.place_of(causes, inputs, files.read)
        if place is None:
            return
        self.end_line()
        self._put([("class:message", f"  {visible(place.where)}\n")])
        if place.line.strip():
            self._put([("class:code", f"    {visible(place.line)}\n")])
            if place.column is not None:
                self._put([("class:caret", " " * (place.column + 3) + "^\n")])

    def end_line(self) -> None:
        """What comes next begins a line."""
        if self._tail:
            self._take("\n", self._tail_style)

    def drop_tail(self) -> None:
        """The line that has no end is on the screen already."""
        self._tail = ""

    async def room(self) -> None:
        """Wait while too much is still to be shown."""
        await self._has_room.wait()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let another program have the terminal; nothing is written until it has ended."""
        self._is_free.clear()
        try:
            yield
        finally:
            self._is_free.set()

    async def run(self) -> None:
        """Write what comes, for ever."""
        while True:
            await self._has_work.wait()
            await self._is_free.wait()
            self.flush()
            await asyncio.sleep(PAUSE_S)

    def flush(self) -> None:
        """Write of what waits the first piece, above the prompt if there is one."""
        lines: StyleAndTextTuples = []
        written_chars = 0
        while self._waiting and written_chars < PIECE_CHARS:
            lines += (block := self._waiting.popleft())
            written_chars += _length(block)
        self._waiting_chars -= written_chars
        if self._waiting_chars <= MAX_WAITING_CHARS:
            self._has_room.set()
        if not self._waiting:
            self._has_work.clear()
        if lines:
            self._write(lines)

    def skip(self) -> None:
        """The user has interrupted what runs: if much output waits, leave it out, and what still comes of it."""
        if self._waiting_chars > BACKLOG_CHARS:
            self._skipped_chars += self._waiting_chars
            self._is_skipping = True
            self._waiting.clear()
            self._waiting_chars = 0
            self._has_room.set()

    def ended(self) -> None:
        """What ran has ended."""
        self.end_line()
        if self._is_skipping:
            self._is_skipping = False
            self.notice(f"{self._skipped_chars} characters of output are not shown", "warning")
            self._skipped_chars = 0

    def _write(self, lines: StyleAndTextTuples) -> None:
        app = self.app()
        if app is None:
            print_formatted_text(self._output, FormattedText(lines), self._style)
            return
        # As run_in_terminal does, but the terminal stays as it is for keys: they must not be echoed in between.
        with set_app(app):
            app.renderer.erase()
            print_formatted_text(self._output, FormattedText(lines), self._style)
            app.renderer.request_absolute_cursor_position()
        app.invalidate()

    def _take(self, text: str, style: str) -> None:
        if style != self._tail_style:
            if self._tail:
                self._put([*self._shown(self._tail + "\n", self._tail_style)])
            self._tail, self._begun, self._tail_style = "", "", style
        if self._is_skipping:
            self._skipped_chars += len(text)
            return
        text, self._begun = split_unfinished(self._begun + text)
        lines, newline, self._tail = (self._tail + text).rpartition("\n")
        if newline:
            self._put_lines(lines + newline, style)
        self._tail = _OVERWRITTEN.sub("", self._tail)
        width = self._output.get_size().columns
        if len(self._tail) > _MAX_TAIL_LINES * width:  # the terminal breaks the line at the same places
            at = len(self._tail) // width * width
            self._put([*self._shown(self._tail[:at] + "\n", style)])
            self._tail = self._tail[at:]

    def _shown(self, text: str, style: str) -> StyleAndTextTuples:
        text = visible(_OVERWRITTEN.sub("", text).rstrip("\r"), with_colours=True)
        if "\x1b" not in text:
            return [(style, text)]
        if not self._allows_colours:
            return [(style, without_colours(text))]
        return to_formatted_text(ANSI(text), style)

    def _put_lines(self, text: str, style: str) -> None:
        """Put whole lines of output, in pieces."""
        begin = 0
        while begin < len(text):
            end = text.find("\n", begin + PIECE_CHARS) + 1 or len(text)
            self._put([*self._shown(text[begin:end], style)])
            begin = end

    def _put(self, block: StyleAndTextTuples) -> None:
        self._waiting.append(block)
        self._waiting_chars += _length(block)
        self._has_work.set()
        if self._waiting_chars > MAX_WAITING_CHARS:
            self._has_room.clear()


def _length(block: StyleAndTextTuples) -> int:
    return sum(len(fragment[1]) for fragment in block)
