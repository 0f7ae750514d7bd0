"""Packets beside the frames, some with a socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from device_server import notices


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_a_question_comes_with_where_to_answer(pair: tuple[socket.socket, socket.socket]) -> None:
    asker, answering = socket.socketpair()
    with asker:
        with answering:
            socket.send_fds(pair[1], [b'{"op":"need-source","module":"a"}\n'], [answering.fileno()])
        pair[1].send(b'{"op":"parked"}\n')
        arrived = notices.read(pair[0])
        assert arrived.told == [{"op": "parked"}]
        ((question, answer_to),) = arrived.asked
        with answer_to:
            assert question["module"] == "a"
            answer_to.sendall(b"answer")
        assert asker.recv(10) == b"answer"
    assert not arrived.is_last


@pytest.mark.parametrize("junk", [b"GET /", b"{]\n", b"\n", b"{"])
def test_junk_is_dropped_and_its_socket_closed(pair: tuple[socket.socket, socket.socket], junk: bytes) -> None:
    asker, answering = socket.socketpair()
    with asker:
        with answering:
            socket.send_fds(pair[1], [junk], [answering.fileno()])
        assert notices.read(pair[0]).asked == []
        assert asker.recv(10) == b""


def test_the_end_is_noticed(pair: tuple[socket.socket, socket.socket]) -> None:
    assert not notices.read(pair[0]).is_last
    pair[1].close()
    assert notices.read(pair[0]).is_last
