"""The process that workers are forked from."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device_server.device import Device, Host, children, running, wait_until


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    """A device server that parks no copies: whatever takes a dead worker's place comes from the zygote."""
    with running("--checkpoints", "0") as device:
        yield device
        assert not device.has_broken(), device.log()


def test_it_has_one_thread(device: Device, host: Host) -> None:
    host.eval("1")
    assert len(list(Path(f"/proc/{device.zygote}/task").iterdir())) == 1


def test_workers_are_the_supervisors_children(device: Device, host: Host) -> None:
    host.eval("1")
    assert set(children(device.process.pid)) == {device.zygote, host.worker()["pid"]}


def test_a_worker_starts_with_the_languages_warm(device: Device, host: Host) -> None:
    host.eval("1")
    host.eval("import os; os._exit(1)")
    assert host.eval("(+ 1 2)", lang="basilisp")["value"] == "3"
    assert host.ask("status")["is_warm"]


def test_what_one_worker_defines_the_next_does_not_have(host: Host) -> None:
    host.eval("import sys; left = 1; sys.modules['left'] = sys")
    host.eval("import os; os._exit(1)")
    assert host.eval("'left' in globals(), 'left' in __import__('sys').modules")["value"] == "(False, False)"


def test_workers_share_no_descriptors_but_their_own(host: Host) -> None:
    code = "import os; sorted(int(fd) for fd in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{fd}'))"
    shown = host.eval(code)["value"]
    fds = [int(fd) for fd in shown.strip("[]").split(",")]
    assert fds[:3] == [0, 1, 2]
    assert all(fd >= 200 for fd in fds[3:]), shown


def test_a_ctrl_c_in_the_terminal_does_not_end_it(device: Device, host: Host) -> None:
    zygote = device.zygote
    os.kill(zygote, signal.SIGINT)
    host.eval("import os; os._exit(1)")
    assert host.eval("1")["value"] == "1"
    assert device.zygote == zygote


def test_killed_while_it_warms_up_it_is_started_again_and_waiting_evals_are_answered() -> None:
    with running() as device, device.connect("out") as host:
        number = host.start("1")
        os.kill(device.zygote, signal.SIGKILL)
        *before, answer = host.answers(number)
        assert answer["value"] == "1"
        assert any("zygote" in message["text"] for message in before)
        assert not device.has_broken()


def test_killed_while_it_warms_up_it_breaks_nothing() -> None:
    with running() as device, device.connect() as host:
        zygote = device.zygote
        os.kill(zygote, signal.SIGKILL)
        wait_until(lambda: zygote not in children(device.process.pid))
        host.ask("ping")
        assert not device.has_broken()
