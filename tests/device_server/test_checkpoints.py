"""What a copy of a worker keeps and does not keep, and how evals are undone."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from tests.device_server.device import PATIENCE_S, Device, Host, children, is_alive, running
from tests.device_server.parking import POLL_S, crash, name_of, park


@pytest.mark.parametrize(
    ("lang", "before", "after", "value"),
    [
        ("python", "numbers = [1]; numbers.append(2)", "numbers", "[1, 2]"),
        ("python", "counter = iter(range(9)); next(counter); next(counter)", "next(counter)", "2"),
        ("python", "import io; text = io.StringIO(); text.write('a')", "text.write('b'); text.getvalue()", "'ab'"),
        ("python", "import sqlite3; db = sqlite3.connect(':memory:'); db.execute('create table t (n)')",
         "db.execute('select count(*) from t').fetchone()", "(0,)"),
        ("python", "import colorsys", "colorsys.__name__", "'colorsys'"),
        ("python", "import random; random.seed(7); random.random()", "random.random()", "0.15084917392450192"),
        ("python", "'last'", "_", "'last'"),
        ("python", "import os; os.environ['KEPT'] = 'yes'", "os.environ['KEPT']", "'yes'"),
        ("python", "lock = __import__('threading').Lock(); lock.acquire()", "lock.locked()", "True"),
        ("basilisp", "(def state (atom {})) (swap! state assoc :a 1)", "@state", "{:a 1}"),
        ("basilisp", "(+ 40 2)", "[*1 *2]", None),
        ("basilisp", "(ns kept.here) (def x 1)", "[(name (ns-name *ns*)) x]", '["kept.here" 1]'),
        ("basilisp", "(in-ns 'user) (def lazy (iterate inc 0)) (nth lazy 3)", "(take 3 lazy)", "(0 1 2)"),
    ],
)  # fmt: skip
def test_what_is_in_memory_is_kept(host: Host, lang: str, before: str, after: str, value: str | None) -> None:
    session = f"{lang} {before}"
    first = host.eval(before, lang=lang, session=session)
    assert first["op"] == "result", first
    answer = crash(host)
    assert answer["restored"]["lost"] == []
    found = host.eval(after, lang=lang, session=session)
    assert (value is None and str(found["value"]).startswith("[42 ")) or found.get("value") == value, found


def test_an_open_file_is_kept_with_its_place(host: Host) -> None:
    host.eval("import tempfile; file = tempfile.TemporaryFile('w+'); file.write('abc'); file.flush()")
    crash(host)
    assert host.eval("file.write('d'); file.flush(); file.seek(0); file.read()")["value"] == "'abcd'"


def test_the_last_exception_is_kept(host: Host) -> None:
    host.eval("(/ 1 0)", lang="basilisp", session="e")
    crash(host)
    assert "ZeroDivisionError" in host.eval("(str (type *e))", lang="basilisp", session="e")["value"]


def test_a_pair_of_sockets_within_the_worker_is_kept(host: Host) -> None:
    """An event loop has one; and so has a copy of a copy."""
    host.eval("import socket; left, right = socket.socketpair()")
    for _ in range(2):
        assert crash(host)["restored"]["not_restored"] == []
    assert host.eval("left.send(b'x') and right.recv(1)")["value"] == "b'x'"


def test_an_event_loop_goes_on_after_a_crash(host: Host) -> None:
    host.eval("import asyncio; await asyncio.sleep(0)")
    crash(host)
    assert host.eval("await asyncio.sleep(0.001, 'slept')")["value"] == "'slept'"


def test_threads_are_not_kept_and_told_by_name(host: Host) -> None:
    start = "threading.Thread(target=threading.Event().wait, name='my thread', daemon=True).start()"
    host.eval(f"import threading; {start}")
    answer = crash(host)
    assert answer["restored"]["not_restored"] == ["thread my thread"]
    assert "but for: thread my thread" in answer["error"]
    assert host.eval("[each.name for each in threading.enumerate()]")["value"] == "['MainThread']"
    assert crash(host)["restored"]["not_restored"] == []


def test_a_child_process_is_not_kept_and_told_by_its_number_and_name(host: Host) -> None:
    pid = int(host.eval("import subprocess; child = subprocess.Popen(['sleep', '1000']); child.pid")["value"])
    wait_for_name(pid, "sleep")
    answer = crash(host)
    assert answer["restored"]["not_restored"] == [f"child process {pid} (sleep)"]
    assert not is_alive(pid), "it was in the group of the worker that died"


def wait_for_name(pid: int, name: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while name_of(pid) != name:
        assert time.monotonic() < deadline
        select.select([], [], [], POLL_S)


def test_a_connection_is_not_kept_and_told_by_its_address(host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        host.eval(f"import socket; link = socket.create_connection(('127.0.0.1', {port}))")
        own = host.eval("link.getsockname()[1]")["value"]
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(PATIENCE_S)
            assert crash(host)["restored"]["not_restored"] == [f"socket 127.0.0.1:{own}"]
            assert peer.recv(1) == b"", "no copy keeps it open"
    assert host.eval("link.send(b'x')")["op"] == "error"


def test_a_connection_that_the_program_closes_is_closed_for_its_peer(host: Host) -> None:
    """Parked copies do not hold it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host.eval(f"import socket; link = socket.create_connection({listener.getsockname()})")
        peer, _ = listener.accept()
        with peer:
            park(host)
            host.eval("link.close()")
            peer.settimeout(PATIENCE_S)
            assert peer.recv(1) == b""


