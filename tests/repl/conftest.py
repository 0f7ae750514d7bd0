"""Async tests run under asyncio, none longer than LIMIT_S; all share one bridge but those that would disturb others."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from middleware.request import Message
from tests.conformance import servers
from tests.conformance.clients import Nrepl
from tests.conformance.servers import Server
from tests.repl.terminal import Terminal

LIMIT_S: Final = 30
Start: TypeAlias = Callable[..., Terminal]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine function; leave others to pytest."""
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(test).parameters}
    asyncio.run(asyncio.wait_for(test(**arguments), LIMIT_S))
    return True


@pytest.fixture(scope="session")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A bridge with the device it starts itself."""
    with servers.bridge(tmp_path_factory.mktemp("bridge")) as server, Nrepl(server.port) as nrepl:
        question: Message = {"op": "complete", "prefix": "reduce-kv", "session": nrepl.clone()}
        # libraries are described after the start
        servers.eventually(lambda: "function" in str(nrepl.ask(question)["completions"]))
        yield server


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts terminals in a folder of the test; they end with it."""
    with ExitStack() as stack:

        def start(*flags: str, **environment: str) -> Terminal:
            terminal = Terminal(tmp_path, *flags, **environment)
            stack.callback(terminal.close, force=True)
            return terminal

        yield start


@pytest.fixture
def terminal(start: Start, bridge: Server) -> Terminal:
    """A terminal in Clojure, on the shared bridge; the first prompt has been seen."""
    terminal = start("--connect", f"127.0.0.1:{bridge.port}")
    terminal.sees("local user=> ")
    return terminal


@pytest.fixture
def python_terminal(start: Start, bridge: Server) -> Terminal:
    """The same, in Python."""
    terminal = start("--connect", f"127.0.0.1:{bridge.port}", "--lang", "python")
    terminal.sees("local __main__>>> ")
    return terminal
