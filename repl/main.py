"""`tether repl`: a prompt when there is a terminal at both ends, else a program in a pipe."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from repl import pipe
from repl.client import LostError
from repl.conversation import RefusedError
from repl.finding import Address, Finder
from repl.own_bridge import BridgeError

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from repl.prompter import Terminal

FAILED: Final = 1
NO_CONNECTION: Final = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """How one terminal runs."""

    project: Path
    """Whose history it has."""
    state: Path
    """The folder for what is kept between runs."""
    bridge: Address | None
    """Where the bridge is; None finds one, or starts one."""
    find_port: Callable[[], int | None]
    """What the port file says."""
    command: Sequence[str]
    """What starts a bridge that ends at the end of its input."""
    device: Address | None = None
    lang: str | None = None
    keys: str = "emacs"
    """`emacs` or `vi`."""
    pictures: str = "auto"
    """A pictures.Protocol, or `auto` for the one that the terminal takes."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What says which terminal it is."""


def run(settings: Settings) -> int:
    """Run until the user leaves, or the pipe is done; the exit code."""
    finder = Finder(settings.bridge, settings.find_port, settings.command)
    try:
        finder.prepare()  # it starts while this process imports what it needs
        if sys.stdin.isatty() and sys.stdout.isatty():
            asyncio.run(_converse(settings, finder))
            return 0
        went_well = asyncio.run(pipe.run(sys.stdin.read(), finder, settings.lang, settings.device))
        return 0 if went_well else FAILED
    except* (BridgeError, OSError, LostError, RefusedError) as group:
        for error in _leaves(group):
            sys.stderr.write(f"tether: {error}\n")
    finally:
        finder.close()
    return NO_CONNECTION


async def _converse(settings: Settings, finder: Finder) -> None:
    from repl.loop import Loop

    async with asyncio.TaskGroup() as tasks:
        terminal = _terminal(settings)
        loop = Loop(terminal, finder, tasks, allows_colours=True)
        await loop.run(settings.lang, settings.device)


def _terminal(settings: Settings) -> Terminal:
    from prompt_toolkit.enums import EditingMode
    from prompt_toolkit.input import create_input
    from prompt_toolkit.output import create_output

    from repl.prompter import Terminal
    from repl.style import style

    return Terminal(
        input=create_input(),
        output=create_output(),
        style=style(),
        editing=EditingMode.VI if settings.keys == "vi" else EditingMode.EMACS,
        history=history_file(settings.state, settings.project),
        draw=partial(_draw, settings),
    )


def _draw(settings: Settings, data: bytes, scale: int, columns: int, rows: int) -> StyleAndTextTuples:
    from repl.pictures import Protocol, drawn, protocol_of  # and with it Pillow, when there is something to draw

    is_left = settings.pictures == "auto"
    protocol = protocol_of(settings.environment) if is_left else Protocol(settings.pictures)
    return drawn(protocol, data, scale, columns, rows)


def history_file(state: Path, project: Path) -> Path:
    """Where what is typed in a project is kept, for the user's eyes only."""
    folder = state / "history"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{project.name}-{hashlib.sha256(str(project).encode()).hexdigest()[:12]}"
    file.touch(mode=0o600)
    return file


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each
