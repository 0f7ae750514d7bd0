"""A bridge as a process: what it prints, writes and leaves behind."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from bridge.app import startup_line
from bridge.client import Client
from tests.bridge.processes import serve_command

pytestmark = pytest.mark.slow


@contextmanager
def serving(project: Path, *flags: str) -> Iterator[tuple[Popen[str], int]]:
    """A bridge for the project, and the port it printed."""
    with Popen(serve_command(*flags), cwd=project, stdout=PIPE, stderr=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"on port (\d+) ", line)
            assert found is not None
            assert line == startup_line("127.0.0.1", int(found[1])) + "\n"
            yield process, int(found[1])
        finally:
            process.kill()


def test_the_startup_line_is_the_one_that_editors_look_for() -> None:
    assert startup_line("127.0.0.1", 7) == "nREPL server started on port 7 on host 127.0.0.1 - nrepl://127.0.0.1:7"


def test_the_startup_line_puts_an_ipv6_address_in_brackets() -> None:
    assert startup_line("::1", 7) == "nREPL server started on port 7 on host ::1 - nrepl://[::1]:7"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_quietly_and_its_port_file_goes(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as (process, port):
        assert (tmp_path / ".nrepl-port").read_text() == str(port)
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")
    assert not (tmp_path / ".nrepl-port").exists()


def test_it_evaluates_on_the_device_it_started(tmp_path: Path) -> None:
    with serving(tmp_path, "--lang", "python") as (_, port), Client(port) as client:
        assert client.ask({"op": "eval", "code": "1 + 2"})["value"] == "3"
        assert client.ask({"op": "eval", "code": "import os; os.getcwd()"})["value"] == repr(str(tmp_path))


def test_when_it_is_killed_what_it_started_ends(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        serving(tmp_path, "--lang", "python") as (process, port),
        Client(port) as client,
    ):
        hold = f"import socket; held = socket.create_connection({listener.getsockname()!r})"
        client.ask({"op": "eval", "code": hold})
        process.kill()
        with listener.accept()[0] as held:
            held.settimeout(10)
            assert held.recv(1) == b""  # the worker, which held the other end, has gone


def test_a_taken_port_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = serve_command("--port", str(listener.getsockname()[1]))
        with Popen(command, cwd=tmp_path, stdout=PIPE, stderr=PIPE, text=True) as process:
            _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "already in use" in errors
    assert len(errors.splitlines()) == 1


def test_a_device_that_does_not_answer_yet_is_no_reason_not_to_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    with serving(tmp_path, "--device", address) as (_, port), Client(port) as client:
        told = client.ask({"op": "device-status"})
        assert (told["device"], told["device-up"]) == (address, "false")
        lost = client.ask({"op": "eval", "code": "1"})
        assert lost["ex"] == "device-lost"
        assert client.ask({"op": "ios-disconnect"})["device"] == "local"
        assert client.ask({"op": "eval", "code": "1", "lang": "python"})["value"] == "1"
