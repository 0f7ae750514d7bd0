from __future__ import annotations

import asyncio
import re
from io import StringIO
from pathlib import Path

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.output.vt100 import Vt100_Output

from repl.languages import CLOJURE
from repl.screen import BACKLOG_CHARS, MAX_WAITING_CHARS, PIECE_CHARS, Screen
from repl.style import style

CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Seen:
    """A screen and what has been written to its terminal."""

    def __init__(self, *, allows_colours: bool = True) -> None:
        self._file = StringIO()
        output = Vt100_Output(self._file, lambda: Size(rows=10, columns=20))
        self.screen = Screen(output, style(), self._draw, allows_colours=allows_colours)

    @staticmethod
    def _draw(data: bytes, scale: int, columns: int, rows: int) -> StyleAndTextTuples:
        return [("", f"{len(data)} bytes, {scale}, {columns}x{rows}\n")] if data else []

    @property
    def raw(self) -> str:
        self.screen.flush()
        return self._file.getvalue()

    @property
    def text(self) -> str:
        return CODES.sub("", self.raw).replace("\r\n", "\n")

    @property
    def tail(self) -> str:
        return "".join(text for _, text, *_ in self.screen.tail)


@pytest.fixture
def seen() -> Seen:
    return Seen()


def test_whole_lines_are_written_and_the_last_is_lent_to_the_prompt(seen: Seen) -> None:
    seen.screen.out("one\ntw")
    assert (seen.text, seen.tail) == ("one\n", "tw")
    seen.screen.out("o\nthree")
    assert (seen.text, seen.tail) == ("one\ntwo\n", "three")
    seen.screen.ended()
    assert (seen.text, seen.tail) == ("one\ntwo\nthree\n", "")


def test_a_value_begins_a_line(seen: Seen) -> None:
    seen.screen.out("no end")
    seen.screen.value("[1 :a]", CLOJURE)
    assert seen.text == "no end\n[1 :a]\n"


def test_other_streams_begin_a_line(seen: Seen) -> None:
    seen.screen.out("question? ")
    seen.screen.err("logged\n")
    assert seen.text == "question? \nlogged\n"


def test_a_line_that_was_read_behind_is_not_written_again(seen: Seen) -> None:
    seen.screen.out("Name? ")
    assert seen.screen.has_tail
    seen.screen.drop_tail()
    seen.screen.out("Hello\n")
    assert seen.text == "Hello\n"


def test_a_carriage_return_writes_over_the_line(seen: Seen) -> None:
    seen.screen.out("10%\r")
    assert seen.tail == "10%"
    seen.screen.out("100%\rdone\r\nnext\n")
    assert seen.text == "done\nnext\n"


def test_control_sequences_are_shown_also_when_they_are_cut(seen: Seen) -> None:
    for part in ("a\x1b", "]0;t\x07\x1b", "[2J", "\x1b[3", "1mred\x1b[0m\n"):
        seen.screen.out(part)
    assert seen.text == "a^[]0;t^G^[[2Jred\n"
    assert "\x1b[0;31mred" in seen.raw or "\x1b[31mred" in seen.raw


def test_a_programs_colours_can_be_refused() -> None:
    seen = Seen(allows_colours=False)
    seen.screen.out("\x1b[31mred\x1b[0m\n")
    assert seen.text == "red\n"
    assert "31m" not in seen.raw


def test_a_long_line_is_broken_where_the_terminal_breaks_it(seen: Seen) -> None:
    seen.screen.out("x" * 105)
    assert (seen.text, seen.tail) == ("x" * 100 + "\n", "x" * 5)


def test_a_flood_is_written_in_pieces_and_makes_the_bridge_wait(seen: Seen) -> None:
    async def room() -> bool:
        try:
            async with asyncio.timeout(0):
                await seen.screen.room()
        except TimeoutError:
            return False
        return True

    line = "y" * 15 + "\n"
    assert asyncio.run(room())
    seen.screen.out(line * (MAX_WAITING_CHARS // len(line) + 1))
    assert not asyncio.run(room())
    first = len(seen.text)
    assert PIECE_CHARS <= first < 2 * PIECE_CHARS + len(line)
    assert asyncio.run(room())
    while len(seen.text) < MAX_WAITING_CHARS:
        pass
    assert seen.text.count("y" * 15 + "\n") == MAX_WAITING_CHARS // len(line) + 1


def test_an_interrupt_leaves_out_what_waits_and_says_how_much(seen: Seen) -> None:
    seen.screen.out("z\n" * BACKLOG_CHARS)
    seen.screen.skip()
    seen.screen.out("more\n")
    seen.screen.ended()
    assert seen.text == f";; {2 * BACKLOG_CHARS + 5} characters of output are not shown\n"
    seen.screen.out("after\n")
    assert seen.text.endswith("after\n")


def test_an_interrupt_keeps_a_little_output(seen: Seen) -> None:
    seen.screen.out("kept\n")
    seen.screen.skip()
    seen.screen.ended()
    assert seen.text == "kept\n"


def test_long_values_are_plain(seen: Seen) -> None:
    seen.screen.value(":a " * 10_000, CLOJURE)
    assert seen.text == ":a " * 10_000 + "\n"
    assert "38;5" not in seen.raw


def test_a_failure_shows_its_line_and_its_column(seen: Seen) -> None:
    seen.screen.failure([{"phase": "read-source", "file": "f", "line": 2, "column": 3}], {"f": "(a\n  ]"})
    assert seen.text == "  at line 2\n      ]\n      ^\n"
    seen.screen.failure([], {})
    assert seen.text.count("at line") == 1


async def test_nothing_is_written_while_the_terminal_is_lent(seen: Seen) -> None:
    running = asyncio.create_task(seen.screen.run())
    with seen.screen.lent():
        seen.screen.show("text")
        await asyncio.sleep(0)
        assert seen._file.getvalue() == ""
    while not seen._file.getvalue():  # noqa: ASYNC110 it tells nobody when it writes
        await asyncio.sleep(0)
    running.cancel()


def test_a_picture_is_drawn_on_lines_of_its_own_and_its_file_is_named(seen: Seen, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"abc")
    seen.screen.out("no end")
    seen.screen.picture({"mime": "image/png", "width": 3, "height": 4, "scale": 2, "path": str(path)})
    lines = seen.text.splitlines()
    assert lines[:2] == ["no end", "3 bytes, 2, 20x8"]
    assert lines[2:] == [f";; image/png 3x4: {path}"]


def test_a_picture_that_cannot_be_had_is_said(seen: Seen, tmp_path: Path) -> None:
    seen.screen.picture({"mime": "image/png", "path": str(tmp_path / "gone.png")})
    seen.screen.picture({"mime": "text/html", "error": "the device is lost"})
    assert seen.text.splitlines() == [f";; image/png: {tmp_path / 'gone.png'}", ";; text/html: the device is lost"]
