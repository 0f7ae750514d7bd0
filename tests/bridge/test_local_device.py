"""The embedded device's process: started, started again, given up on, ended. Stand-ins run in its place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge import local_device
from bridge.local_device import LocalDevice

SOCKET = "import os, socket, sys, time; s = socket.socket(fileno=int(sys.argv[2])); "
ECHO = SOCKET + "s.sendall(s.recv(9))"
ARGUMENTS = SOCKET + "s.sendall(repr((os.getcwd(), sys.argv[3:])).encode())"
PID = SOCKET + "s.sendall(str(os.getpid()).encode())"
STUBBORN = PID + "; time.sleep(60)"
BROKEN = "import sys; sys.exit('no module named zygote')"


@contextmanager
def running(tmp_path: Path, program: str) -> Iterator[LocalDevice]:
    device = LocalDevice(tmp_path, "python", (sys.executable, "-c", program))
    device.launch()
    try:
        yield device
    finally:
        device.close()


async def test_the_child_serves_the_socket_it_inherits(tmp_path: Path) -> None:
    with running(tmp_path, ECHO) as device, await device.dial() as sock:
        sock.sendall(b"hello")
        assert sock.recv(9) == b"hello"
        assert sock.recv(9) == b""  # and closes it when it ends


async def test_the_child_works_in_the_project_and_is_told_name_and_language(tmp_path: Path) -> None:
    with running(tmp_path, ARGUMENTS) as device, await device.dial() as sock:
        assert sock.recv(999).decode() == repr((str(tmp_path), ["--name", "local", "--lang", "python"]))


async def test_every_dial_has_a_new_child(tmp_path: Path) -> None:
    with running(tmp_path, PID) as device:
        pids = set()
        for _ in range(3):
            with await device.dial() as sock:
                pids.add(sock.recv(99))
    assert len(pids) == 3


async def test_a_child_that_keeps_dying_is_given_up_on_with_its_last_words(tmp_path: Path) -> None:
    with running(tmp_path, BROKEN) as device:
        for _ in range(local_device.MAX_DEATHS):
            with await device.dial() as sock:
                assert sock.recv(9) == b""
        with pytest.raises(ConnectionError, match="no module named zygote"):
            await device.dial()
        assert "no module named zygote" in device.remedy


async def test_close_ends_a_child_that_ignores_its_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_device, "GRACE_S", 0.05)
    with running(tmp_path, STUBBORN) as device, await device.dial() as sock:
        pid = int(sock.recv(99))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_starting_the_child_imports_no_event_loop(project_root: Path) -> None:
    program = "import bridge.local_device, sys; print('trio' in sys.modules)"
    found = subprocess.check_output([sys.executable, "-c", program], text=True, cwd=project_root)
    assert found == "False\n"
