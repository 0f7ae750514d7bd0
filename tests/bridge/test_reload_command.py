"""What `tether reload` prints, against a bridge played by the test and, in the end, the real one."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from bridge import reload_command
from bridge.client import Client
from middleware.request import Message
from tests.bridge.processes import serve_command, tether_command
from tests.bridge.test_client import bridge

DONE: Message = {"summary": "shop.py: body, 4 ms", "device": "local", "status": ["reloaded"]}
FAILED: Message = {
    "summary": "shop.py: not reloaded", "device": "pad:1", "code-frame": "> 1 | x", "status": ["reload-failed"],
}  # fmt: skip


def test_each_ack_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with bridge([DONE, {"status": ["done"]}]) as (port, asked), Client(port) as client:
        assert reload_command.push(client, [], is_forced=False)
    assert capsys.readouterr().out == "shop.py: body, 4 ms\n"
    assert (asked[1]["op"], asked[1]["force"], "paths" in asked[1]) == ("device-reload", "false", False)


def test_a_failure_shows_its_place_and_its_device(capsys: pytest.CaptureFixture[str]) -> None:
    with bridge([FAILED, {"status": ["error", "reload-failed", "done"]}]) as (port, _), Client(port) as client:
        assert not reload_command.push(client, [], is_forced=False)
    assert capsys.readouterr().out == "shop.py: not reloaded [pad:1]\n> 1 | x\n"


def test_files_are_named_by_their_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with bridge([DONE, {"status": ["done"]}]) as (port, asked), Client(port) as client:
        assert reload_command.push(client, ["a.py"], is_forced=True)
    assert (asked[1]["paths"], asked[1]["force"]) == ([str(tmp_path / "a.py")], "true")


def test_a_refusal_and_an_idle_push_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    refused: Message = {"error": "no source", "status": ["error", "bad-paths", "done"]}
    with bridge([refused], [{"status": ["done"]}]) as (port, _), Client(port) as client:
        assert not reload_command.push(client, ["a.py"], is_forced=False)
        assert reload_command.push(client, [], is_forced=False)
    told = capsys.readouterr()
    assert (told.err, told.out) == ("no source\n", "Nothing has changed\n")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory where a bridge runs, whose module shop is loaded."""
    directory = tmp_path_factory.mktemp("project")
    (directory / "shop.py").write_text("def price():\n    return 1\n")
    with Popen(serve_command("--lang", "python"), cwd=directory, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert re.search(r"started on port \d+", process.stdout.readline())
        subprocess.run(tether_command("eval", "shop.py"), cwd=directory, check=True)
        yield directory
        process.terminate()


@pytest.mark.slow
def test_the_exit_code_says_whether_an_edit_was_refused(project: Path) -> None:
    command = tether_command("reload", "shop.py")
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, "shop.py")
    (project / "shop.py").write_text("def price(:\n")
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "> 1 | def price(:" in done.stdout
    (project / "shop.py").write_text("def price():\n    return 1\n")
    assert subprocess.run(command, cwd=project, check=False).returncode == 0


@pytest.mark.slow
def test_what_becomes_of_saves_is_shown_until_ctrl_c(project: Path) -> None:
    with Popen(tether_command("reload", "--watch"), cwd=project, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # what has changed before
        (project / "shop.py").write_text("def price():\n    return 2\n")
        assert process.stdout.readline().startswith("shop.py: ")
        value = subprocess.run(
            tether_command("eval", "import shop; shop.price()"), cwd=project, capture_output=True, text=True, check=True
        )
        assert value.stdout == "2\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
