"""The device protocol typed by hand: what the documentation shows is what netcat shows, byte for byte."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pytest

from tests.conformance import servers
from tests.conformance.servers import PATIENCE_S, Server

PROMISED: Final = [
    (None, '{"op":"welcome","runtime":"python","version":"0.1'),
    ('{"op":"ping","id":1}', '{"op":"pong","id":1,'),
    ('{"op":"eval","id":1,"code":"(+ 1 2)","ns":"user"}', '{"op":"result","id":1,"value":"3",'),
    ('{"op":"eval","id":2,"code":"(/ 1 0)"}', '{"op":"error","id":2,"type":"runtime","error":"ZeroDivisionError: '),
]
"""What is typed, if anything, and how the answer begins."""


@contextmanager
def netcat(port: int, *flags: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """A netcat that is connected: what to type into and what to read from."""
    command = ["nc", *flags, "127.0.0.1", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdin, process.stdout
        finally:
            process.terminate()


def test_the_promised_lines_work(device_alone: Server) -> None:
    with netcat(device_alone.port) as (typed, shown):
        for line, answer in PROMISED:
            if line is not None:
                print(line, file=typed, flush=True)
            assert shown.readline().startswith(answer)


@pytest.mark.slow
def test_the_transcript_of_the_documentation_is_true(project_root: Path, tmp_path: Path) -> None:
    text = (project_root / "docs/protocol.md").read_text()
    requests, answers = (block.splitlines() for block in re.findall(r"```\n(.*?)```", text, re.DOTALL)[:2])
    assert len(answers) == len(requests) + 1  # the welcome
    with servers.device(tmp_path) as device, netcat(device.port) as (typed, shown):
        assert_shown(answers[0], shown.readline())
        for request, answer in zip(requests, answers[1:], strict=True):
            print(request, file=typed, flush=True)
            assert_shown(answer, shown.readline())
        typed.close()  # netcat waits for both sides
        assert shown.readline() == ""
        assert device.process.wait(PATIENCE_S) == 0
        assert not (device.folder / "device-port").exists()


def assert_shown(documented: str, line: str) -> None:
    """The line is what the documentation says, up to where it is cut short there."""
    whole, cut, _ = documented.partition(", ... }")
    assert line.startswith(whole + ("," if cut else "\n"))
    assert isinstance(json.loads(line), dict)


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