def test_a_port_is_free_as_soon_as_the_program_closes_its_server(host: Host) -> None:
    host.eval("import socket; server = socket.create_server(('127.0.0.1', 0)); port = server.getsockname()[1]")
    park(host)
    host.eval("server.close()")
    assert (
        host.eval("server = socket.create_server(('127.0.0.1', port)); server.getsockname()[1] == port")["value"]
        == "True"
    )
    host.eval("server.close()")


def test_a_listening_socket_is_told_as_such(host: Host) -> None:
    host.eval("import socket; server = socket.create_server(('127.0.0.1', 0))")
    port = host.eval("server.getsockname()[1]")["value"]
    assert crash(host)["restored"]["not_restored"] == [f"socket 127.0.0.1:{port} (listening)"]


def test_a_child_gets_its_end_of_input_when_the_program_closes_the_pipe(host: Host) -> None:
    """Parked copies do not hold the pipe's writing end."""
    host.eval("import subprocess; cat = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)")
    park(host)
    host.eval("cat.stdin.write(b'text'); cat.stdin.close()")
    assert host.eval("cat.stdout.read(), cat.wait(5)")["value"] == "(b'text', 0)"
    host.eval("cat.stdout.close(); del cat")


def test_a_child_that_user_code_forks_ends_quietly_and_the_worker_goes_on(host: Host) -> None:
    worker = host.worker()["pid"]
    assert host.eval("import os; pid = os.fork(); pid and os.waitpid(pid, 0)[1]")["value"] == "0"
    assert host.eval("os.getpid()")["value"] == str(worker)


def test_user_code_that_waits_meets_only_children_of_its_own(host: Host) -> None:
    park(host)
    answer = host.eval("import os; os.wait()")
    assert answer["ex"] == "ChildProcessError"
    park(host)
    assert host.eval("(p := os.posix_spawn('/bin/true', ['true'], {})) == os.wait()[0]")["value"] == "True"


@pytest.mark.parametrize(
    "code",
    [
        "any(each is mine for each in gc.get_objects())",
        "any(each is holder for each in gc.get_referrers(mine))",
        "ring = []; ring.append(ring); del ring; gc.collect() > 0",
    ],
)
def test_gc_answers_for_all_objects(host: Host, code: str) -> None:
    """Also for those that were frozen for a copy."""
    host.eval("import gc; mine = ['mine']; holder = [mine]")
    park(host)
    assert host.eval(code)["value"] == "True"


_RING = "import gc, weakref\nclass Node: pass\nnode = Node(); node.me = node; there = weakref.ref(node)"


def test_young_garbage_in_cycles_is_collected_before_a_copy(host: Host) -> None:
    host.eval(f"{_RING}; del node")
    park(host)
    assert host.eval("there() is None")["value"] == "True"


def test_what_becomes_garbage_after_a_copy_can_be_collected(host: Host) -> None:
    host.eval(_RING)
    park(host)
    host.eval("del node")
    assert host.eval("gc.collect() and None, there() is None")["value"] == "(None, True)"


def test_gc_that_user_code_has_disabled_stays_disabled_in_the_copy(host: Host) -> None:
    host.eval("import gc; gc.disable()")
    crash(host)
    assert host.eval("gc.isenabled()")["value"] == "False"
    host.eval("gc.enable()")


def test_copies_are_children_of_the_supervisor_in_groups_of_their_own(device: Device, host: Host) -> None:
    park(host)
    copies = [each["pid"] for each in host.worker()["checkpoints"]]
    assert copies
    assert {os.getpgid(pid) for pid in copies} == set(copies)
    deadline = time.monotonic() + PATIENCE_S
    while not set(copies) <= set(children(device.process.pid)):  # the process between the two ends last
        assert time.monotonic() < deadline


def test_status_tells_what_a_copy_costs(host: Host) -> None:
    """Its share of memory; measured at most once a second."""
    park(host)
    deadline = time.monotonic() + PATIENCE_S
    while not all(each["pss_bytes"] for each in host.worker()["checkpoints"]):
        assert time.monotonic() < deadline
        select.select([], [], [], POLL_S)


def test_no_more_copies_are_kept_than_were_asked_for(host: Host) -> None:
    for _ in range(9):
        park(host)
    assert len(host.worker()["checkpoints"]) == 6


def test_an_idle_worker_parks_no_copy_after_copy(host: Host) -> None:
    park(host)
    before = host.worker()["checkpoints"]
    for _ in range(20):
        host.ask("ping")
        select.select([], [], [], POLL_S)
    assert [each["pid"] for each in host.worker()["checkpoints"]] == [each["pid"] for each in before]


