"""A byte stream between peers that write too much, read too little, or leave."""

from __future__ import annotations

import logging
import socket

import pytest
import trio
import trio.testing

from bridge import transport
from bridge.transport import ByteStream
from tests.bridge.fakes import opened


def pair() -> tuple[ByteStream, ByteStream]:
    ours, theirs = socket.socketpair()
    return opened(ours), opened(theirs)


async def test_what_one_end_sends_the_other_receives() -> None:
    ours, theirs = pair()
    ours.send_now(b"hello")
    assert await theirs.receive() == b"hello"
    ours.close()
    assert await theirs.receive() == b""


async def test_what_the_socket_does_not_take_is_sent_by_drain() -> None:
    ours, theirs = pair()
    sent = bytes(range(256)) * 8192
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.drain)
        ours.send_now(sent)
        ours.send_now(b"end")
        received = b""
        while not received.endswith(b"end"):
            received += await theirs.receive()
        nursery.cancel_scope.cancel()
    assert received == sent + b"end"
    ours.close()


async def test_close_wakes_the_reader_and_ends_drain() -> None:
    ours, _theirs = pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.drain)
        nursery.start_soon(ours.receive)
        await trio.testing.wait_all_tasks_blocked()
        ours.close()
        ours.close()
    ours.send_now(b"nobody hears this")
    assert await ours.receive() == b""


async def test_sending_to_a_peer_that_has_gone_closes_the_stream() -> None:
    ours, theirs = pair()
    theirs.close()
    ours.send_now(b"x")
    assert await ours.receive() == b""


async def test_a_peer_that_never_reads_is_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(transport, "MAX_UNSENT_BYTES", 1_000_000)
    ours, _theirs = pair()
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            ours.send_now(b"x" * 100_000)
    assert await ours.receive() == b""
    assert len(caplog.messages) == 1


@pytest.mark.usefixtures("autojump_clock")
async def test_a_peer_that_stops_reading_for_ten_seconds_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.drain)
        ours.send_now(b"x" * 4_000_000)
        assert await ours.receive() == b""
    theirs.close()
    assert "has read nothing for 10 s" in caplog.text


async def test_a_peer_that_never_pauses_does_not_starve_others() -> None:
    ours, theirs = pair()
    others_ran = 0

    async def other() -> None:
        nonlocal others_ran
        while True:
            await trio.lowlevel.checkpoint()
            others_ran += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(theirs.drain)
        nursery.start_soon(other)
        theirs.send_now(b"x" * 20 * transport.READ_BYTES)
        for _ in range(5):
            await ours.receive()
        nursery.cancel_scope.cancel()
    assert others_ran >= 3  # at the first pass it starts, at the last one it may come after us


async def test_tcp_connections_do_not_wait_for_more_to_send() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sock = socket.create_connection(listener.getsockname())
        stream = ByteStream(sock, "tcp")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        stream.close()
