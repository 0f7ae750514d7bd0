"""Who takes over when a worker dies, and what of its frames and output is still told."""

from __future__ import annotations

import os
import select
import signal
import time

import pytest

from tests.device_server.device import PATIENCE_S, Device, Host, children, wait_for_end
from tests.device_server.parking import POLL_S, crash, park


def test_what_was_written_before_a_crash_is_told_before_the_error(host: Host) -> None:
    number = host.start("import os, sys; print('out'); print('err', file=sys.stderr); os.write(1, b'raw'); os.abort()")
    *outs, error = host.answers(number)
    told = {each["stream"]: "" for each in outs}
    for each in outs:
        told[each["stream"]] += each["text"]
    assert told == {"out": "out\nraw", "err": "err\n"}
    assert error["type"] == "crash"


def test_values_of_forms_before_the_crash_are_told(host: Host) -> None:
    number = host.start("(+ 1 1) (do (import os) (os/abort))", lang="basilisp")
    *before, error = host.answers(number)
    assert [each["value"] for each in before] == ["2"]
    assert error["type"] == "crash"


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("import os; os.kill(os.getpid(), 11)", "SIGSEGV (Segmentation fault)"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL (Killed)"),
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import os; os.closerange(3, 4096)", "exit code 70"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV (Segmentation fault)"),
    ],
)
def test_the_error_says_how_the_worker_ended(host: Host, code: str, end: str) -> None:
    answer = crash(host, code)
    assert answer["root_ex"] == end
    assert answer["error"].startswith(f"The worker died: {end}.")
    assert answer["restored"]["lost"] == []


@pytest.mark.parametrize("junk", ["b'junk'", "b'\\\\n{}\\\\n[1]\\\\n'", "b'{' * 100 + b'\\\\n'"])
def test_a_worker_that_writes_junk_to_its_socket_is_replaced(host: Host, junk: str) -> None:
    """User code has found the descriptor."""
    host.eval("x = 'kept'")
    number = find_socket(host)
    park(host)
    host.eval(f"import os; os.write({number}, eval({junk!r}))")
    assert host.eval("x")["value"] == "'kept'"


def find_socket(host: Host) -> int:
    """The descriptor of the worker's end of its connection: the lowest private one that is a stream socket."""
    code = """import os, socket, stat
def kind(fd):
    with socket.socket(fileno=os.dup(fd)) as each:
        return each.type
min(fd for fd in map(int, os.listdir('/proc/self/fd')) if fd >= 200 and os.path.exists(f'/proc/self/fd/{fd}')
    and stat.S_ISSOCK(os.fstat(fd).st_mode) and kind(fd) == socket.SOCK_STREAM)"""
    answer = host.eval(code)
    assert "value" in answer, answer
    return int(answer["value"])


def test_a_worker_whose_name_stays_has_another_process(host: Host) -> None:
    before = host.worker()
    crash(host)
    after = host.worker()
    assert after["pid"] not in (None, before["pid"])
    assert (after["name"], after["generation"]) == (before["name"], before["generation"])


def test_evals_that_wait_go_to_the_copy(host: Host) -> None:
    host.eval("order = []")
    park(host)
    dying = host.start("import os; os.abort()")
    waiting = [host.start(f"order.append({number})") for number in range(20)]
    assert host.answer(dying)["type"] == "crash"
    assert all(host.answer(number)["op"] == "result" for number in waiting)
    assert host.eval("order")["value"] == str([*range(20)])


def test_a_big_eval_that_waits_arrives_whole(host: Host) -> None:
    """The dead process may have read the beginning of what came for it."""
    park(host)
    dying = host.start("import os; os.abort()")
    big = host.start(f"len({'x' * 3_000_000!r})")
    host.answer(dying)
    assert host.answer(big)["value"] == "3000000"


def test_two_crashes_at_once_cost_only_their_own_evals(host: Host) -> None:
    host.eval("x = 'here'")
    park(host)
    numbers = [host.start("import os; os.abort()") for _ in range(5)]
    assert [host.answer(number)["restored"]["lost"] for number in numbers] == [[]] * 5
    assert host.eval("x")["value"] == "'here'"


def test_when_no_copy_is_left_a_fresh_worker_takes_the_place_and_the_loss_is_told(device: Device, host: Host) -> None:
    host.eval("x = 1")
    park(host)
    worker = host.worker()
    copies = {each["pid"] for each in worker["checkpoints"]}
    for pid in copies:
        os.kill(pid, signal.SIGKILL)
    assert wait_for_end(copies) == set()
    deadline = time.monotonic() + PATIENCE_S
    while host.worker()["checkpoints"]:
        assert time.monotonic() < deadline
        select.select([], [], [], POLL_S)
    answer = host.eval("import os; os.abort()")
    assert (answer["type"], answer["restored"]) == ("crash", None)
    assert host.eval("x")["ex"] == "NameError"
    assert host.worker()["generation"] == worker["generation"] + 1


def test_a_copy_that_does_not_wake_is_passed_over(host: Host) -> None:
    """It is stopped; after two seconds an older one is woken."""
    host.eval("x = 'older'")
    park(host)
    park(host)
    newest = host.worker()["checkpoints"][-1]["pid"]
    os.kill(newest, signal.SIGSTOP)
    answer = host.eval("import os; os.abort()")
    assert answer["type"] == "crash"
    assert host.eval("x")["value"] == "'older'"
    assert wait_for_end({newest}) == set()


def test_a_hundred_crashes_leave_no_process_behind(device: Device, host: Host) -> None:
    host.eval("x = 'here'")
    park(host)
    for _ in range(100):
        assert host.eval("import os; os.kill(os.getpid(), 9)")["restored"]["lost"] == []
    assert host.eval("x")["value"] == "'here'"
    park(host)
    worker = host.worker()
    expected = {worker["pid"], *(each["pid"] for each in worker["checkpoints"])}
    assert len(set(children(device.process.pid)) - expected) <= 2, "the zygote, and a process that ends"
