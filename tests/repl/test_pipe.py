"""`tether repl` in a pipe, as a process."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.bridge.processes import tether_command
from tests.conformance.servers import Server

pytestmark = pytest.mark.slow


def piped(code: str, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        tether_command("repl", *flags), input=code, capture_output=True, text=True, cwd=folder, timeout=60, check=False
    )


def test_values_go_to_standard_output(bridge: Server, tmp_path: Path) -> None:
    done = piped("(+ 1 2)", tmp_path, "--connect", f"127.0.0.1:{bridge.port}")
    assert (done.stdout, done.stderr, done.returncode) == ("3\n", "", 0)


def test_errors_go_to_standard_error_and_to_the_exit_code(bridge: Server, tmp_path: Path) -> None:
    code = "def f(x):\n    return 1 / x\n\nprint('é')\nf(0)\n"
    done = piped(code, tmp_path, "--connect", f"127.0.0.1:{bridge.port}", "--lang", "python")
    assert (done.stdout, done.returncode) == ("é\n", 1)
    assert done.stderr == "ZeroDivisionError: division by zero\n  in __main__/f, line 2\n        return 1 / x\n"


def test_a_picture_is_named_in_a_comment_and_never_drawn(bridge: Server, tmp_path: Path) -> None:
    code = "from PIL import Image; Image.new('RGB', (32, 32), 'red')"
    done = piped(code, tmp_path, "--connect", f"127.0.0.1:{bridge.port}", "--lang", "python", "--pictures", "kitty")
    assert done.stdout.splitlines()[1].startswith("# image/png 32x32: /")
    assert "\x1b" not in done.stdout


def test_a_program_that_reads_finds_the_end_of_its_input(bridge: Server, tmp_path: Path) -> None:
    done = piped("(count (read-line))", tmp_path, "--connect", f"127.0.0.1:{bridge.port}")
    assert (done.stdout, done.returncode) == ("0\n", 0)


def test_without_a_bridge_one_is_started_and_gone_afterwards(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    done = piped("(+ 1 2)", tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("3\n", "", 0)
    assert not (tmp_path / ".nrepl-port").exists()


def test_with_no_bridge_at_the_address_it_says_so(tmp_path: Path) -> None:
    done = piped("1", tmp_path, "--connect", "127.0.0.1:1")
    assert (done.stdout, done.returncode) == ("", 2)
    assert "Connection refused" in done.stderr
