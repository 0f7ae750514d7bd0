"""The worker's end of its socket: frames in, frames out, and the end of the process when the other end is gone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from device_server import wire
from device_server.channel import Channel
from tests.device_server.device import ROOT


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Channel]]:
    """The supervisor's end and the worker's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, Channel(theirs)


def test_frames_come_in_order_however_they_are_cut(ends: tuple[socket.socket, Channel]) -> None:
    supervisor, channel = ends
    supervisor.sendall(b'{"op":"a"}\n{"op":"b"}\n{"op')
    assert [channel.receive()["op"], channel.receive()["op"]] == ["a", "b"]
    supervisor.sendall(b'":"c"}\n')
    assert channel.receive() == {"op": "c"}


def test_waiting_for_an_op_leaves_the_frames_before_it_for_later(ends: tuple[socket.socket, Channel]) -> None:
    supervisor, channel = ends
    supervisor.sendall(b'{"op":"a"}\n{"op":"b"}\n{"op":"continue"}\n{"op":"c"}\n')
    channel.wait_for("continue")
    assert [channel.receive()["op"] for _ in range(3)] == ["a", "b", "c"]


def test_the_end_of_a_frame_that_a_dead_process_had_begun_to_read_is_skipped(
    ends: tuple[socket.socket, Channel],
) -> None:
    supervisor, channel = ends
    supervisor.sendall(b'{"op":"first"}\n"code":"x"}\n{"op":"resume"}\n')
    assert [channel.receive().get("op") for _ in range(3)] == ["first", None, "resume"]


def test_a_frame_that_is_there_already_is_not_waited_for(ends: tuple[socket.socket, Channel]) -> None:
    supervisor, channel = ends
    assert not channel.has_frame_within(0)
    supervisor.sendall(b'{"op":"a"}\n{"op":"b"}\n')
    assert channel.has_frame_within(5)
    channel.receive()
    assert channel.has_frame_within(0), "it is in the inbox, not in the socket"
    channel.wait()
    assert channel.receive()["op"] == "b"


def test_frames_of_several_threads_do_not_mix(ends: tuple[socket.socket, Channel]) -> None:
    supervisor, channel = ends
    text = "x" * 300_000

    def send(number: int) -> None:
        for _ in range(10):
            channel.send({"op": "out", "id": number, "text": text})

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    decoder, found = wire.Decoder(), list[wire.Message | wire.BadLine]()
    while len(found) < 40:
        found += decoder.feed(supervisor.recv(1 << 20))
    for thread in threads:
        thread.join()
    assert all(isinstance(frame, dict) and frame["text"] == text for frame in found)
    assert sorted(int(str(frame["id"])) for frame in found if isinstance(frame, dict)) == sorted([*range(4)] * 10)


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("theirs.close(); channel.receive()", 0),
        ("ours.close(); channel.receive()", 70),
        ("ours.close(); channel.send({})", 70),
        ("theirs.close(); channel.send({})", 70),
    ],
)
def test_the_process_ends_with_its_connection(code: str, exit_code: int) -> None:
    """Quietly when the supervisor is gone; with a code of its own when user code has closed our end."""
    program = (
        "import socket\nfrom device_server.channel import Channel\n"
        f"ours, theirs = socket.socketpair()\nchannel = Channel(ours)\n{code}"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=os.environ, check=False, timeout=20)
    assert ended.returncode == exit_code
