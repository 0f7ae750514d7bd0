"""Writes docs/session.svg: a session that is typed into `tether repl` at a real terminal. `make docs`.

The screen is what a terminal emulator makes of what the program writes. Of each moment worth seeing there is one frame;
the frames follow one another for as long as the picture is looked at, and where nothing moves, the last one stands.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import pexpect
import pyte

PAGE: Final = Path(__file__).with_suffix(".svg")
ROWS, COLUMNS = 22, 92
PATIENCE_S: Final = 60
SECONDS_A_FRAME: Final = 3
WIDTH, HEIGHT, MARGIN = 8.4, 18, 14
"""Of a character and around the whole, in pixels."""
INK, PAPER = "#d4d4d4", "#1e1e1e"
COLOURS: Final = {
    "black": "#1e1e1e", "red": "#f48771", "green": "#89d185", "brown": "#e2c08d", "blue": "#6cb6ff",
    "magenta": "#d2a8ff", "cyan": "#76d9e6", "white": "#d4d4d4", "brightblack": "#8b949e",
}  # fmt: skip
ENTER, TAB, WHERE = "\r", "\t", "\x1b[6n"


@dataclass(frozen=True, slots=True)
class Step:
    """What is typed, and what then comes to stand on the screen."""

    keys: str
    shows: str


SESSION: Final = (
    Step("(def total 40)" + ENTER, "#'user/total"),
    Step("(red", "reduce"),
    Step(TAB, "(reduce"),
    Step(" + total [1 1])" + ENTER, "42"),
    Step("(/ total 0)" + ENTER, "ZeroDivisionError"),
    Step("(import ctypes)" + ENTER, "ctypes"),
    Step("(ctypes/string_at 0)" + ENTER, "is restored"),
    Step("total  ; still there" + ENTER, "\n40"),
    Step("(def total 0)" + ENTER, "#'user/total"),
    Step(":rewind" + ENTER, "Undone"),
    Step("total" + ENTER, "\n40"),
)

Row = list[pyte.screens.Char]
Frame = list[Row]


class Recorder:
    """A program at a terminal of our own."""

    def __init__(self, command: Sequence[str], folder: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)
        self._program = pexpect.spawn(
            command[0],
            [*command[1:]],
            cwd=folder,
            env={"TERM": "xterm-256color", "PATH": "/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8"},
            encoding="utf-8",
            dimensions=(ROWS, COLUMNS),
        )

    def play(self, step: Step) -> Frame:
        """Type, and wait for what is to be seen, below what was there. Raises: TimeoutError."""
        seen = self.text().count(step.shows)
        self._program.send(step.keys)
        return self.wait_for(step.shows, seen + 1)

    def wait_for(self, text: str, times: int = 1) -> Frame:
        """The screen, once the text stands on it so often and nothing more comes. Raises: TimeoutError."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            is_quiet = not self._read()
            if is_quiet and self.text().count(text) >= times:
                return [[self._screen.buffer[row][column] for column in range(COLUMNS)] for row in range(ROWS)]
        raise TimeoutError(f"{text!r} has not appeared:\n{self.text()}")

    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self._screen.display)

    def close(self) -> None:
        """End the program as a user does."""
        self._program.sendeof()
        self._program.expect(pexpect.EOF, timeout=PATIENCE_S)
        self._program.close()

    def _read(self) -> bool:
        """Take what the program writes within a moment; whether there was anything."""
        try:
            data = self._program.read_nonblocking(65536, timeout=0.4)
        except pexpect.TIMEOUT:
            return False
        self._stream.feed(data)
        for _ in range(data.count(WHERE)):  # as a terminal does, tell where the cursor is
            self._program.send(f"\x1b[{self._screen.cursor.y + 1};{self._screen.cursor.x + 1}R")
        return True


def record() -> list[Frame]:
    """The session, played in an empty project. Raises: TimeoutError, when something does not appear."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder([str(Path(sys.executable).with_name("tether")), "repl"], folder)
        try:
            recorder.wait_for("=>")
            return [recorder.play(step) for step in SESSION]
        finally:
            recorder.close()


def picture(frames: Sequence[Frame]) -> str:
    """The frames as one SVG that moves."""
    width, height = COLUMNS * WIDTH + 2 * MARGIN, ROWS * HEIGHT + 2 * MARGIN
    share = 100 / len(frames)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}">',
        "<title>A session in tether repl: completion, an error, a crash that was survived, a rewind</title>",
        "<style>",
        "text { font: 14px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; }",
        f"@keyframes turn {{ 0% {{ visibility: visible }} {share:g}% {{ visibility: hidden }} }}",
        f".frame {{ visibility: hidden; animation: turn {len(frames) * SECONDS_A_FRAME}s step-end infinite; }}",
        "@media (prefers-reduced-motion) { .frame { animation: none } .frame:last-child { visibility: visible } }",
        "</style>",
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
        *(_group(number, frame) for number, frame in enumerate(frames)),
        "</svg>\n",
    ])  # fmt: skip


def _group(number: int, frame: Frame) -> str:
    lines = "\n".join(line for row, chars in enumerate(frame) for line in _line(row, chars))
    return f'<g class="frame" style="animation-delay:{number * SECONDS_A_FRAME}s">\n{lines}\n</g>'


def _line(row: int, chars: Row) -> Iterator[str]:
    """First the backgrounds of a line, then its text: equal neighbours together."""
    top = MARGIN + row * HEIGHT
    texts = []
    column = 0
    for (ink, paper, is_bold), run in groupby(chars, _look):
        text = "".join(char.data for char in run)
        left, width = MARGIN + column * WIDTH, len(text) * WIDTH
        column += len(text)
        shown = text.rstrip()
        if paper != PAPER:
            yield f'<rect x="{left:g}" y="{top}" width="{width:g}" height="{HEIGHT}" fill="{paper}"/>'
        if shown:
            bold = ' font-weight="bold"' if is_bold else ""
            size = f'textLength="{len(shown) * WIDTH:g}" lengthAdjust="spacingAndGlyphs"'
            texts.append(f'<text x="{left:g}" y="{top + 14}" fill="{ink}"{bold} {size}>{escape(shown)}</text>')
    yield from texts


def _look(char: pyte.screens.Char) -> tuple[str, str, bool]:
    ink = INK if char.fg == "default" else _colour(char.fg)
    paper = PAPER if char.bg == "default" else _colour(char.bg)
    return (paper, ink, char.bold) if char.reverse else (ink, paper, char.bold)


def _colour(name: str) -> str:
    """pyte has names for the first sixteen colours, and six hexadecimal digits for the others."""
    return COLOURS.get(name) or (f"#{name}" if len(name) == 6 and name.isalnum() else COLOURS["white"])


if __name__ == "__main__":
    PAGE.write_text(picture(record()))
