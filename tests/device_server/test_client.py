"""One connection: what is no message, what comes half, what is not read, and what floods."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_server import wire
from tests.device_server.device import PATIENCE_S, Device, Host, running, wait_until

MIB = 1024 * 1024
FLOOD = "for _ in range(100): print('x' * (1 << 20))"


@pytest.fixture
def stuck(device: Device) -> Iterator[Host]:
    """A host that takes output and, in the test, reads none of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.connect(("127.0.0.1", device.port))
    with Host(connection, "out") as host:
        yield host


def connected(device: Device) -> socket.socket:
    """A connection whose welcome nobody has read yet."""
    return socket.create_connection(("127.0.0.1", device.port), timeout=PATIENCE_S)


def rest(connection: socket.socket) -> bytes:
    """All that comes until the device closes the connection."""
    found = b""
    try:
        while data := connection.recv(65536):
            found += data
    except ConnectionResetError:  # it closed while there was more to read
        pass
    return found


@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"[", b"\n\n x", b"\x00{}"]
)
def test_a_connection_that_does_not_begin_with_an_object_is_closed(device: Device, host: Host, start: bytes) -> None:
    with connected(device) as connection:
        connection.sendall(start + b'\n{"op":"eval","code":"forged = 1","lang":"python"}\n')
        rest(connection)
    assert host.eval("'forged' in globals()")["value"] == "False"


def test_an_object_may_follow_blank_lines_and_come_byte_by_byte(netcat: Host) -> None:
    for byte in b'\r\n \n{"op":"ping","id":"slow"}\r\n':
        netcat.send(bytes([byte]))
    assert netcat.answer("slow")["op"] == "pong"


def test_many_requests_in_one_write_are_answered_in_order(host: Host) -> None:
    host.send(b"".join(wire.encode({"op": "eval", "id": n, "code": str(n), "lang": "python"}) for n in range(500, 700)))
    assert [host.answer(n)["value"] for n in range(500, 700)] == [str(n) for n in range(500, 700)]


def test_a_line_over_the_limit_is_answered_and_the_connection_stays(netcat: Host) -> None:
    before = netcat.rss_bytes()
    netcat.send(b'{"op":"eval","code":"')
    for _ in range(48):
        netcat.send(b"x" * MIB)
    netcat.send(b'"}\n')
    answer = netcat.answer(None)
    assert (answer["op"], answer["type"]) == ("error", "too-large")
    assert netcat.eval("1")["value"] == "1"
    assert netcat.rss_bytes() - before < 32 * MIB


def test_a_large_request_is_served(netcat: Host) -> None:
    assert netcat.eval(f"len('{'é' * 4_000_000}')")["value"] == "4000000"


def test_a_request_of_just_the_limit_is_served(netcat: Host) -> None:
    empty = wire.encode({"op": "eval", "id": 1, "code": "#", "lang": "python"})
    netcat.send_message({"op": "eval", "id": 1, "code": "#" * (wire.LIMIT_BYTES - len(empty) + 2), "lang": "python"})
    assert netcat.answer(1)["op"] == "result"


def test_no_answer_is_over_the_limit(host: Host) -> None:
    frame = wire.encode({"op": "result", "value": "", "ns": "__main__", "ms": 10.123, "id": 100})
    size = wire.LIMIT_BYTES - len(frame)
    assert host.eval(f"type('V', (), {{'__repr__': lambda self: 'x' * {size}}})()", print={"quota": 2**30})["value"]


def test_a_value_that_does_not_fit_a_line_is_cut_and_says_so(host: Host) -> None:
    answer = host.eval("'x' * 20_000_000")
    assert answer["truncated"] is True
    assert answer["value"].startswith("'xxx")
    assert len(wire.encode(answer)) < wire.LIMIT_BYTES


def test_a_half_closed_connection_gets_its_answers(device: Device) -> None:
    with device.connect() as host:
        numbers = [host.start("1"), host.start("sum(range(10**5))"), host.request("ping")]
        host.socket.shutdown(socket.SHUT_WR)
        answers = {message["id"]: message for message in host.until_closed()}
        assert [answers[number]["op"] for number in numbers] == ["result", "result", "pong"]


def test_a_half_closed_connection_that_asked_nothing_is_closed(device: Device) -> None:
    with device.connect() as host:
        host.socket.shutdown(socket.SHUT_WR)
        assert host.until_closed() == []


def test_a_half_closed_connection_gets_the_answer_to_its_interrupt(device: Device) -> None:
    with device.connect("out") as host:
        code = "try:\n  print('busy')\n  while True: pass\nexcept KeyboardInterrupt:\n  sum(range(10**7))\n  raise"
        running_eval = host.start(code)  # interrupted, it is in no hurry: the end of what is sent comes first
        host.wait_for_text("busy")
        number = host.request("interrupt")
        host.socket.shutdown(socket.SHUT_WR)
        answers = {message["id"]: message for message in host.until_closed()}
        assert answers[running_eval]["type"] == "interrupted"
        assert answers[number]["op"] == "interrupted"


@pytest.mark.skipif(shutil.which("nc") is None, reason="netcat is not installed")
def test_netcat_is_enough(device: Device) -> None:
    lines = '{"op":"ping","id":1}\n{"op":"eval","id":2,"code":"(+ 1 2)"}\n{"op":"eval","id":3,"code":"(/ 1 0)"}\n'
    command = ["nc", "-N", "127.0.0.1", str(device.port)]
    shown = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout
    for part in ('"op":"welcome"', '"op":"pong","id":1', '"op":"result","id":2,"value":"3"', "ZeroDivisionError"):
        assert part in shown


