"""Starting the processes of the device server."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys

import pytest

from device_server.launcher import Launched, Launcher


@pytest.fixture(scope="module")
def launcher() -> Launcher:
    return Launcher()


def readable(*files: socket.socket | int) -> bool:
    """Whether one of these has something to read within a while."""
    return bool(select.select(files, [], [], 20)[0])


def ended(launched: Launched) -> None:
    launched.control.close()
    os.waitpid(launched.pid, 0)


def test_a_zygote_says_when_it_is_warm_and_ends_when_its_socket_is_closed(launcher: Launcher) -> None:
    launched = launcher.zygote(["python"])
    assert readable(launched.control)
    assert b"warm" in launched.control.recv(1024)
    ended(launched)


def test_what_a_process_writes_to_its_stderr_comes_out_of_the_log(launcher: Launcher) -> None:
    launched = launcher.zygote(["cobol"])
    assert readable(launcher.log_fd)
    assert b"Traceback" in os.read(launcher.log_fd, 1024)
    ended(launched)


def test_it_is_started_without_an_event_loop() -> None:
    code = "import sys, device_server.launcher; sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
