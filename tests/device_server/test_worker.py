"""The worker's own process: whatever user code does to it, there is one, and it answers."""

from __future__ import annotations

from tests.device_server.device import Host


def test_a_fork_in_user_code_leaves_one_worker(host: Host) -> None:
    host.eval("import os, time; children = [os.fork() for _ in range(2)]")
    pid = host.worker()["pid"]
    seen = {host.eval("os.getpid()")["value"] for _ in range(40)}
    host.eval("os.killpg(0, 9)")
    assert seen == {str(pid)}


def test_an_eval_that_waits_for_its_forked_children_gets_its_answer(host: Host) -> None:
    code = "import multiprocessing as m\nwith m.get_context('fork').Pool(2) as pool: shown = pool.map(abs, [-1])\nshown"
    assert host.eval(code)["value"] == "[1]"


def test_user_code_may_change_directory_signals_and_streams(host: Host) -> None:
    code = "import os, sys, io; os.chdir('/'); sys.stdout = io.StringIO(); print('lost'); sys.stdout = sys.__stdout__"
    host.eval(code)
    assert host.answers(host.start("sys.stdout.write('found')"))[0]["text"] == "found"
