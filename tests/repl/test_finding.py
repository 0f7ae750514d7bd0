from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import pytest

from repl.finding import Finder

SERVES = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(f"nREPL server started on port {listener.getsockname()[1]} on host 127.0.0.1", flush=True)
sys.stdin.read()
"""
COMMAND = (sys.executable, "-c", SERVES)
NOTHING = (sys.executable, "-c", "raise SystemExit('not wanted')")


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def connected_to(finder: Finder) -> int:
    with finder.connect() as connection:
        return int(connection.getpeername()[1])


def test_the_address_that_the_user_wants_comes_first(port: int) -> None:
    finder = Finder(("127.0.0.1", port), lambda: 1, NOTHING)
    finder.prepare()
    assert connected_to(finder) == port


def test_then_the_port_file(port: int) -> None:
    finder = Finder(None, lambda: port, NOTHING)
    finder.prepare()
    assert connected_to(finder) == port


@pytest.mark.parametrize("told", [None, 1])
def test_without_a_bridge_one_is_started_and_ended(told: int | None) -> None:
    finder = Finder(None, lambda: told, COMMAND)
    finder.prepare()
    first = connected_to(finder)
    assert connected_to(finder) == first
    finder.close()
    with pytest.raises(ConnectionRefusedError):
        Finder(("127.0.0.1", first), lambda: None, NOTHING).connect()


def test_a_bridge_that_has_ended_is_started_again() -> None:
    finder = Finder(None, lambda: None, COMMAND)
    first = connected_to(finder)
    own = finder._own
    assert own is not None
    own._process.kill()
    own._process.wait()
    assert connected_to(finder) != first
    finder.close()
