"""`tether repl` at a real terminal: what a user types, and what then stands on the screen."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import pexpect

from tests.bridge.processes import tether_command

PATIENCE_S: Final = 20
REDRAW_S: Final = 0.2
ROWS, COLUMNS = 40, 120
_SEQUENCE: Final = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])")
_BEGUN: Final = re.compile(r"\x1b(?:\[[0-9;?]*)?\Z")
_WHERE: Final = "\x1b[6n"
_ERASE: Final = "\x1b[J"
"""What comes next is at the beginning of a line, in the place of the prompt."""
UP, TAB, ALT_ENTER = "\x1b[A", "\t", "\x1b\r"
CTRL_C, CTRL_D, CTRL_L, CTRL_R, EDITOR = "\x03", "\x04", "\x0c", "\x12", "\x18\x05"


class Terminal(pexpect.spawn):  # type: ignore[misc] # pexpect tells no types
    """Its own control sequences are taken out of what is expected; `raw` has them."""

    def __init__(self, folder: Path, *flags: str, **environment: str) -> None:
        """`folder` is where it is started; what it keeps is kept there, too."""
        self.raw = ""
        self._held = ""
        command = tether_command("repl", *flags)
        known = {"TERM": "xterm-256color", "NO_COLOR": "1", "XDG_STATE_HOME": str(folder / "state")}
        super().__init__(
            command[0],
            command[1:],
            cwd=str(folder),
            env={**os.environ, **known, **environment},
            encoding="utf-8",
            timeout=PATIENCE_S,
            dimensions=(ROWS, COLUMNS),
        )
        self.delaybeforesend = None

    def read_nonblocking(self, size: int = 1, timeout: float | None = -1) -> str:
        """Like a terminal, it tells where the cursor is when it is asked."""
        text: str = super().read_nonblocking(size, timeout)
        self.raw += text
        text = self._held + text
        self._held = found[0] if (found := _BEGUN.search(text)) else ""
        text = text[: len(text) - len(self._held)]
        for _ in range(text.count(_WHERE)):
            self.send("\x1b[1;1R")
        return _SEQUENCE.sub(lambda found: "\n" if found[0] == _ERASE else "", text)

    def sees(self, *texts: str) -> None:
        """Wait until all these have appeared, in this order."""
        for text in texts:
            self.expect_exact(text)

    def shows(self, text: str) -> None:
        """Wait until this stands on the screen. Of what is drawn in place, only what changes is written otherwise."""
        for _ in range(round(PATIENCE_S / REDRAW_S)):
            if self.expect_exact([text, pexpect.TIMEOUT], timeout=REDRAW_S) == 0:
                return
            self.send(CTRL_L)
        raise AssertionError(f"{text!r} is not on the screen")

    def enter(self, text: str) -> None:
        """Type a text and send it."""
        self.send(text + "\r")

    def paste(self, text: str) -> None:
        """As a terminal pastes."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def leave(self) -> int:
        """Type Ctrl-D; the exit code."""
        self.send(CTRL_D)
        return self.ended()

    def ended(self) -> int:
        """Wait until it has ended; the exit code."""
        self.expect(pexpect.EOF)
        self.close()
        code: int = self.exitstatus
        return code
