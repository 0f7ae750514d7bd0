"""Whose a thread is: that of the session which started it, and so is its output."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.device_server.device import ROOT, Answer, Host

PROGRAM = """
import threading
from device_server.thread_owners import ThreadOwners
current, told = ["a"], []
owners = ThreadOwners(lambda: current[0])
class Kind(threading.Thread):
    def run(self):
        told.append(owners.session_of_current())
        self.child = threading.Thread(target=lambda: told.append(owners.session_of_current()))
        self.go.wait()
        self.child.start()
        self.child.join()
thread = Kind()
thread.go = threading.Event()
thread.start()
current[0] = "b"
thread.go.set()
thread.join()
current[0] = None
last = threading.Thread(target=lambda: told.append(owners.session_of_current()))
last.start()
last.join()
print(told, owners.session_of_current())
"""


def test_a_thread_and_those_it_starts_belong_to_the_session_that_ran_when_it_was_started() -> None:
    """Of whatever subclass it is. In a process of its own: `Thread.start` is replaced."""
    ended = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, check=True, timeout=20, capture_output=True)
    assert ended.stdout.decode() == "['a', 'a', None] None\n"


LATE = """import threading
go = threading.Event()
def work():
    go.wait()
    print({text!r})
threading.Thread(target=work).start()"""


@pytest.mark.parametrize("lang", ["python", "basilisp"])
def test_what_a_thread_writes_late_goes_to_the_session_that_started_it(host: Host, lang: str) -> None:
    text = f"late of {lang}"
    host.eval(LATE.format(text=text), session="mine")
    latest = host.start("1", lang=lang, session="mine")
    host.answer(latest)
    host.eval("go.set()", session="other")
    assert written(host, text) == latest


def test_what_a_thread_writes_while_its_session_is_served_comes_with_that_request(host: Host) -> None:
    host.eval(LATE.format(text="own"), session="mine")
    latest = host.start("go.set(); [each.join() for each in threading.enumerate()[1:]]", session="mine")
    assert "own" in "".join(each.get("text", "") for each in host.answers(latest))


CHATTER = """import itertools, os, sys, threading
def chatter():
    for number in itertools.count():
        if is_over.is_set():
            break
        print(f"<{number}>", file=sys.stdout if number % 2 else sys.stderr)
is_over = threading.Event()
thread = threading.Thread(target=chatter)
thread.start()"""


def test_output_of_a_thread_is_its_sessions_however_requests_of_other_sessions_come_and_go(host: Host) -> None:
    """Also between the handing over of a request and its beginning, and between the two writes of a `print`."""
    own, outs = [host.start(CHATTER, session="mine")], list[Answer]()
    for turn in range(60):
        for other in range(5):
            host.start("print('another', end='')", session=f"another {other % 3}")
        host.request("clone", session="cloned", **{"from": "mine"})
        host.request("macroexpand", code="(-> 1)", lang="basilisp", session="mine")
        own.append(host.start("1" if turn < 59 else "is_over.set(); thread.join()", session="mine"))
        while (message := host.next()).get("id") != own[-1] or message["op"] == "out":
            outs += [message] if message["op"] == "out" else []
    of_thread = [each for each in outs if each["text"] != "another"]
    assert {each["id"] for each in of_thread} <= {*own}
    for stream, first in (("err", 0), ("out", 1)):
        numbers = re.findall(r"<(\d+)>\n", "".join(each["text"] for each in of_thread if each["stream"] == stream))
        assert [*map(int, numbers)] == [*range(first, first + 2 * len(numbers), 2)]


def written(host: Host, text: str) -> int:
    """The id under which a text comes."""
    while True:
        message = host.wait_for("out")
        if text in message["text"]:
            number = message["id"]
            assert isinstance(number, int)
            return number
