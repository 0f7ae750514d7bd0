"""The bridge and the device under load, under garbage, and at their end. Limits are those that were promised."""

from __future__ import annotations

import os
import random
import signal
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from bridge.framing import Framer, encode
from device_server import wire
from middleware.request import Message
from tests.conformance import servers
from tests.conformance.clients import JsonLines, Nrepl, statuses, values
from tests.conformance.connections import connect
from tests.conformance.servers import PATIENCE_S, Server, descendants, eventually, resident_bytes, watched

ANSWER_S: Final = 0.1
"""What does not wait for an eval answers within this time."""
PIPELINED: Final = 2000
CORRUPTED: Final = 200
GROWTH_BYTES: Final = 16 * 1024 * 1024
EVAL_MEDIAN_S: Final = 0.010
SUPERVISOR_BYTES: Final = 25_000_000


# While an eval runs


@pytest.mark.parametrize(
    "op", ["describe", "clone", "ios-status", "device-status", "ls-sessions", "ios-disconnect", "stdin", "no-such-op"]
)
@pytest.mark.parametrize("busy", ["(read-line)", "(while true)"])
def test_what_needs_no_eval_is_answered_at_once_while_one_runs(op: str, busy: str, nrepl: Nrepl, session: str) -> None:
    running = nrepl.send({"op": "eval", "code": f'(println "on") {busy}', "session": session})
    nrepl.receive()
    other = nrepl.clone(session=session)
    started = time.monotonic()
    reply = nrepl.ask({"op": op, "session": other, "stdin": "never read\n"})
    assert time.monotonic() - started < ANSWER_S
    nrepl.ask({"op": "interrupt", "session": session, "interrupt-id": running})
    for each in (other, str(reply.get("new-session", other))):
        nrepl.talk({"op": "close", "session": each})


def test_the_device_answers_at_once_while_an_eval_runs(device_alone: Server) -> None:
    with JsonLines(device_alone.port, wire.CAP_OUT) as client:
        running = client.send("eval", code='(do (println "on") (while true))')
        assert next(client.converse(running))["op"] == "out"
        for op in ("ping", "status", "hello"):
            started = time.monotonic()
            client.ask(op)
            assert time.monotonic() - started < ANSWER_S
        assert client.ask("interrupt", target=running)["op"] == "interrupted"


@pytest.mark.slow
def test_an_eval_that_is_interrupted_as_it_begins_ends_at_once(device_alone: Server) -> None:
    with JsonLines(device_alone.port) as client:
        for _ in range(10):  # once in a while it goes well by chance
            running = client.send("eval", code="while True: pass", lang="python")
            started = time.monotonic()
            assert client.ask("interrupt", target=running)["op"] == "interrupted"
            assert time.monotonic() - started < ANSWER_S


@pytest.mark.slow
def test_pipelined_evals_arrive_complete_and_in_order(nrepl: Nrepl, session: str) -> None:
    ids = range(1, PIPELINED + 1)
    requests = [encode({"op": "eval", "code": f"(inc {n})", "session": session, "id": n}) for n in ids]
    nrepl.socket.sendall(b"".join(requests))
    replies = [nrepl.receive() for _ in ids for _ in ("value", "done")]
    assert [(reply["id"], reply["value"]) for reply in replies[::2]] == [(n, str(n + 1)) for n in ids]
    assert [reply["id"] for reply in replies[1::2]] == [*ids]
    assert nrepl.unread() == []


@pytest.mark.slow
def test_pipelined_requests_to_the_device_arrive_complete_and_in_order(device_alone: Server) -> None:
    with JsonLines(device_alone.port) as client:
        ids = [client.send("eval", code=f"(inc {n})") for n in range(PIPELINED)]
        answers = [client.receive() for _ in ids]
    assert [(answer["id"], answer["value"]) for answer in answers] == [(id_, str(n)) for n, id_ in enumerate(ids, 1)]


# How long an eval takes


