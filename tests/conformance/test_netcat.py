"""The device protocol typed by hand: what the documentation shows is what netcat shows, byte for byte."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Final

import pytest

from tests.conformance import servers
from tests.conformance.clients import JsonLines
from tests.conformance.servers import PATIENCE_S, Server

PROMISED: Final = [
    (None, '{"op":"welcome","runtime":"python","version":"0.1'),
    ('{"op":"ping","id":1}', '{"op":"pong","id":1,'),
    ('{"op":"eval","id":1,"code":"(+ 1 2)","ns":"user"}', '{"op":"result","id":1,"value":"3",'),
    ('{"op":"eval","id":2,"code":"(/ 1 0)"}', '{"op":"error","id":2,"type":"runtime","error":"ZeroDivisionError: '),
]
"""What is typed, if anything, and how the answer begins."""


BLOCKS: Final = re.findall(
    r"```(?:sh)?\n(.*?)```", (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(), re.DOTALL
)
COMMANDS: Final = BLOCKS[0]
SESSION: Final = BLOCKS[1].splitlines()
TYPED_LINE: Final = re.compile(r'[^{]|\{"op":"(ping|eval|stdin|rewind|interrupt|shutdown)"')

CLIENTS: Final = (("nc", "127.0.0.1", "5558"), ("socat", "-", "TCP:127.0.0.1:5558"))
"""What the documentation says to start; the session is typed into each."""
RLWRAP: Final = ("rlwrap", "socat", "-", "TCP:127.0.0.1:5558")
UP_AGAIN: Final = (b"\x10\r", b'"pong","id":71')
"""Ctrl-P and Enter: the last line once more, and its answer."""


@contextmanager
def typing(*command: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """A client that is connected: what to type into and what to read from."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdin, process.stdout
        finally:
            process.terminate()


def netcat(port: int, *flags: str) -> AbstractContextManager[tuple[IO[str], IO[str]]]:
    """A netcat that is connected."""
    return typing("nc", *flags, "127.0.0.1", str(port))


def test_the_promised_lines_work(device_alone: Server) -> None:
    with netcat(device_alone.port) as (typed, shown):
        for line, answer in PROMISED:
            if line is not None:
                print(line, file=typed, flush=True)
            assert shown.readline().startswith(answer)


@pytest.fixture(scope="module", params=CLIENTS, ids=[client[0] for client in CLIENTS])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str | None]:
    """The documented session, played: what was shown for each of its lines; None for those that are typed."""
    folder = tmp_path_factory.mktemp("played")
    with servers.device(folder) as device:
        command = [word.replace("5558", str(device.port)) for word in request.param]
        with JsonLines(device.port) as other:  # before the first state is kept nothing can be undone
            servers.eventually(lambda: '"checkpoints": [{' in json.dumps(other.ask("status")))
        with typing(*command) as (typed, shown):
            lines = [play(line, typed, shown) for line in SESSION]
            typed.close()  # netcat waits for both sides
            assert shown.readline() == ""
        assert device.process.wait(PATIENCE_S) == 0
        assert not (device.folder / "device-port").exists()
    return lines


def play(line: str, typed: IO[str], shown: IO[str]) -> str | None:
    """Type the line if it is one to type, else return what is shown."""
    if not TYPED_LINE.match(line):
        return shown.readline()
    print(line, file=typed, flush=True)
    return None


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SESSION)), ids=lambda number: SESSION[number][:40])
def test_each_line_of_the_documented_session_is_true(played: list[str | None], number: int) -> None:
    shown = played[number]
    if shown is not None:
        whole, cut, _ = SESSION[number].partition(", ... }")
        assert shown.startswith(whole + ("," if cut else "\n"))
        assert isinstance(json.loads(shown), dict)


def test_the_documented_clients_are_those_tried_here() -> None:
    assert [tuple(line.split()) for line in COMMANDS.splitlines()] == [*CLIENTS, RLWRAP]


@pytest.mark.slow
def test_rlwrap_gives_a_person_history(device_alone: Server, tmp_path: Path) -> None:
    command = [word.replace("5558", str(device_alone.port)) for word in RLWRAP]
    keyboard, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 400, 0, 0))
    environment = {**os.environ, "TERM": "dumb", "RLWRAP_HOME": str(tmp_path)}
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as process:
        os.close(terminal)
        seen = b""
        try:
            for keys, answer in ((b"", b'"welcome"'), (b'{"op":"ping","id":71}\r', b'"pong","id":71'), UP_AGAIN):
                os.write(keyboard, keys)
                while answer not in seen:
                    assert select.select([keyboard], [], [], PATIENCE_S)[0], seen
                    seen += os.read(keyboard, 65536)
                seen = seen.partition(answer)[2]
        finally:
            process.terminate()
            os.close(keyboard)


@pytest.mark.slow
def test_the_line_for_scripts_works(device_alone: Server) -> None:
    line = BLOCKS[2].replace("5558", str(device_alone.port))
    shown = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout
    assert json.loads(shown.splitlines()[1])["value"] == "3"


@pytest.mark.slow
def test_the_help_of_the_device_says_what_to_type(device_alone: Server, tmp_path: Path) -> None:
    help_text = subprocess.run(
        [servers.TETHER, "device", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    command, line = re.findall(r'^  (nc .*|\{"op":"eval.*)$', help_text, re.MULTILINE)
    with typing(*command.replace("5558", str(device_alone.port)).split()) as (typed, shown):
        shown.readline()
        print(line, file=typed, flush=True)
        assert json.loads(shown.readline())["value"] == "3"


def test_the_lines_of_a_pipe_are_all_answered_before_it_ends(device_alone: Server) -> None:
    with netcat(device_alone.port, "-N") as (typed, shown):
        for number in range(100):
            print(f'{{"op":"eval","id":{number},"code":"(inc {number})"}}', file=typed)
        typed.close()
        answers = [json.loads(line) for line in shown]
    assert answers[0]["op"] == "welcome"
    assert [(answer["id"], answer["value"]) for answer in answers[1:]] == [(n, str(n + 1)) for n in range(100)]


def test_output_comes_with_the_answer(device_alone: Server) -> None:
    with netcat(device_alone.port) as (typed, shown):
        shown.readline()
        print('{"op":"eval","code":"print(\'é\')","lang":"python"}', file=typed, flush=True)
        answer = json.loads(shown.readline())
    assert (answer["id"], answer["out"], answer["value"]) == (0, "é\n", "None")
