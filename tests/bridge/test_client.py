"""The client of the command line, against a bridge played by the test."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.client import Client, NoBridgeError, find_port
from bridge.framing import Framer, encode
from middleware.request import Message


@contextmanager
def bridge(*answers: list[Message]) -> Iterator[tuple[int, list[Message]]]:
    """A port where each request gets the next of `answers`, its id added; and what was asked."""
    asked: list[Message] = []

    def serve() -> None:
        sock, _ = listener.accept()
        with sock:
            cloned: list[Message] = [{"new-session": "s1", "status": ["done"]}]
            framer, left = Framer(), iter([cloned, *answers])
            while data := sock.recv(65536):
                for message in framer.feed(data):
                    asked.append(message)
                    for reply in next(left, []):
                        sock.sendall(encode({"id": message["id"], **reply}))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], asked
        thread.join()


def test_it_works_in_a_session_of_its_own_and_closes_it() -> None:
    with bridge([{"value": "3", "status": ["done"]}]) as (port, asked), Client(port) as client:
        assert client.ask({"op": "eval", "code": "1"})["value"] == "3"
    assert [(message["op"], message.get("session")) for message in asked] == [
        ("clone", None),
        ("eval", "s1"),
        ("close", "s1"),
    ]


def test_replies_to_others_are_dropped() -> None:
    replies: list[Message] = [{"id": "other", "out": "x"}, {"out": "y"}, {"status": ["done"]}]
    with bridge(replies) as (port, _), Client(port) as client:
        assert [reply.get("out") for reply in client.converse({"op": "eval", "code": "1"})] == ["y", None]


def test_ctrl_c_interrupts_the_eval_and_the_rest_is_read() -> None:
    interrupted: Message = {"id": "2", "status": ["interrupted", "done"]}
    with bridge([{"out": "x"}], [interrupted]) as (port, asked), Client(port) as client:
        replies = client.converse({"op": "eval", "code": "(loop)"})
        assert next(replies)["out"] == "x"
        signal.raise_signal(signal.SIGINT)
        assert list(replies) == [interrupted]
    assert asked[2]["interrupt-id"] == asked[1]["id"] == "2"


def test_ctrl_c_twice_ends_the_client() -> None:
    with bridge([{"out": "x"}]) as (port, _), Client(port) as client:
        replies = client.converse({"op": "eval", "code": "(loop)"})
        next(replies)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_request_without_end_is_followed_past_its_done() -> None:
    replies: list[Message] = [{"status": ["done"]}, {"id": "other"}, {"tier": "body"}]
    with bridge(replies) as (port, _), Client(port) as client:
        told = client.follow({"op": "reload-subscribe"})
        assert [next(told).get("tier"), next(told).get("tier")] == [None, "body"]


def test_a_port_where_nobody_listens_is_told_with_a_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoBridgeError, match="tether serve"):
        Client(port)


def test_a_bridge_that_goes_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def leave() -> None:
            listener.accept()[0].close()

        thread = threading.Thread(target=leave)
        thread.start()
        with pytest.raises(NoBridgeError, match="gone"):
            Client(listener.getsockname()[1])
        thread.join()


def test_the_nearest_port_file_upwards_is_found(tmp_path: Path) -> None:
    (tmp_path / ".nrepl-port").write_text("7888")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "a" / ".nrepl-port").write_text("junk")
    assert find_port(below) == 7888


def test_no_port_file_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(NoBridgeError, match="tether serve"):
        find_port(tmp_path)
