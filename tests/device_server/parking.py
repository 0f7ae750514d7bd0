"""Waiting for the copy that a worker parks after an eval."""

from __future__ import annotations

import itertools
import select
import time
from pathlib import Path

from tests.device_server.device import PATIENCE_S, Answer, Host

POLL_S = 0.003
_numbers = itertools.count(1)


def park(host: Host) -> None:
    """Return when the newest copy has the effects of all that this host has been answered.

    The worker's process gets a name, which its copies inherit; that takes an eval.
    """
    name = f"parked {next(_numbers)}"
    assert host.eval(f"__import__('pathlib').Path('/proc/self/comm').write_text('{name}') and None")["op"] == "result"
    deadline = time.monotonic() + PATIENCE_S
    while name not in [name_of(each["pid"]) for each in host.worker()["checkpoints"][-1:]]:
        assert time.monotonic() < deadline, host.worker()
        select.select([], [], [], POLL_S)


def name_of(pid: int) -> str:
    """Of a process; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def crash(host: Host, code: str = "import os; os.abort()") -> Answer:
    """Park a copy, let the worker die, and return the answer to the eval that did it."""
    park(host)
    answer = host.eval(code)
    assert (answer["op"], answer["type"]) == ("error", "crash"), answer
    return answer
