"""What a user of `tether repl` waits for: the prompt, the menu, and a key's echo while output comes.

Beside it, as floors: a Python that draws a prompt with nothing behind it, and the echo while nothing comes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import pexpect

from tests.bench.completion import DEFINE, NAMES
from tests.bench.processes import bridge
from tests.repl.terminal import CTRL_C, Terminal

STARTS: Final = 5
KEYS: Final = 30
UNSEEN: Final = "ABEFGHIJKLMNOPQRSTUVWXYZ"
"""Keys that stand nowhere on the screen before they are typed."""
LINES_S: Final = 10_000
TARGETS_MS: Final = {"prompt, bridge running": 600, "prompt, bridge started": 1200, "key to menu": 50}
BARE_PROMPT: Final = "from prompt_toolkit import PromptSession; PromptSession().prompt('bare=> ')"
FLOOD: Final = f"""def flood():
    begun = time.monotonic()
    for number in range(8 * {LINES_S}):
        print('line', number, '.' * 60)
        if number % 100 == 0:
            time.sleep(max(0, begun + number / {LINES_S} - time.monotonic()))
"""


def run() -> None:
    """Print the medians."""
    print("terminal                               median    slowest")
    folder = Path(tempfile.mkdtemp())
    (folder / "pyproject.toml").touch()
    _tell("bare prompt_toolkit", [_ms(_bare_prompt) for _ in range(STARTS)])
    _tell("prompt, bridge started", [_prompt(folder) for _ in range(STARTS)])
    with bridge() as (port, _):
        connect = ("--connect", f"127.0.0.1:{port}")
        _tell("prompt, bridge running", [_prompt(folder, *connect) for _ in range(STARTS)])
        with Terminal(folder, *connect, "--lang", "python") as terminal:
            terminal.sees("__main__>>> ")
            _tell("key to menu", _menus(terminal, folder, connect))
            _tell("key to echo", _echoes(terminal))
            terminal.enter("import threading, time")
            terminal.paste(FLOOD)
            terminal.send("\r\r")
            terminal.enter("threading.Thread(target=flood).start()")
            terminal.sees("line 999 ")
            _tell(f"key to echo, {LINES_S} lines/s", _echoes(terminal))


def _prompt(folder: Path, *flags: str) -> float:
    started = time.perf_counter()
    terminal = Terminal(folder, *flags)
    terminal.sees("user=> ")
    taken_ms = (time.perf_counter() - started) * 1e3
    terminal.leave()
    return taken_ms


def _bare_prompt() -> None:
    child = pexpect.spawn(sys.executable, ["-c", BARE_PROMPT], encoding="utf-8")
    child.expect_exact("bare=>")
    child.close(force=True)


def _menus(python: Terminal, folder: Path, connect: tuple[str, str]) -> list[float]:
    """From the last key of a prefix to the menu, with many names known."""
    python.paste(DEFINE)
    python.send("\r\r")
    with Terminal(folder, *connect) as terminal:
        terminal.sees("user=> ")
        terminal.enter("(in-ns 'big)")
        terminal.sees("big=> ")
        taken: list[float] = []
        for number in range(10, 10 + KEYS):
            terminal.send(CTRL_C)
            terminal.expect_exact(pexpect.TIMEOUT, timeout=0.1)  # the last menu has gone
            taken.append(_ms(partial(_type, terminal, f"c{number}", f"c{number}-name-")))
        return taken


def _echoes(terminal: Terminal) -> list[float]:
    terminal.send(CTRL_C)
    taken = [_ms(partial(_type, terminal, key, key)) for key in UNSEEN]
    terminal.send(CTRL_C)
    return taken


def _type(terminal: Terminal, keys: str, seen: str) -> None:
    terminal.send(keys)
    terminal.sees(seen)


def _ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


def _tell(name: str, taken_ms: list[float]) -> None:
    median = statistics.median(taken_ms)
    target = TARGETS_MS.get(name)
    verdict = f"   MISSED {target} ms" if target and median > target else ""
    names = f", {NAMES} names" if name == "key to menu" else ""
    print(f"{name + names:36} {median:6.1f} ms {max(taken_ms):6.1f} ms{verdict}", flush=True)
