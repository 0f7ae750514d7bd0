"""Every row of the fault matrix, and what befalls the processes themselves."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from pathlib import Path
from typing import Final

import pytest

from device_server import wire
from tests.conformance import servers
from tests.conformance.clients import JsonLines
from tests.conformance.servers import Server
from tests.faults.matrix import Fault
from tests.faults.run import Labs, copies_of, descendants, is_missing, rows, settle, strangers, worker_of, zygotes

pytestmark = pytest.mark.slow

ROWS: Final = [
    pytest.param(
        fault,
        way,
        id=f"{fault.name}-{fault.lang}-{way}",
        marks=pytest.mark.skipif(is_missing(fault), reason=f"there is no {fault.needs}"),
    )
    for fault, way in rows()
]


@pytest.mark.parametrize(("fault", "way"), ROWS)
def test_a_fault_costs_one_eval_and_nothing_else(fault: Fault, way: str, labs: Labs) -> None:
    assert labs.attempt(fault, way).wrong == []


CRASHES: Final = (
    ("python", "import os; os.abort()"),
    ("python", "import ctypes; ctypes.string_at(0)"),
    ("basilisp", "(import os) (os/_exit 3)"),
    ("python", "import os; os.kill(0, 9)"),
    ("basilisp", "(import signal) (signal/raise_signal signal/SIGILL)"),
    ("python", "import os; os.closerange(3, 1000)"),
    ("python", "import subprocess, os; subprocess.Popen(['sleep', '60']); os.abort()"),
)
CRASH_COUNT: Final = 1000
MAX_PROCESSES: Final = 12
"""The zygote, the worker, its six copies, and a few that are on their way in or out."""


def test_a_thousand_crashes_leak_no_descriptor_and_no_process(device: Server) -> None:
    supervisor = device.process.pid
    with JsonLines(device.port, wire.CAP_OUT) as client:
        define(client, "kept = [0]; kept")
        servers.eventually(lambda: is_clean(client, device))
        before = open_descriptors(supervisor)
        for number, (lang, code) in zip(range(CRASH_COUNT), itertools.cycle(CRASHES), strict=False):
            answer = client.ask("eval", code=code, lang=lang)
            assert answer["type"] == "crash", answer
            if number % 50 == 0:
                assert evaluate(client, "kept") == "[0]"
                assert len(servers.descendants(supervisor)) <= MAX_PROCESSES
        assert evaluate(client, "kept") == "[0]"
        servers.eventually(lambda: is_clean(client, device))
        assert open_descriptors(supervisor) == before


def test_a_worker_killed_while_idle_keeps_its_state(device: Server) -> None:
    with JsonLines(device.port) as client:
        define(client, "kept = [1]; kept")
        pid = worker_of(client)["pid"]
        os.kill(as_pid(pid), signal.SIGKILL)
        servers.eventually(lambda: worker_of(client)["pid"] not in (None, pid))
        assert evaluate(client, "kept") == "[1]"


def test_a_worker_that_dies_with_all_its_copies_is_replaced_and_the_loss_is_told(device: Server) -> None:
    with JsonLines(device.port) as client:
        define(client, "kept = [1]; kept")
        running = client.send("eval", code="import time; time.sleep(60)", lang="python")
        servers.eventually(lambda: worker_of(client)["busy"] is True)
        kill(*copies(client))
        servers.eventually(lambda: not copies(client))
        kill(as_pid(worker_of(client)["pid"]))
        (answer,) = client.converse(running)
        assert (answer["type"], answer["restored"]) == ("crash", None)
        assert client.ask("eval", code="kept", lang="python")["ex"] == "NameError"


def test_sigkill_of_the_supervisor_ends_every_process_of_its(device: Server) -> None:
    with JsonLines(device.port) as client:
        define(client, "kept = [1]; kept")
        client.send("eval", code="while True: pass", lang="python")
        servers.eventually(lambda: worker_of(client)["busy"] is True)
        assert copies(client)
        with servers.watched([each.pid for each in descendants(device.process.pid)]) as have_ended:
            device.end(signal.SIGKILL)
            assert have_ended()


def test_sigkill_of_the_zygote_is_repaired(device: Server) -> None:
    with JsonLines(device.port) as client:
        define(client, "kept = [1]; kept")
        before = zygotes(device.process.pid)
        kill(*before)
        servers.eventually(lambda: len(zygotes(device.process.pid)) == 1 and zygotes(device.process.pid) != before)
        assert evaluate(client, "kept") == "[1]"


def test_after_a_sigkill_of_the_zygote_and_all_workers_evals_go_on(device: Server) -> None:
    with JsonLines(device.port) as client:
        define(client, "kept = [1]; kept")
        pid = worker_of(client)["pid"]
        kill(*servers.descendants(device.process.pid))
        servers.eventually(lambda: worker_of(client)["pid"] not in (None, pid))
        assert evaluate(client, "1 + 1") == "2"
        assert client.ask("eval", code="(+ 1 1)", lang="basilisp")["value"] == "2"
        servers.eventually(lambda: is_clean(client, device))


def test_a_worker_that_cannot_start_is_an_error_with_the_logs_tail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    (broken / "basilisp").mkdir(parents=True)
    (broken / "basilisp" / "__init__.py").write_text("raise RuntimeError('broken on purpose')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(broken), os.environ.get("PYTHONPATH", "")]))
    with servers.device(tmp_path / "work") as device, JsonLines(device.port) as client:
        for _ in range(2):  # the second request tries again
            answer = client.ask("eval", code="1 + 1", lang="python")
            assert answer["type"] == "crash"
            assert "broken on purpose" in str(answer["error"])
        tries = device.log.read_text().count("RuntimeError: broken on purpose")
        assert tries <= 8, "a loop"
        shutil.rmtree(broken / "basilisp")
        assert evaluate(client, "1 + 1") == "2"
        servers.eventually(lambda: is_clean(client, device))


def define(client: JsonLines, code: str) -> None:
    """Evaluate, and wait for a checkpoint that has it."""
    evaluate(client, code)
    settle(client, lambda: evaluate(client, "None"))


def evaluate(client: JsonLines, code: str) -> str:
    answer = client.ask("eval", code=code, lang="python")
    assert "value" in answer, answer
    return str(answer["value"])


def copies(client: JsonLines) -> list[int]:
    return [as_pid(each["pid"]) for each in copies_of(worker_of(client))]


def as_pid(value: wire.JSON) -> int:
    assert isinstance(value, int)
    return value


def is_clean(client: JsonLines, device: Server) -> bool:
    return not strangers(device.process.pid, worker_of(client)) and len(zygotes(device.process.pid)) == 1


def open_descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
