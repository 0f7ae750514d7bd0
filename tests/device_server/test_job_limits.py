"""Jobs that take too long, or too much memory, in a real worker."""

from __future__ import annotations

from tests.device_server.device import Host, running


def test_a_job_whose_time_is_up_is_interrupted_and_the_worker_lives(host: Host) -> None:
    pid = host.eval("import os; os.getpid()")["value"]
    assert host.eval("import time; time.sleep(60)", timeout_ms=50)["type"] == "timeout"
    assert host.eval("os.getpid()")["value"] == pid


def test_a_job_that_does_not_listen_is_killed() -> None:
    with running("--grace", "0.2") as device, device.connect("out", "values") as host:
        code = "while True:\n try:\n  import time; time.sleep(60)\n except BaseException: pass"
        assert host.eval(code, timeout_ms=50)["type"] == "timeout"
        assert host.eval("1")["value"] == "1"
