from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator

import pytest

from repl.stream import Stream


@pytest.fixture
def pair() -> Iterator[tuple[Stream, socket.socket, queue.Queue[str]]]:
    listener = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(listener.getsockname())
    theirs, _ = listener.accept()
    listener.close()
    ends: queue.Queue[str] = queue.Queue()
    with theirs:
        yield Stream(ours, ends.put), theirs, ends


def test_messages_are_read_as_they_come_and_the_end_is_told(
    pair: tuple[Stream, socket.socket, queue.Queue[str]],
) -> None:
    stream, theirs, ends = pair
    messages = iter(stream)
    theirs.sendall(b"d2:id1:")
    theirs.sendall(b"1ed2:id1:2e")
    assert next(messages) == {"id": "1"}
    assert next(messages) == {"id": "2"}
    theirs.shutdown(socket.SHUT_WR)
    assert list(messages) == []
    assert ends.get_nowait() == "the connection was closed"
    stream.close()


def test_what_is_no_message_ends_it_with_the_reason(pair: tuple[Stream, socket.socket, queue.Queue[str]]) -> None:
    stream, theirs, ends = pair
    theirs.sendall(b"HTTP/1.1 400")
    assert list(stream) == []
    assert "must be a dict" in ends.get_nowait()
    stream.close()


def test_closing_it_wakes_who_reads(pair: tuple[Stream, socket.socket, queue.Queue[str]]) -> None:
    stream, _, ends = pair
    reader = threading.Thread(target=list, args=(stream,))
    reader.start()
    stream.close()
    assert ends.get(timeout=5)
    reader.join(5)


def test_what_is_written_arrives(pair: tuple[Stream, socket.socket, queue.Queue[str]]) -> None:
    stream, theirs, _ = pair
    stream.write({"code": "é"})
    assert theirs.recv(100) == b"d4:code2:\xc3\xa9e"
    stream.close()
    with pytest.raises(OSError, match=r"pipe|descriptor"):
        stream.write({})
    assert not list(stream)
