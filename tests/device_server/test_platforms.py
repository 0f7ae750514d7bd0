"""What the operating system is asked for, in processes that may end of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from device_server import platforms
from tests.device_server.device import ROOT, wait_for_end

DIES_WITH_ITS_PARENT = """
import os, signal
from device_server import platforms
parent, reading, writing = os.getpid(), *os.pipe()
if os.fork() == 0:
    platforms.die_with(parent)
    os.write(writing, b"x")
    signal.pause()
os.read(reading, 1)
print(os.getpid(), *open(f"/proc/self/task/{os.getpid()}/children").read().split(), flush=True)
signal.pause()
"""
PARENT_IS_GONE = """
from device_server import platforms
platforms.die_with(1 << 30)
print("still here")
"""
ADOPTS = """
import os
from device_server import platforms
platforms.adopt_orphans()
middle = os.fork()
if middle == 0:
    if os.fork() == 0:
        os._exit(7)
    os._exit(0)
codes = {os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(2)}
print(sorted(codes))
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)


def test_a_process_ends_with_its_parent_even_by_sigkill() -> None:
    command = [sys.executable, "-c", DIES_WITH_ITS_PARENT]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        parent, child = map(int, process.stdout.readline().split())
        assert parent == process.pid
        process.send_signal(signal.SIGKILL)
    assert wait_for_end({child}) == set()


def test_a_process_whose_parent_has_ended_already_ends_at_once() -> None:
    assert python(PARENT_IS_GONE).stdout == ""


def test_orphans_become_children() -> None:
    assert python(ADOPTS).stdout == "[0, 7]\n"


def test_the_resident_memory_of_a_process_is_told_in_bytes() -> None:
    size = platforms.resident_bytes(os.getpid())
    assert size is not None
    assert 1024 * 1024 < size < 1024**4


def test_a_process_that_is_gone_has_no_memory() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert platforms.resident_bytes(process.pid) is None


def test_a_volunteer_is_ended_before_others_when_memory_runs_out() -> None:
    code = "from device_server import platforms as p; p.be_first_victim_when_memory_runs_out()"
    shown = python(f"{code}; print(open('/proc/self/oom_score_adj').read())").stdout
    assert int(shown) == 500 > int(Path("/proc/self/oom_score_adj").read_text())
