"""The commands, as someone types them."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, CompletedProcess, Popen

import pytest

from tests.bridge.processes import serve_command, tether_command

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory where a bridge runs."""
    directory = tmp_path_factory.mktemp("project")
    with Popen(serve_command("--lang", "python"), cwd=directory, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert re.search(r"started on port \d+", process.stdout.readline())
        yield directory
        process.terminate()


def tether(*arguments: str, cwd: Path, typed: str = "") -> CompletedProcess[str]:
    return subprocess.run(tether_command(*arguments), cwd=cwd, input=typed, capture_output=True, text=True, check=False)


def test_eval_prints_output_and_the_value(project: Path) -> None:
    done = tether("eval", "print('hello') or 3", cwd=project)
    assert (done.stdout, done.stderr, done.returncode) == ("hello\n3\n", "", 0)


def test_eval_of_failing_code_exits_with_1(project: Path) -> None:
    done = tether("eval", "1/0", cwd=project)
    assert (done.stdout, done.returncode) == ("", 1)
    assert "ZeroDivisionError" in done.stderr


def test_eval_reads_code_from_standard_input(project: Path) -> None:
    assert tether("eval", "-", cwd=project, typed="1 +\\\n2\n").stdout == "3\n"


def test_eval_of_a_file_loads_it(project: Path) -> None:
    (project / "plus.py").write_text("def plus(a, b):\n    return a + b\n\nplus(1, 2)\n")
    assert tether("eval", "plus.py", cwd=project).stdout == "3\n"


def test_eval_gives_the_code_what_is_typed(project: Path) -> None:
    assert tether("eval", "input() + input()", cwd=project, typed="a\nb\n").stdout == "'ab'\n"


def test_eval_as_json_is_one_object(project: Path) -> None:
    told = json.loads(tether("eval", "--json", "print(1); 2", cwd=project).stdout)
    assert (told["value"], told["out"], told["status"]) == ("2", "1\n", ["done"])


PICTURE = "from PIL import Image; Image.new('RGB', (39, 84), 'red')"


def test_eval_names_the_file_of_a_picture_and_writes_it_where_it_is_told(project: Path, tmp_path: Path) -> None:
    done = tether("eval", PICTURE, "-o", str(tmp_path / "red.png"), cwd=project)
    value, picture = done.stdout.splitlines()
    assert value.startswith("<PIL.Image.Image")
    assert picture.startswith("image/png 39x84: /")
    assert (tmp_path / "red.png").read_bytes() == Path(picture.split(": ")[1]).read_bytes()
    assert done.returncode == 0


def test_eval_as_json_tells_the_pictures(project: Path) -> None:
    (image,) = json.loads(tether("eval", "--json", PICTURE, cwd=project).stdout)["images"]
    assert (image["mime"], image["width"], image["height"]) == ("image/png", 39, 84)


@pytest.mark.parametrize(("code", "name"), [("3", "a.png"), (PICTURE, "no/folder/a.png")])
def test_a_picture_that_cannot_be_written_is_an_error(project: Path, tmp_path: Path, code: str, name: str) -> None:
    done = tether("eval", code, "-o", str(tmp_path / name), cwd=project)
    assert done.returncode == 1
    assert f"{name} is not written" in done.stderr


def test_ctrl_c_interrupts_the_eval(project: Path) -> None:
    command = tether_command("eval", "print('on', flush=True)\nwhile True: pass")
    with Popen(command, cwd=project, stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (1, "Interrupted\n")


def test_eval_without_a_bridge_exits_with_2_and_a_remedy(tmp_path: Path) -> None:
    done = tether("eval", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "tether serve" in done.stderr


def test_eval_on_a_device_that_is_not_there_exits_with_2_and_a_remedy(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    done = tether("eval", "1", "--device", address, cwd=project)
    assert done.returncode == 2
    assert "tether device" in done.stderr


def test_restart_says_which_generation_runs(project: Path) -> None:
    tether("eval", "kept = 1", cwd=project)
    assert re.fullmatch(r"Restarted in \d+ ms: generation \d+\n", tether("restart", cwd=project).stdout)
    assert "NameError" in tether("eval", "kept", cwd=project).stderr
    done = tether("restart", "--worker", "other", cwd=project)
    assert (done.returncode, done.stderr) == (1, "Error: There is no worker 'other'\n")


def test_restart_without_a_bridge_exits_with_2_and_a_remedy(tmp_path: Path) -> None:
    done = tether("restart", cwd=tmp_path)
    assert done.returncode == 2
    assert "tether serve" in done.stderr


def test_status_tells_the_device(project: Path) -> None:
    assert "device local: connected" in tether("status", cwd=project).stdout
    assert json.loads(tether("status", "--json", cwd=project).stdout)["device"] == "local"


def test_serve_refuses_a_host_that_others_can_reach(tmp_path: Path) -> None:
    done = tether("serve", "--host", "0.0.0.0", cwd=tmp_path)
    assert done.returncode == 1
    assert "ssh -L" in done.stderr


def test_device_passes_its_arguments_on(tmp_path: Path) -> None:
    assert "--port-file" in tether("device", "--help", cwd=tmp_path).stdout


def test_help_imports_no_event_loop(tmp_path: Path) -> None:
    command = [*tether_command("--help")]
    command[2] = "import sys\ntry:\n    from bridge.cli import main; main()\nfinally:\n    print('trio' in sys.modules)"
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")
