"""The command line of the device server, as a process."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_server.config import TOKEN_VARIABLE
from tests.device_server.device import ROOT, Host, descendants, kill_all, running, wait_for_end


def ended(*arguments: str, timeout_s: float = 20) -> subprocess.CompletedProcess[str]:
    """`python -m device_server`, after its end."""
    command = [sys.executable, "-m", "device_server", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s)


@contextmanager
def inherited() -> Iterator[tuple[subprocess.Popen[bytes], Host]]:
    """A device server on an inherited socket, as the bridge starts its own, and the other end."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "device_server", "--fd", str(theirs.fileno())]
    with subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        try:
            with Host(ours, "out") as host:
                yield process, host
        finally:
            process.kill()


def test_other_machines_are_refused_without_a_token() -> None:
    process = ended("--host", "0.0.0.0", "--port", "0")
    assert process.returncode == 1
    assert TOKEN_VARIABLE in process.stderr
    assert "ssh -L" in process.stderr
    assert "Traceback" not in process.stderr


def test_with_a_token_other_machines_may_connect() -> None:
    with running("--host", "0.0.0.0", environment={TOKEN_VARIABLE: "t"}) as device, device.connect() as host:
        assert host.welcome["auth"] == "token"


def test_a_port_that_is_taken_is_said_in_a_sentence_and_nothing_stays() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = ended("--port", str(taken.getsockname()[1]))
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].startswith("tether device: ")


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--lang", "cobol"], ["--nonsense"]])
def test_a_wrong_argument_is_refused(arguments: list[str]) -> None:
    process = ended(*arguments)
    assert process.returncode == 2
    assert "usage:" in process.stderr


def test_a_port_beyond_all_ports_is_said_in_a_sentence() -> None:
    process = ended("--port", "70000")
    assert process.returncode != 0
    assert "Traceback" not in process.stderr


def test_the_port_file_is_there_while_it_serves(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    with running("--port-file", str(port_file)) as device:
        with device.connect() as host:  # what answers has written its port, or is about to
            host.ask("ping")
        assert port_file.read_text() == f"{device.port}\n"
        device.process.send_signal(signal.SIGTERM)
        assert device.process.wait(10) == 0
        assert not port_file.exists()


def test_a_port_file_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    process = ended("--port", "0", "--port-file", str(tmp_path / "missing" / "port"))
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].startswith("tether device: ")
    assert "missing" in process.stderr


@pytest.mark.parametrize("lang", ["python", "basilisp"])
def test_the_language_of_requests_that_name_none_can_be_chosen(lang: str) -> None:
    with running("--lang", lang) as device, device.connect() as host:
        assert host.welcome["languages"][0] == lang
        assert host.ask("eval", code={"python": "1+1", "basilisp": "(+ 1 1)"}[lang])["value"] == "2"


def test_warming_ends_with_every_language_imported() -> None:
    process = ended("--warm")
    assert (process.returncode, process.stderr) == (0, "")


def test_an_inherited_socket_is_served_like_any_other() -> None:
    with inherited() as (_, host):
        assert host.eval("1 + 1")["value"] == "2"


def test_the_end_of_the_inherited_socket_is_the_end_of_the_server() -> None:
    with inherited() as (process, host):
        host.eval("1")
        pids = descendants(process.pid)
        host.socket.close()
        assert process.wait(10) == 0
        assert wait_for_end(pids) == set()


def test_the_end_of_the_inherited_socket_ends_what_runs() -> None:
    with inherited() as (process, host):
        host.start("print('busy')\nwhile True: pass")
        host.wait_for_text("busy")
        host.socket.close()
        left = wait_for_end({process.pid}, patience_s=2)
        kill_all(left)
        assert left == set()


def test_a_ctrl_c_in_the_terminal_is_for_the_bridge() -> None:
    with inherited() as (process, host):
        host.eval("1")
        process.send_signal(signal.SIGINT)
        assert host.eval("2")["value"] == "2"


def test_an_inherited_socket_that_is_none_is_said_in_a_sentence() -> None:
    process = ended("--fd", "99")
    assert process.returncode == 1
    assert "tether device: " in process.stderr
