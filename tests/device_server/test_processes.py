"""The device's processes: how their ends are told, and that none outlives its owner."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from device_server import processes
from tests.device_server.device import Device, Host, children, descendants, kill_all, running, wait_for_end, wait_until

SLEEPER = "import subprocess; subprocess.Popen(['sleep', '1000']{}).pid"


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    """A device server that parks no copies: a fresh worker follows a crash. Copies are in test_checkpoints.py."""
    with running("--checkpoints", "0") as device:
        yield device
        assert not device.has_broken(), device.log()


def status_of(code: str) -> int:
    process = subprocess.Popen([sys.executable, "-c", code])
    _, status = os.waitpid(process.pid, 0)
    process.returncode = 0
    return status


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("", "exit code 0"),
        ("import os; os._exit(41)", "exit code 41"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL (Killed)"),
        ("import os; os.kill(os.getpid(), 15)", "SIGTERM (Terminated)"),
    ],
)
def test_an_end_is_described_by_its_signal_or_exit_code(code: str, end: str) -> None:
    assert processes.describe_end(status_of(code)) == end


def test_an_end_by_a_nameless_signal_is_described_by_its_number() -> None:
    assert "35" in processes.describe_end(35)


def test_killing_a_process_that_is_gone_is_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    processes.kill(process.pid)


def test_killing_the_leader_of_a_group_kills_the_group() -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '1000']).pid, flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        processes.kill_group(process.pid)
        assert process.wait() == -signal.SIGKILL
        assert wait_for_end({child}) == set()


def heard_end(has_ended_before: bool) -> int:
    """The wait status that `Children` tells of a child that exits with 5."""

    async def run() -> int:
        loop = asyncio.get_running_loop()
        known = processes.Children(loop)
        ended: asyncio.Future[int] = loop.create_future()
        process = await asyncio.to_thread(subprocess.Popen, [sys.executable, "-c", "import os; os._exit(5)"])
        process.returncode = 0  # it is reaped by another
        if has_ended_before:
            await asyncio.to_thread(wait_for_end, {process.pid})
            await asyncio.to_thread(wait_until, lambda: process.pid not in children(os.getpid()))
        known.watch(process.pid, ended.set_result)
        async with asyncio.timeout(10):
            return await ended

    return asyncio.run(run())


@pytest.mark.parametrize("has_ended_before", [True, False])
def test_whoever_watches_a_child_hears_of_its_end(has_ended_before: bool) -> None:
    assert os.waitstatus_to_exitcode(heard_end(has_ended_before)) == 5


OVERFLOW = """
import sys
sys.setrecursionlimit(10**9)
class A:
    def __getattr__(self, name): return getattr(self, name)
A().a
"""
JUNK_TO_THE_SUPERVISOR = """
import os
for fd in range(200, 220):
    try: os.write(fd, b"junk\\n")
    except OSError: pass