def test_a_burst_of_evals_is_kept_on_the_way(host: Host) -> None:
    """With no pause, a copy is parked about every quarter of a second of evaluating."""
    park(host)
    host.eval("import time, os; done = 0")
    busy = "end = time.perf_counter() + 0.03\nwhile time.perf_counter() < end: pass\ndone += 1"
    numbers = [host.start(busy) for _ in range(20)]
    dying = host.start("os.abort()")
    for number in numbers:
        assert host.answer(number)["op"] == "result"
    lost = host.answer(dying)["restored"]["lost"]
    assert len(lost) < 15
    assert lost == numbers[len(numbers) - len(lost) :]
    assert host.eval("done")["value"] == str(20 - len(lost))


def test_a_rewind_undoes_evals_and_says_which(host: Host) -> None:
    host.eval("x = 1")
    park(host)
    host.eval("x = 2")
    park(host)
    answer = host.ask("rewind", steps=2)
    assert answer["op"] == "result"
    assert answer["undone"][0]["code"] == "x = 2"
    assert host.eval("x")["value"] == "1"


def test_a_rewind_undoes_no_more_than_the_last_evals_unless_told(host: Host) -> None:
    host.eval("x = 'kept'")
    park(host)
    park(host)
    (undone,) = host.ask("rewind")["undone"]
    assert "/proc/self/comm" in undone["code"]
    assert host.eval("x")["value"] == "'kept'"


def test_a_rewind_beyond_what_is_kept_is_refused_and_says_how_far_it_goes(host: Host) -> None:
    host.eval("x = 'here'")
    park(host)
    answer = host.ask("rewind", steps=100)
    assert (answer["op"], answer["type"]) == ("error", "protocol")
    assert answer["error"].startswith("Cannot go back 100 evals: there is a state to go back to for the last ")
    assert host.eval("x")["value"] == "'here'"


def test_a_rewind_brings_back_what_a_crash_would(host: Host) -> None:
    host.eval("import threading; threading.Thread(target=threading.Event().wait, name='late', daemon=True).start()")
    park(host)
    host.eval("'undone'")
    park(host)
    assert host.ask("rewind", steps=2)["not_restored"] == ["thread late"]


SLOW_FORK = """import os, time
def begin():
    if x == 'undone':
        print('forking')
os.register_at_fork(before=begin, after_in_child=lambda: x == 'undone' and time.sleep(0.1))
"""


def test_what_was_undone_stays_undone() -> None:
    """Also when a copy of it was being forked."""
    with running() as device, device.connect("out", "values") as host:
        host.eval("x = 'before'")
        host.eval(SLOW_FORK)
        park(host)
        host.eval("x = 'undone'")
        for _ in range(2):  # a copy is forked twice
            host.wait_for_text("forking")
        assert host.ask("rewind")["op"] == "result"
        assert host.eval("x")["value"] == "'before'"
        known = {each["pid"] for each in host.worker()["checkpoints"]}
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            known |= {each["pid"] for each in host.worker()["checkpoints"]}
            select.select([], [], [], POLL_S)
        host.eval("import os; os.abort()")
        assert host.eval("x")["value"] == "'before'"


def test_a_worker_that_dies_idle_comes_back_with_its_state(host: Host) -> None:
    host.eval("x = 'idle'")
    park(host)
    pid = host.worker()["pid"]
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while host.worker()["pid"] in (None, pid):
        assert time.monotonic() < deadline
    assert host.eval("x")["value"] == "'idle'"


def test_killed_copies_are_done_without(host: Host) -> None:
    """An older one takes over, and the answer says what that costs."""
    host.eval("x = 'old'")
    park(host)
    number = host.start("x = 'new'")
    host.answer(number)
    park(host)
    for copy in host.worker()["checkpoints"][-1:]:
        os.kill(copy["pid"], signal.SIGKILL)
    answer = host.eval("import os; os.abort()")
    assert answer["restored"]["lost"][0] == number
    assert host.eval("x")["value"] == "'old'"


@pytest.fixture(scope="module", params=["--checkpoints=0", "--no-fork"])
def forgetful(request: pytest.FixtureRequest) -> Iterator[Device]:
    """A device that keeps no state."""
    with running(str(request.param)) as device:
        yield device
        assert not device.has_broken(), device.log()


def test_without_copies_a_crash_loses_the_state_and_says_so(forgetful: Device) -> None:
    with forgetful.connect("out", "values") as host:
        host.eval("x = 1")
        answer = host.eval("import os; os.abort()")
        assert (answer["type"], answer["restored"]) == ("crash", None)
        assert "what was defined is lost" in answer["error"]
        assert host.worker()["checkpoints"] == []
        assert host.eval("x")["ex"] == "NameError"
        assert host.eval("(+ 1 2)", lang="basilisp")["value"] == "3"


def test_without_copies_there_is_nothing_to_go_back_to(forgetful: Device) -> None:
    with forgetful.connect("out", "values") as host:
        host.eval("x = 2")
        answer = host.ask("rewind")
        assert (answer["op"], answer["type"]) == ("error", "protocol")
        assert host.eval("x")["value"] == "2"
