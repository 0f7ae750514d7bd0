"""What the supervisor answers by itself, at once, whatever a worker does; and every kind of bad request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from device_server import wire
from tests.device_server.device import Device, Host, running, wait_until

BUSY = "print('busy')\nwhile True: pass"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Device]:
    """A device that wants a token."""
    with running(environment={"TETHER_TOKEN": "sésame"}) as device:
        yield device


@pytest.fixture
def busy(host: Host) -> Iterator[int]:
    """The id of an eval of `host` that never ends by itself."""
    number = host.start(BUSY)
    host.wait_for_text("busy")
    yield number
    host.ask("interrupt", target=number)


def test_the_welcome_says_who_speaks(host: Host) -> None:
    welcome = host.welcome
    assert welcome["runtime"] == "python"
    assert welcome["proto"] == wire.PROTOCOL
    assert welcome["device"]["name"] == "test"
    assert welcome["device"]["id"] == host.ask("status")["device"]["id"]
    assert set(welcome["languages"]) == {"basilisp", "python"}
    assert welcome["auth"] == "none"
    assert set(welcome["caps"]) == {"out", "values", "ack", "symbols", "watch", "source"}
    assert isinstance(welcome["generation"], int)


def test_without_a_token_nobody_has_to_say_hello(netcat: Host) -> None:
    assert netcat.eval("1 + 1")["value"] == "2"


def test_hello_is_answered_with_its_id(netcat: Host) -> None:
    netcat.send_message({"op": "hello", "id": "h", "client": "x", "proto": 1, "caps": ["out", "future"]})
    assert netcat.answer("h") == {"op": "ready", "id": "h"}


@pytest.mark.parametrize("caps", [["out", 1, None, [], {}], [], None])
def test_caps_that_are_not_known_do_no_harm(netcat: Host, caps: object) -> None:
    assert netcat.ask("hello", caps=caps)["op"] == "ready"


@pytest.mark.usefixtures("busy")
def test_a_ping_is_answered_while_an_eval_runs(host: Host, netcat: Host) -> None:
    for each in (host, netcat):
        pong = each.ask("ping")
        (entry,) = pong["busy"]
        assert entry["worker"] == "main"
        assert entry["elapsed_ms"] >= 0
        assert pong["rss_bytes"] > 1024 * 1024


def test_a_ping_tells_the_id_of_the_eval_that_runs(host: Host, busy: int) -> None:
    assert host.ask("ping")["busy"][0]["id"] == busy


@pytest.mark.usefixtures("busy")
def test_status_is_answered_while_an_eval_runs(host: Host, netcat: Host) -> None:
    waiting = netcat.start("1")
    status = host.ask("status")
    (worker,) = status["workers"]
    assert (worker["name"], worker["busy"]) == ("main", True)
    assert worker["queued"] <= 1
    assert worker["rss_bytes"] > 1024 * 1024
    assert (status["clients"], status["is_warm"]) == (2, True)
    host.ask("interrupt")
    assert netcat.answer(waiting)["value"] == "1"


@pytest.mark.usefixtures("busy")
def test_hello_is_answered_while_an_eval_runs(device: Device) -> None:
    with device.connect("out") as other:
        assert other.welcome["op"] == "welcome"


def test_idle_nothing_is_busy(host: Host) -> None:
    wait_until(lambda: host.ask("ping")["busy"] == [])  # what earlier clients had is being closed
    assert host.worker()["busy"] is False


def test_interrupting_nothing_is_idle(host: Host) -> None:
    assert host.ask("interrupt")["op"] == "idle"
    assert host.ask("interrupt", target=99)["op"] == "idle"


def test_interrupting_what_there_is_not_is_a_mismatch(host: Host, busy: int) -> None:
    assert host.ask("interrupt", target=99)["op"] == "id-mismatch"
    assert host.ask("interrupt", target=str(busy))["op"] == "id-mismatch"
    assert host.ask("ping")["busy"] != []


@pytest.mark.usefixtures("busy")
def test_a_client_cannot_interrupt_anothers_eval(host: Host, netcat: Host) -> None:
    assert netcat.ask("interrupt")["op"] == "idle"
    assert host.ask("ping")["busy"] != []


def test_whatever_runs_on_a_worker_can_be_interrupted_by_anyone_who_names_the_worker(
    host: Host, netcat: Host, busy: int
) -> None:
    assert netcat.ask("interrupt", worker="main", target=busy)["op"] == "idle"
    assert netcat.ask("interrupt", worker="view-9")["op"] == "idle"
    assert host.ask("ping")["busy"] != []
    assert netcat.ask("interrupt", worker="main")["op"] == "interrupted"
    assert host.answer(busy)["type"] == "interrupted"


def test_an_interrupt_without_target_stops_the_oldest(host: Host) -> None:
    first, second = host.start(BUSY), host.start("2")
    host.wait_for_text("busy")
    assert host.ask("interrupt")["op"] == "interrupted"
    assert host.answer(first)["type"] == "interrupted"
    assert host.answer(second)["value"] == "2"


@pytest.mark.parametrize(
    ("line", "message_id", "error"),
    [
        ('{"op":"eval","id":1}', 1, "Missing 'code' field"),
        ('{"op":"eval","id":"a","code":""}', "a", "Missing 'code' field"),
        ('{"op":"eval"}', 0, "Missing 'code' field"),
        ('{"op":"explode","id":1}', 1, "Unknown op: explode"),
        ('{"id":1}', 1, "Missing 'op' field"),
        ('{"op":[],"id":1}', 1, "Missing 'op' field"),
        ("{}", 0, "Missing 'op' field"),
        ('{"op":"ping","id":null}', None, "'id' must be"),
        ('{"op":"ping","id":[1]}', None, "'id' must be"),
        ('{"op":"ping","id":1.5}', None, "'id' must be"),
        ('{"op":"ping","id":true}', None, "'id' must be"),
        ('{"op":"ping","id":9223372036854775808}', None, "Bad JSON"),
        ('{"op":"eval","id":1,"code":1}', 1, "'code' must be a string"),
        ('{"op":"eval","id":1,"code":"1","timeout_ms":NaN}', None, "Bad JSON"),
        ('{"op":"eval","id":1,"code":"1","lang":"cobol"}', 1, "Unknown language: cobol"),
        ('{"op":"eval","id":1,"code":"1","worker":"view-9"}', 1, "There is no worker 'view-9'"),
        ('{"op":"stdin","id":77,"text":"a"}', 77, "No request 77 is running"),
        ("{nonsense", None, "Bad JSON"),
        ("[1]", None, "A message must be a JSON object"),
        ("GET / HTTP/1.1", None, "Bad JSON"),
        ('{"a":' + "[" * 64 + "]" * 64 + "}", None, "nested deeper"),
        ('{"a":' + "[" * 100_000, None, "nested deeper"),
    ],
)
def test_bad_input_is_answered_and_the_connection_stays(
    netcat: Host, line: str, message_id: wire.Id | None, error: str
) -> None:
    netcat.send(b'{"op":"ping","id":"first"}\n' + line.encode() + b"\n")
    answer = netcat.answer(message_id)
    assert (answer["op"], answer["type"]) == ("error", "protocol")
    assert error in answer["error"]
    assert netcat.eval("1")["value"] == "1"


def test_unknown_keys_are_ignored(netcat: Host) -> None:
    assert netcat.eval("1", future={"a": [1, 2.5, None]})["value"] == "1"


@pytest.mark.parametrize("message_id", [0, -5, 2**63 - 1, "", "é", "1", "\ud800"])
def test_an_id_comes_back_as_it_was_sent(netcat: Host, message_id: wire.Id) -> None:
    for op in ({"op": "ping"}, {"op": "eval", "code": "1", "lang": "python"}, {"op": "interrupt"}):
        netcat.send_message({**op, "id": message_id})
        answer = netcat.answer(message_id)
        assert type(answer["id"]) is type(message_id)


@pytest.mark.parametrize("op", sorted(set(wire.REQUESTS) - {"hello"}))
def test_with_a_token_nothing_is_served_before_it_is_said(guarded: Device, op: str) -> None:
    keys = {
        "code": "1",
        "source": "1",
        "file": "a",
        "files": [{"path": "a", "source": ""}],
        "session": "a",
        "from": "b",
        "ns": "user",
        "action": "show",
        "ref": "a",
        "view": "v1",
        "b": "a",
        "variants": ["dark"],
    }
    with guarded.connect() as host:
        assert host.welcome["auth"] == "token"
        answer = host.ask(op, **keys)
        assert (answer["op"], answer["type"]) == ("error", "denied")
        assert host.ask("hello", token="sésame")["op"] == "ready"
        assert host.eval("1")["value"] == "1"


@pytest.mark.parametrize("token", ["wrong", "", "sésam", "sésame ", None])
def test_a_wrong_token_ends_the_connection(guarded: Device, token: str | None) -> None:
    with guarded.connect() as host:
        number = host.request("hello", token=token)
        (answer,) = host.until_closed()
        assert (answer["op"], answer["id"]) == ("access-denied", number)
        assert "sésame" not in answer["error"]


def test_after_a_wrong_token_nothing_more_is_served(guarded: Device) -> None:
    with guarded.connect() as host:
        host.send(b'{"op":"hello","token":"a"}\n{"op":"ping","id":1}\n{"op":"hello","token":"b"}\n')
        ops = [message["op"] for message in host.until_closed()]
        assert ops[0] == "access-denied"
        assert "pong" not in ops


def test_a_token_that_has_no_utf_8_is_a_wrong_one() -> None:
    with running(environment={"TETHER_TOKEN": "secret"}) as device, device.connect() as host:
        host.request("hello", token="\ud800")
        assert [message["op"] for message in host.until_closed()] == ["access-denied"]


def test_shutdown_says_goodbye_and_ends_the_server() -> None:
    with running("--lang", "python") as device, device.connect() as host, device.connect() as other:
        assert host.ask("shutdown")["op"] == "goodbye"
        assert host.until_closed() == []
        assert device.process.wait(10) == 0
        assert other.until_closed() == []
        assert not device.has_broken()


def test_what_a_client_queues_beyond_the_limit_is_refused_not_kept(device: Device) -> None:
    with device.connect("out") as host:
        running_eval = host.start(BUSY)
        host.wait_for_text("busy")
        before = host.rss_bytes()
        waiting = [host.start(f"'{'x' * 8_000_000}'[:1]") for _ in range(16)]
        assert host.answer(waiting[-1])["type"] == "too-large"
        assert host.rss_bytes() - before < 128 * 1024 * 1024
        for number in [*reversed(waiting[:8]), running_eval]:
            host.request("interrupt", target=number)
        assert [host.answer(number)["type"] for number in [*waiting[:8], running_eval]] == ["interrupted"] * 9
        assert host.eval("'next'")["value"] == "'next'"


def test_an_interrupt_is_seen_behind_any_number_of_waiting_requests(device: Device) -> None:
    with device.connect("out") as host:
        number = host.start(BUSY)
        host.wait_for_text("busy")
        waiting = [host.start("1") for _ in range(4200)]
        assert host.answer(waiting[-1])["type"] == "too-large"
        assert host.ask("interrupt", target=number)["op"] == "interrupted"
        assert host.answer(number)["type"] == "interrupted"
        assert host.answer(waiting[4000])["value"] == "1"
