"""Restarting: the next generation is prepared beside the one that serves, and takes over when it is ready."""

from __future__ import annotations

import os
import resource
import signal

from tests.device_server.device import Device, Host, children, running, wait_for_end, wait_until
from tests.device_server.parking import park

BUSY = "print('busy')\nwhile True: pass"


def test_a_restart_begins_the_modules_and_sessions_anew(host: Host) -> None:
    host.eval("kept = 1", session="a")
    host.eval("(def kept 1)", lang="basilisp")
    before = host.worker()
    answer = host.ask("restart")
    assert (answer["op"], answer["worker"], answer["generation"]) == ("result", "main", before["generation"] + 1)
    assert host.eval("kept", session="a")["ex"] == "NameError"
    assert host.eval("kept", lang="basilisp")["type"] == "compile"
    assert host.eval("1 + 1", session="a")["generation"] == before["generation"] + 1
    assert wait_for_end({before["pid"]}) == set()


def test_what_runs_is_ended_and_told_so_and_what_waits_is_served_by_the_new_one(host: Host, netcat: Host) -> None:
    running_eval, waiting = host.start(BUSY), netcat.start("'served'")
    host.wait_for_text("busy")
    answer = host.ask("restart")
    ended = host.answer(running_eval)
    assert (ended["op"], ended["type"]) == ("error", "interrupted")
    assert "restarted" in ended["error"]
    assert netcat.answer(waiting)["value"] == "'served'"
    assert netcat.eval("1")["generation"] == answer["generation"]


def test_code_that_listens_to_no_interrupt_is_ended_too(host: Host) -> None:
    number = host.start("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print('busy')\nwhile True: pass")
    host.wait_for_text("busy")
    assert host.ask("restart")["op"] == "result"
    assert host.answer(number)["type"] == "interrupted"


def test_two_restarts_at_once_are_one(host: Host, netcat: Host) -> None:
    generation = host.worker()["generation"]
    asked = [(each, each.request("restart")) for each in (host, netcat)]
    assert {each.answer(number)["generation"] for each, number in asked} == {generation + 1}


def test_a_restart_cannot_be_rewound(host: Host) -> None:
    host.eval("kept = 1")
    park(host)
    host.ask("restart")
    assert host.ask("rewind")["op"] == "error"


def test_a_crash_after_a_restart_falls_back_to_the_state_after_it(host: Host) -> None:
    host.eval("old = 1")
    host.ask("restart")
    host.eval("new = 2")
    park(host)
    assert host.eval("import os; os.abort()")["restored"] is not None
    assert host.eval("new, 'old' in globals()")["value"] == "(2, False)"


def test_those_who_watch_hear_of_it_with_the_session_that_wanted_it(device: Device, host: Host) -> None:
    with device.connect("watch") as watching:
        answer = host.ask("restart", session="mine")
        told = watching.wait_for("restarted")
        assert told == {"op": "restarted", "worker": "main", "generation": answer["generation"], "session": "mine"}


def test_the_mirror_is_that_of_the_new_generation(mirroring: Host) -> None:
    mirroring.eval("(def gone 1)", lang="basilisp")
    mirroring.ask("restart")
    changes = mirroring.ask("symbols")["changes"]
    assert "gone" not in changes["user"].get("symbols", {})


def test_nothing_is_left_of_the_old_generation_and_its_copies(device: Device, host: Host) -> None:
    host.eval("1")
    for _ in range(5):
        park(host)
        assert host.ask("restart")["op"] == "result"
    wait_until(lambda: len(children(device.process.pid)) <= 3)  # the zygote, the worker and perhaps its first copy


def test_a_worker_of_no_such_name_is_told(host: Host) -> None:
    answer = host.ask("restart", worker="other")
    assert (answer["type"], answer["error"]) == ("protocol", "There is no worker 'other'")


def test_where_workers_are_not_forked_they_are_restarted_too() -> None:
    with running("--no-fork") as device, device.connect("out") as host:
        host.eval("x = 1")
        assert host.ask("restart")["is_from_template"] is False
        assert host.eval("x")["ex"] == "NameError"


def test_a_worker_is_restarted_though_the_zygote_has_just_died(device: Device, host: Host) -> None:
    os.kill(device.zygote, signal.SIGKILL)
    assert host.ask("restart")["op"] == "result"
    assert host.eval("1")["value"] == "1"


def test_when_no_process_can_be_forked_the_old_generation_lives_on() -> None:
    with running("--checkpoints", "0") as device, device.connect("out") as host:
        host.eval("kept = 42")
        fds = len(os.listdir(f"/proc/{device.zygote}/fd"))
        resource.prlimit(device.zygote, resource.RLIMIT_NOFILE, (fds + 4, fds + 4))  # a worker's ends, and no more
        answer = host.ask("restart")
        assert (answer["op"], answer["type"]) == ("error", "crash"), answer
        assert "cannot be forked" in answer["error"]
        assert host.eval("kept")["value"] == "42"
