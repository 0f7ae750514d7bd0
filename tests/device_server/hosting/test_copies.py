"""Work in forked copies of a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.device_server.device import Answer

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """\
import json, os, signal, sys, threading, time
from device_server.hosting.copies import results
state = ["kept"]
def change():
    state.append("changed")
    return {"pid": os.getpid(), "state": [*state]}
def fail():
    raise ValueError("no")
def fork():
    os.fork()
    return {"forked": True}
def run(works, limit_s=5.0, at_once=2):
    print(json.dumps({"found": results(works, limit_s, at_once), "state": state, "pid": os.getpid()}))
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("none left")
"""


def run(call: str) -> tuple[Answer, bool]:
    """What the call prints, in a process of its own, and whether no copy is left."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + call], env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    told: Answer = json.loads(first)
    return told, rest == ["none left"]


def test_each_copy_sees_the_state_and_changes_none_of_it() -> None:
    told, is_clean = run("run([change] * 5)")
    found = told["found"]
    assert [each["state"] for each in found] == [["kept", "changed"]] * 5
    assert len({each["pid"] for each in found} | {told["pid"]}) == 6
    assert told["state"] == ["kept"]
    assert is_clean


def test_results_are_in_order_whichever_is_first() -> None:
    told, _ = run("run([lambda: time.sleep(0.2) or {'a': 1}, lambda: {'b': 2}, lambda: {'c': 3}])")
    assert told["found"] == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_one_that_fails_crashes_exits_or_forks_costs_only_its_own() -> None:
    told, is_clean = run("run([fail, os.abort, lambda: os._exit(3), fork, change])")
    failed, crashed, left, forked, changed = told["found"]
    assert "ValueError: no" in failed["error"]
    assert "SIGABRT" in crashed["error"]
    assert "exit code 3" in left["error"]
    assert forked == {"forked": True}
    assert changed["state"] == ["kept", "changed"]
    assert is_clean


def test_one_that_hangs_is_ended_when_its_time_is_up() -> None:
    began = time.monotonic()
    told, is_clean = run("run([lambda: time.sleep(60), change], limit_s=0.2)")
    hung, changed = told["found"]
    assert "Timed out" in hung["error"]
    assert changed["state"] == ["kept", "changed"]
    assert is_clean
    assert time.monotonic() - began < 15


def test_an_interrupt_leaves_no_copy() -> None:
    call = """
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try:
    results([lambda: time.sleep(60)] * 2, 30.0, 2)
except KeyboardInterrupt:
    run([])
"""
    told, is_clean = run(call)
    assert told["found"] == []
    assert is_clean
