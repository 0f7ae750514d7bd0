from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from repl.conversation import Conversation
from repl.finding import Finder
from repl.prompter import Ended, Prompter, Terminal
from repl.screen import Screen
from repl.signatures import Signatures
from repl.style import style


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "history"


@asynccontextmanager
async def prompting(history: Path) -> AsyncIterator[tuple[Prompter, Conversation, PipeInput]]:
    async with asyncio.TaskGroup() as tasks:
        with create_pipe_input() as pipe:
            terminal = Terminal(pipe, DummyOutput(), style(), EditingMode.EMACS, history, lambda *_: [])
            screen = Screen(terminal.output, terminal.style, terminal.draw, allows_colours=True)
            conversation = Conversation(Finder(None, lambda: None, ()), screen, lambda: 80, tasks)
            conversation.is_connected = True
            signatures = Signatures(conversation, tasks, lambda: None)
            prompter = Prompter(
                terminal, conversation, screen, DummyCompleter(), signatures, lambda _: True, lambda *_: None
            )
            conversation.changed = prompter.refresh
            yield prompter, conversation, pipe


async def test_code_is_read_and_kept_in_the_history(history: Path) -> None:
    async with prompting(history) as (prompter, _, pipe):
        pipe.send_text("1\r")
        assert await prompter.read() == "1"
        assert prompter.app is None
    assert "+1\n" in history.read_text()


async def test_ctrl_d_leaves(history: Path) -> None:
    async with prompting(history) as (prompter, _, pipe):
        pipe.send_text("\x04")
        assert await prompter.read() is Ended.LEFT


async def test_a_program_that_reads_takes_the_prompt_and_gives_it_back(history: Path) -> None:
    async with prompting(history) as (prompter, conversation, pipe):
        reading = asyncio.create_task(prompter.read())
        pipe.send_text("half")
        while not (  # noqa: ASYNC110 nothing tells
            prompter.app and prompter.app.current_buffer.text == "half"
        ):
            await asyncio.sleep(0)  # keys are read when the loop has time
        conversation.wants_input = True
        prompter.refresh()
        assert await reading is Ended.SWITCHED
        pipe.send_text("line\r")
        assert await prompter.read() == "line"
        conversation.wants_input = False
        pipe.send_text(" done\r")
        assert await prompter.read() == "half done"
    assert "+line" not in history.read_text()


async def test_without_a_bridge_only_commands_are_sent(history: Path) -> None:
    async with prompting(history) as (prompter, conversation, _):
        conversation.is_connected = False
        assert not prompter.may_send("(+ 1 2)")
        assert prompter.may_send(" :quit")
        assert not prompter.interrupt()