class DelayingClient:
    """Neither sets TCP_NODELAY nor acknowledges at once, as plain clients do."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._framer = Framer()

    def ask(self, *pieces: bytes) -> list[Message]:
        """The replies to a request, each piece of which is written apart."""
        for piece in pieces:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
            self._socket.sendall(piece)
        replies: list[Message] = []
        while not replies or "done" not in statuses(replies[-1]):
            data = self._socket.recv(65536)
            assert data
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)  # it does not last
            replies += self._framer.feed(data)
        return replies

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def delaying(bridge: Server) -> Iterator[DelayingClient]:
    client = DelayingClient(bridge.port)
    yield client
    client.close()


@pytest.mark.parametrize("code", ["1+2", "print(1)", "1/0"])
def test_no_eval_stalls_for_a_client_that_delays(code: str, delaying: DelayingClient, session: str) -> None:
    message = encode({"op": "eval", "code": code, "lang": "python", "session": session, "id": "x"})
    assert median_s(200, lambda: delaying.ask(message)) < EVAL_MEDIAN_S


@pytest.mark.slow
def test_no_eval_stalls_for_a_client_that_writes_in_pieces(delaying: DelayingClient, session: str) -> None:
    """nrepl-python-client writes every datum apart."""
    message = encode({"op": "eval", "code": "1+2", "lang": "python", "session": session, "id": "x"})
    pieces = [message[at : at + 12] for at in range(0, len(message), 12)]
    assert median_s(40, lambda: delaying.ask(*pieces)) < EVAL_MEDIAN_S


def median_s(rounds: int, call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


# Garbage


def corrupted(rng: random.Random, stream: bytes) -> bytes:
    """The stream with some bytes changed, lost, doubled or inserted, and perhaps cut."""
    found = bytearray(stream)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(found))
        match rng.randrange(5):
            case 0:
                found[at] = rng.randrange(256)
            case 1:
                del found[at : at + rng.randint(1, 20)]
            case 2:
                found[at:at] = found[at : at + rng.randint(1, 40)]
            case 3:
                found[at:at] = rng.randbytes(rng.randint(1, 20))
            case _:
                found[at:at] = b"%d:" % rng.randrange(10**10)
        found = found or bytearray(b"d")
    return bytes(found[: rng.randint(1, len(found))] if rng.random() < 0.3 else found)


def nrepl_stream() -> bytes:
    messages: list[Message] = [
        {"op": "clone", "id": "1"},
        {"op": "describe", "id": "2", "verbose?": 1},
        {"op": "eval", "code": '(println "é漢😀")', "id": "3", "line": 5, "column": 7, "file": "a.lpy"},
        {"op": "ios-status", "id": "4"},
        {"op": "load-file", "file": "(+ 1 2)", "file-path": "a.lpy", "id": "5"},
        {"op": "interrupt", "id": "6"},
        {"op": "stdin", "stdin": "a\n", "id": "7"},
    ]
    return b"".join(map(encode, messages))


def device_stream() -> bytes:
    messages: list[wire.Message] = [
        {"op": "hello", "id": 0, "caps": ["out", "values"]},
        {"op": "ping", "id": 1},
        {"op": "eval", "id": 2, "code": '(println "é漢😀")', "session": "s", "print": {"quota": 5}},
        {"op": "status", "id": "three"},
        {"op": "load", "id": 4, "source": "(+ 1 2)", "file": "a.lpy"},
        {"op": "clone", "id": 5, "session": "s", "from": "t"},
        {"op": "interrupt", "id": 6},
        {"op": "stdin", "id": 7, "text": "a\n"},
    ]
    return b"".join(map(wire.encode, messages))


def send_and_read_to_the_end(port: int, stream: bytes) -> None:
    """Send it, say no more, and read until the other side has hung up, in whatever way."""
    with connect(port) as connection:
        try:
            connection.sendall(stream)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except ConnectionError:  # it hung up before it had read all
            pass


@pytest.mark.slow
def test_corrupted_streams_leave_the_bridge_answering(bridge: Server) -> None:
    assert_survives(bridge.port, bridge.process.pid, nrepl_stream())
    with Nrepl(bridge.port) as client:
        session = client.clone()
        assert values(client.eval("(+ 1 2)", session)) == ["3"]
        for other in client.sessions():
            client.talk({"op": "close", "session": other})


@pytest.mark.slow
def test_corrupted_streams_leave_the_device_answering(device_alone: Server) -> None:
    assert_survives(device_alone.port, device_alone.process.pid, device_stream())
    with JsonLines(device_alone.port) as client:
        assert client.ask("eval", code="(+ 1 2)")["value"] == "3"
        eventually(lambda: client.ask("status")["clients"] == 1)


def assert_survives(port: int, pid: int, stream: bytes) -> None:
    """Corrupted streams end, each, and cost no memory. The first few warm up what is only needed once."""
    rng = random.Random(5558)
    before = 0
    for number in range(CORRUPTED + 10):
        if number == 10:
            before = resident_bytes(pid)
        send_and_read_to_the_end(port, corrupted(rng, stream))
    assert resident_bytes(pid) - before < GROWTH_BYTES


@pytest.mark.parametrize(
    "claim", [b"d2:op9999999999:", b"d2:op31000000:a", b"d" + b"1:al" * 40, b"9999999999:", b"i" * 99]
)
def test_a_claimed_length_costs_nothing(claim: bytes, bridge: Server) -> None:
    before = resident_bytes(bridge.process.pid)
    with connect(bridge.port) as connection:
        connection.sendall(claim)
        with Nrepl(bridge.port) as client:
            client.clone()
        assert resident_bytes(bridge.process.pid) - before < 2 * 1024 * 1024


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"[1]\n"])
@pytest.mark.parametrize("server", ["device_alone", "bridge"])
def test_what_is_another_protocol_is_hung_up_on_at_once(
    first: bytes, server: str, request: pytest.FixtureRequest
) -> None:
    with connect(request.getfixturevalue(server).port) as connection:
        connection.sendall(first)
        with connection.makefile("rb") as received, suppress(ConnectionResetError):
            assert b"result" not in received.read()


def test_clients_that_vanish_leave_nothing_behind(bridge: Server) -> None:
    with Nrepl(bridge.port) as client:
        before = client.sessions()
        for _ in range(50):
            with Nrepl(bridge.port) as vanishing:
                vanishing.send({"op": "eval", "code": "(read-line)"})
        session = client.clone()
        assert values(client.eval("(+ 1 2)", session)) == ["3"]
        client.ask({"op": "close", "session": session})
        assert client.sessions() == before
    eventually(lambda: len(os.listdir(f"/proc/{bridge.process.pid}/fd")) < 40)


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


@pytest.mark.slow
def test_a_client_that_does_not_read_delays_no_other(bridge: Server) -> None:
    with Nrepl(bridge.port) as deaf, Nrepl(bridge.port) as client:
        deaf.send({"op": "eval", "code": "while True: print('x' * 1000)", "lang": "python", "session": deaf.clone()})
        session = client.clone()
        for op in ("describe", "ls-sessions", "ios-status"):
            started = time.monotonic()
            client.ask({"op": op, "session": session})
            assert time.monotonic() - started < 2 * ANSWER_S
        for other in client.sessions():
            client.talk({"op": "close", "session": other})
        with Nrepl(bridge.port) as after:
            assert values(after.eval("(+ 1 2)", after.clone())) == ["3"]


# The end


@contextmanager
def family(folder: Path, code: str) -> Iterator[tuple[Server, Callable[[], bool]]]:
    """A bridge whose device has begun to evaluate code that starts a child process, and whether all have ended."""
    with servers.bridge(folder) as bridge, Nrepl(bridge.port) as nrepl:
        session = nrepl.clone()
        code = f"import subprocess; subprocess.Popen(['sleep', '1000']); print('on')\n{code}"
        nrepl.send({"op": "eval", "code": code, "lang": "python", "session": session})
        nrepl.hear("on")
        pids = descendants(bridge.process.pid)
        assert len(pids) >= 4  # supervisor, zygote, worker, sleep
        with watched(pids) as have_ended:
            yield bridge, have_ended


BUSY: Final = "while True: pass"
ENDS: Final = [
    *((number, code) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) for code in ("1", BUSY)),
    (signal.SIGKILL, "1"),
    (signal.SIGKILL, BUSY),
]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), ENDS)
def test_no_process_outlives_the_bridge(number: signal.Signals, code: str, tmp_path: Path) -> None:
    with family(tmp_path, code) as (bridge, have_ended):
        os.killpg(bridge.process.pid, number)  # as a terminal does
        is_killed = number == signal.SIGKILL
        assert bridge.process.wait(PATIENCE_S) == (-number if is_killed else 0)
        assert bridge.port_file.exists() == is_killed
        assert have_ended()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_no_process_outlives_the_device_server(number: signal.Signals, tmp_path: Path) -> None:
    with servers.device(tmp_path) as device, JsonLines(device.port, wire.CAP_OUT) as client:
        client.ask("eval", code="(+ 1 2)")
        client.send("eval", code="print('on')\nwhile True: pass", lang="python")
        client.receive()
        with watched(descendants(device.process.pid)) as have_ended:
            assert device.end(number) == (-number if number == signal.SIGKILL else 0)
            assert have_ended()
        assert (device.folder / "device-port").exists() == (number == signal.SIGKILL)


@pytest.mark.slow
def test_the_supervisor_is_small(tmp_path: Path) -> None:
    with servers.bridge(tmp_path) as bridge, Nrepl(bridge.port) as nrepl:
        session = nrepl.clone()
        for _ in range(100):
            nrepl.eval("(println 1) (+ 1 2)", session)
        (supervisor,) = (pid for pid in descendants(bridge.process.pid) if "--fd" in command_line(pid))
        assert resident_bytes(supervisor) < SUPERVISOR_BYTES
