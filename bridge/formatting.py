"""Formats Python with black, in a process of its own: black's compiled code would hold up the bridge's event loop."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import trio

LIMIT_S: Final = 10.0
"""Black takes a fifth of a second, and a second for each three thousand lines."""
AT_ONCE: Final = 2
"""So many processes at most, however many requests there are; the others wait, within their limit."""
_FILE: Final = "buffer.py"
PROCESSES: Final = trio.CapacityLimiter(AT_ONCE)
_PLACE: Final = re.compile(r"error: cannot parse: .*:(\d+):(\d+)\n")


async def format_python(project: Path, code: str) -> str:
    """The code as black lays it out with the settings of `project`; the last newline stays as it was, or absent.

    Raises: ValueError, whose text says what is wrong.
    """
    dedented = textwrap.dedent(code)
    indent = code[: len(code) - len(code.lstrip(" \t"))] if dedented != code else ""
    formatted = await _black(project, dedented)
    if not code.endswith("\n"):
        formatted = formatted.removesuffix("\n")
    return textwrap.indent(formatted, indent) if indent else formatted


async def _black(project: Path, code: str) -> str:
    # -P: the project's folder may hold a module called like one of black's
    command = [sys.executable, "-P", "-m", "black", "--quiet", "--stdin-filename", str(project / _FILE), "-"]
    data = code.encode(errors="surrogatepass")
    with trio.move_on_after(LIMIT_S):
        async with PROCESSES:
            done = await trio.run_process(
                command, stdin=data, capture_stdout=True, capture_stderr=True, check=False, cwd=project
            )
        return _result(done)
    raise ValueError(f"black has not finished within {LIMIT_S:g} s")


def _result(done: subprocess.CompletedProcess[bytes]) -> str:
    if done.returncode == 0:
        return done.stdout.decode()
    said = done.stderr.decode(errors="replace")
    if place := _PLACE.match(said):
        raise ValueError(f"Cannot be parsed at line {place[1]}, column {int(place[2]) + 1}")
    raise ValueError(said.partition("\n")[0] or f"black has ended with {done.returncode}")