def test_what_a_client_that_vanished_has_asked_is_still_evaluated(device: Device, host: Host) -> None:
    with device.connect("out") as other:
        other.start("vanished = []")
        number = other.start("import time; print('busy'); vanished += [sum(range(10**6))]; print('x' * 10_000_000)")
        other.wait_for_text("busy")
        assert number
    assert host.eval("len(vanished)")["value"] == "1"


def test_an_eval_that_reads_from_a_client_that_vanished_gets_the_end_of_input(device: Device, host: Host) -> None:
    host.eval("outcome = None")
    with device.connect() as other:
        code = "try: input()\nexcept BaseException as error: outcome = type(error).__name__"
        other.start(code, timeout_ms=1000)  # the time limit is the test's way out
        other.wait_for("need-input")
    assert host.eval("outcome")["value"] == "'EOFError'"


def test_a_client_that_does_not_read_delays_nobodys_ping(stuck: Host, host: Host) -> None:
    before = host.rss_bytes()
    stuck.start(FLOOD)
    wait_until(lambda: any(entry["elapsed_ms"] > 200 for entry in host.ask("ping")["busy"]))
    assert host.ask("ping")["busy"], "it should wait for its client"
    assert host.ask("status")["workers"][0]["busy"]
    assert host.rss_bytes() - before < 16 * MIB
    stuck.socket.close()
    assert host.eval("'next'")["value"] == "'next'"


def test_a_flood_reaches_a_client_that_reads_whole(host: Host) -> None:
    answers = host.answers(host.start("for _ in range(20): print('x' * (1 << 20))"))
    assert sum(len(message["text"]) for message in answers[:-1]) == 20 * (MIB + 1)


def test_a_flood_is_cut_for_a_client_that_takes_it_folded(netcat: Host) -> None:
    before = netcat.rss_bytes()
    answer = netcat.eval(FLOOD)
    assert answer["truncated"] is True
    assert MIB <= len(answer["out"]) <= 2 * MIB
    assert netcat.rss_bytes() - before < 32 * MIB


def test_a_flood_of_lines_delays_nobodys_ping(netcat: Host, host: Host) -> None:
    number = netcat.start("for n in range(200_000): print(n)")
    slowest_s, started = 0.0, time.monotonic()
    deadline = started + PATIENCE_S
    while host.ask("ping")["busy"]:
        assert started < deadline
        slowest_s, started = max(slowest_s, time.monotonic() - started), time.monotonic()
    assert netcat.answer(number)["truncated"] is True
    assert slowest_s < 1


def test_answers_that_are_not_read_stop_the_reading_of_questions(device: Device, host: Host) -> None:
    """A client that only asks is not served into memory: its own socket fills up."""
    before = host.rss_bytes()
    with connected(device) as connection:
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            ask_without_end(connection)
        assert host.rss_bytes() - before < 32 * MIB
    assert host.ask("ping")["op"] == "pong"


def ask_without_end(connection: socket.socket) -> None:
    sent, lines = 0, b'{"op":"status","id":1}\n' * 1000
    while sent < 256 * MIB:
        sent += connection.send(lines)


def corrupted(seed: int) -> bytes:
    """A stream of requests with bytes changed, dropped, doubled or swapped."""
    chance = random.Random(seed)
    requests = [
        {"op": "ping", "id": seed},
        {"op": "eval", "id": 1, "code": "1", "lang": "python", "line": seed, "print": {"quota": 5}},
        {"op": "eval", "id": 2, "code": "(+ 1 é)", "session": "s", "ns": "user"},
        {"op": "hello", "id": "x", "caps": ["out"]},
        {"op": "interrupt", "id": 3, "target": 1},
        {"op": "stdin", "id": 1, "text": "a"},
        {"op": "clone", "id": 4, "session": "t", "from": "s"},
        {"op": "status", "id": 5},
    ]
    data = bytearray(b"".join(wire.encode(chance.choice(requests)) for _ in range(20)))  # type: ignore[arg-type]
    for _ in range(chance.randrange(1, 30)):
        place = chance.randrange(1, len(data))
        change = chance.randrange(4)
        if change == 0:
            data[place] = chance.randrange(256)
        elif change == 1:
            del data[place : place + chance.randrange(20)]
        elif change == 2:
            data[place:place] = data[place : place + chance.randrange(200)]
        else:
            data[place:place] = chance.choice([b"{", b"[", b'"', b"\n", b"\xff", b"\\ud800", b"1e999", b"null", b"-"])
    return bytes(data)


def test_corrupted_streams_end_nothing_but_themselves() -> None:
    with running("--lang", "python") as device, device.connect() as host:
        for seed in range(200):
            if seed == 20:
                before = host.rss_bytes()
            with connected(device) as connection:
                connection.sendall(corrupted(seed))
                if seed % 3:
                    connection.shutdown(socket.SHUT_WR)
                    rest(connection)
        assert host.eval("'alive'")["value"] == "'alive'"
        assert host.rss_bytes() - before < 8 * MIB
        assert host.worker()["generation"] == 1
        assert not device.has_broken(), device.log()


def test_connections_that_come_and_go_leave_nothing_behind(device: Device, host: Host) -> None:
    before = len(open_files(device))
    for _ in range(100):
        with connected(device) as connection:
            connection.sendall(b'{"op":"ping"}\n')
    with device.connect() as other:
        other.eval("1")
    wait_until(lambda: host.ask("status")["clients"] == 1)
    assert len(open_files(device)) <= before


def open_files(device: Device) -> list[str]:
    return [path.name for path in Path(f"/proc/{device.process.pid}/fd").iterdir()]
