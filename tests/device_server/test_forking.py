"""The loop in which the zygote, or a template, forks workers."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device_server.device import Device, Host, children, running


@pytest.fixture
def device() -> Iterator[Device]:
    """A device server that parks no copies, so that each worker is forked by the zygote."""
    with running("--checkpoints", "0") as device:
        yield device
        assert not device.has_broken(), device.log()


def test_workers_are_the_supervisors_children_and_nothing_is_between(device: Device, host: Host) -> None:
    host.eval("1")
    assert set(children(device.process.pid)) == {device.zygote, host.worker()["pid"]}
    assert children(device.zygote) == []


def test_what_cannot_be_forked_is_logged_and_what_forks_goes_on(device: Device, host: Host) -> None:
    pid = host.worker()["pid"]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    fds = len(os.listdir(f"/proc/{device.zygote}/fd"))
    zygote = device.zygote
    resource.prlimit(zygote, resource.RLIMIT_NOFILE, (fds + 4, hard))  # a worker's ends, and no more
    assert "A worker cannot be forked: " in host.ask("restart")["error"]
    resource.prlimit(zygote, resource.RLIMIT_NOFILE, (soft, hard))
    assert host.ask("restart")["op"] == "result"
    assert (device.zygote, host.worker()["pid"] == pid) == (zygote, False)


def test_a_worker_has_no_descriptors_of_the_process_that_forked_it(device: Device, host: Host) -> None:
    pid = host.worker()["pid"]
    kinds = {os.readlink(each).partition(":")[0] for each in Path(f"/proc/{pid}/fd").iterdir()}
    assert kinds <= {"/dev/null", "socket", "pipe"}
    assert len(list(Path(f"/proc/{pid}/fd").iterdir())) <= 9