input()
"""


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("import os; os._exit(3)", "exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("import os; os.abort()", "SIGABRT"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        (OVERFLOW, "SIGSEGV"),
        ("import os; os.closerange(3, 1024)", ""),  # the worker and the supervisor notice; whoever is first ends it
        ("import os, signal; os.killpg(0, signal.SIGTERM)", "SIGTERM"),
        (JUNK_TO_THE_SUPERVISOR, "SIGKILL"),
    ],
)
def test_a_crash_is_one_error_that_names_it_and_the_next_eval_works(host: Host, code: str, end: str) -> None:
    generation = host.worker()["generation"]
    *_, answer = host.answers(host.start(code))
    assert (answer["op"], answer["type"]) == ("error", "crash")
    assert end in answer["error"]
    assert end in answer["root_ex"]
    assert host.eval("'alive'")["value"] == "'alive'"
    assert host.worker()["generation"] == generation + 1
    assert [message for message in host.unread() if message["op"] != "out"] == []


def test_a_worker_that_dies_idle_is_replaced(host: Host) -> None:
    worker = host.worker()
    os.kill(worker["pid"], signal.SIGKILL)
    wait_until(lambda: host.worker()["pid"] != worker["pid"])
    assert host.eval("1")["value"] == "1"
    assert host.worker()["generation"] == worker["generation"] + 1


def test_what_a_worker_has_started_ends_with_it(host: Host) -> None:
    sleeper = int(host.eval(SLEEPER.format(""))["value"])
    os.kill(host.worker()["pid"], signal.SIGKILL)
    assert wait_for_end({sleeper}) == set()


def test_nothing_stays_to_be_reaped(device: Device, host: Host) -> None:
    host.eval("import subprocess; subprocess.Popen('sleep 0 & exec sleep 0', shell=True)")
    host.eval("import os; os._exit(1)")
    host.eval("1")
    wait_until(lambda: len(children(device.process.pid)) == 2)
    assert set(children(device.process.pid)) == {device.zygote, host.worker()["pid"]}


def test_the_zygote_is_started_again_when_it_dies_and_the_worker_lives_on(device: Device, host: Host) -> None:
    zygote, worker = device.zygote, host.worker()
    host.eval("kept = 'kept'")
    os.kill(zygote, signal.SIGKILL)
    wait_until(lambda: host.ask("status")["is_warm"] and zygote not in children(device.process.pid))
    assert host.eval("kept")["value"] == "'kept'"
    assert host.worker()["pid"] == worker["pid"]
    host.eval("import os; os._exit(1)")
    assert host.eval("'from the new one'")["value"] == "'from the new one'"
    assert device.zygote != zygote
    assert "SIGKILL" in device.log()


def test_a_crash_while_the_zygote_dies_is_survived() -> None:
    with running("--checkpoints", "0") as device, device.connect("out") as host:
        host.eval("1")
        for _ in range(3):  # now and then the news is quicker
            zygote = device.zygote
            os.kill(zygote, signal.SIGSTOP)
            assert host.eval("import os; os._exit(1)")["type"] == "crash"
            number = host.start("'alive'")
            os.kill(zygote, signal.SIGKILL)
            assert host.answer(number)["value"] == "'alive'"
        assert not device.has_broken()


def census(host: Host, device: Device) -> set[int]:
    """Every process of the device, with a parked copy and a child of the worker's among them."""
    sleeper = int(host.eval(SLEEPER.format(""))["value"])
    wait_until(lambda: host.worker()["checkpoints"])
    found = descendants(device.process.pid) | {device.process.pid}
    assert found >= {device.zygote, host.worker()["pid"], sleeper}
    assert len(found) >= 5
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_the_server_leaves_no_process(number: signal.Signals) -> None:
    with running() as device, device.connect("out") as host:
        pids = census(host, device)
        host.start("print('busy')\nwhile True: pass")
        host.wait_for_text("busy")
        device.process.send_signal(number)
        assert device.process.wait(10) == 0
        assert wait_for_end(pids) == set()
        assert not device.has_broken()


def test_the_server_killed_the_zygote_the_worker_and_its_copies_end() -> None:
    with running() as device, device.connect("out") as host:
        host.eval("1")
        wait_until(lambda: host.worker()["checkpoints"])
        pids = descendants(device.process.pid)
        assert len(pids) >= 3
        host.start("print('busy')\nwhile True: pass")
        host.wait_for_text("busy")
        device.process.kill()
        assert wait_for_end(pids) == set()


def test_told_to_end_while_it_warms_up_the_server_leaves_no_process() -> None:
    with running() as device:
        pids = descendants(device.process.pid)
        device.process.terminate()
        assert device.process.wait(10) == 0
        assert wait_for_end(pids) == set()


def test_told_to_end_the_server_leaves_no_daemon() -> None:
    with running() as device, device.connect("out") as host:
        daemon = int(host.eval(SLEEPER.format(", start_new_session=True"))["value"])
        device.process.terminate()
        left = wait_for_end({daemon}, patience_s=1)
        kill_all(left)
        assert left == set()
