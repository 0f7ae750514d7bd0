"""Sessions and the devices they point at: moving them, losing a device, having it back."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import JsonLines, Nrepl, joined, statuses, values
from tests.conformance.servers import Server, eventually

LOST_S: Final = 1.0
"""Within this time an eval on a lost device must have failed."""
WHERE: Final = "import os; os.getppid()"
"""Its value is the process id of the device server that evaluates it."""

NO_NAMES: Final = ["a" * 300, "a..b"]

both_names = pytest.mark.parametrize("prefix", ["ios", "device"])


def address(device: Server) -> Message:
    return {"host": "127.0.0.1", "port": device.port}


def where(nrepl: Nrepl, session: str) -> int:
    """The process id of the device server that the session evaluates on."""
    (pid,) = values(nrepl.eval(WHERE, session, lang="python"))
    return int(str(pid))


def current_ns(nrepl: Nrepl, session: str) -> Bencode:
    """The namespace that `describe` tells."""
    aux = nrepl.ask({"op": "describe", "session": session})["aux"]
    assert isinstance(aux, dict)
    return aux["current-ns"]


@pytest.fixture
def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@both_names
def test_a_fresh_session_is_on_local(prefix: str, nrepl: Nrepl, session: str) -> None:
    nrepl.eval("1", session)  # until then it may still be starting
    told = nrepl.ask({"op": f"{prefix}-status", "session": session, "id": "x"})
    assert told == {
        "id": "x", "session": session, "status": ["done"],
        "device": "local", "device-up": "true", "ios-connected": "false",
    }  # fmt: skip


@both_names
def test_connect_says_host_port_and_that_it_is_connected(
    prefix: str, nrepl: Nrepl, session: str, second_device: Server
) -> None:
    name = f"127.0.0.1:{second_device.port}"
    expected = {
        "id": "x", "session": session, "status": ["done"], "device": name, "device-up": "true",
        "ios-host": "127.0.0.1", "ios-port": second_device.port, "ios-connected": "true",
    }  # fmt: skip
    assert nrepl.ask({"op": f"{prefix}-connect", "session": session, "id": "x", **address(second_device)}) == expected
    assert nrepl.ask({"op": f"{prefix}-status", "session": session, "id": "x"}) == expected
    assert where(nrepl, session) == second_device.process.pid


@both_names
def test_disconnect_says_what_it_left_and_goes_back_to_local(
    prefix: str, nrepl: Nrepl, session: str, second_device: Server
) -> None:
    local = where(nrepl, session)
    nrepl.ask({"op": "ios-connect", "session": session, **address(second_device)})
    told = nrepl.ask({"op": f"{prefix}-disconnect", "session": session})
    assert (told["ios-host"], told["ios-port"], told["ios-connected"]) == ("127.0.0.1", second_device.port, "false")
    assert (told["device"], statuses(told)) == ("local", ["done"])
    assert where(nrepl, session) == local


def test_disconnecting_from_local_is_harmless(nrepl: Nrepl, session: str) -> None:
    told = nrepl.ask({"op": "ios-disconnect", "session": session})
    assert (told["ios-connected"], statuses(told)) == ("false", ["done"])


def test_what_local_holds_is_still_there_after_a_visit_elsewhere(
    nrepl: Nrepl, session: str, second_device: Server
) -> None:
    nrepl.eval("(ns conformance.visits) (def x 5) :kept", session)
    nrepl.ask({"op": "ios-connect", "session": session, **address(second_device)})
    assert values(nrepl.eval("[*1 (str *ns*)]", session)) == ['[nil "user"]']
    nrepl.ask({"op": "ios-disconnect", "session": session})
    assert values(nrepl.eval("[*1 (str *ns*) conformance.visits/x]", session)) == ['[:kept "conformance.visits" 5]']


def test_describe_tells_the_namespace_that_the_session_is_in_after_a_move(
    nrepl: Nrepl, session: str, second_device: Server
) -> None:
    nrepl.eval("(ns conformance.visits)", session)
    nrepl.ask({"op": "ios-connect", "session": session, **address(second_device)})
    assert current_ns(nrepl, session) == "user"


def test_describe_tells_the_namespace_that_the_session_is_in_after_it_came_back(
    nrepl: Nrepl, session: str, second_device: Server
) -> None:
    nrepl.eval("(ns conformance.visits)", session)
    nrepl.ask({"op": "ios-connect", "session": session, **address(second_device)})
    nrepl.ask({"op": "ios-disconnect", "session": session})
    assert current_ns(nrepl, session) == values(nrepl.eval("*ns*", session))[0]


def test_one_session_moves_no_other(nrepl: Nrepl, session: str, second_device: Server) -> None:
    other = nrepl.clone()
    nrepl.ask({"op": "ios-connect", "session": session, **address(second_device)})
    assert nrepl.ask({"op": "ios-status", "session": other})["device"] == "local"
    assert where(nrepl, other) != second_device.process.pid
    nrepl.ask({"op": "close", "session": other})


def test_a_clone_inherits_the_device_and_keeps_it(nrepl: Nrepl, session: str, second_device: Server) -> None:
    nrepl.ask({"op": "ios-connect", "session": session, **address(second_device)})
    nrepl.eval("41", session)
    clone = nrepl.clone(session=session)
    nrepl.ask({"op": "ios-disconnect", "session": session})
    assert nrepl.ask({"op": "ios-status", "session": clone})["ios-port"] == second_device.port
    assert where(nrepl, clone) == second_device.process.pid
    assert values(nrepl.eval("*1", clone)) == ["41"]
    nrepl.ask({"op": "close", "session": clone})


def test_requests_without_a_session_can_move_too(bridge: Server, second_device: Server) -> None:
    with Nrepl(bridge.port) as first, Nrepl(bridge.port) as second:
        assert first.ask({"op": "ios-connect", **address(second_device)})["ios-connected"] == "true"
        assert first.ask({"op": "ios-status"})["ios-connected"] == "true"
        assert second.ask({"op": "ios-status"})["ios-connected"] == "false"


def test_the_port_may_be_a_string(nrepl: Nrepl, session: str, second_device: Server) -> None:
    told = nrepl.ask({"op": "ios-connect", "session": session, "host": "localhost", "port": str(second_device.port)})
    assert (told["ios-host"], told["ios-port"]) == ("localhost", second_device.port)


@pytest.mark.parametrize("host", [{}, {"host": ""}, {"host": []}, {"host": 0}])
def test_connect_without_a_host_is_refused(host: Message, nrepl: Nrepl, session: str) -> None:
    reply = nrepl.ask({"op": "ios-connect", "session": session, **host})
    assert (reply["error"], reply["status"]) == ("Missing 'host' parameter", ["error", "no-host", "done"])


@pytest.mark.parametrize("port", [-1, 65536, 10**12, "no number", "", [1], {"a": 1}])
def test_a_port_that_is_none_is_refused(port: Bencode, nrepl: Nrepl, session: str) -> None:
    reply = nrepl.ask({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": port})
    assert statuses(reply) == ["error", "bad-port", "done"]
    assert str(reply["error"]).startswith("'port' must be an integer")


def test_a_host_that_is_no_text_is_refused(nrepl: Nrepl, session: str) -> None:
    reply = nrepl.ask({"op": "ios-connect", "session": session, "host": ["127.0.0.1"]})
    assert statuses(reply) == ["error", "bad-host", "done"]


def test_a_connect_that_fails_names_the_place_and_changes_nothing(nrepl: Nrepl, session: str, free_port: int) -> None:
    nrepl.eval("(ns conformance.stays) :kept", session)
    before = nrepl.ask({"op": "ios-status", "session": session, "id": "x"})
    reply = nrepl.ask({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": free_port})
    assert reply["error"] == f"Failed to connect to iOS device at 127.0.0.1:{free_port}"
    assert statuses(reply) == ["error", "connect-failed", "done"]
    assert nrepl.ask({"op": "ios-status", "session": session, "id": "x"}) == before
    assert values(nrepl.eval("[*1 (str *ns*)]", session)) == ['[:kept "conformance.stays"]']


def test_a_connect_that_fails_leaves_a_session_on_the_device_it_had(
    nrepl: Nrepl, session: str, second_device: Server, free_port: int
) -> None:
    nrepl.ask({"op": "ios-connect", "session": session, **address(second_device)})
    nrepl.ask({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": free_port})
    assert nrepl.ask({"op": "ios-status", "session": session})["ios-port"] == second_device.port
    assert where(nrepl, session) == second_device.process.pid


@pytest.mark.parametrize("host", ["no-such-host.invalid", "\0", "[::1]", "1.2.3.4.5", *NO_NAMES])
def test_a_host_that_does_not_exist_is_a_failed_connect(host: str, nrepl: Nrepl, session: str) -> None:
    reply = nrepl.ask({"op": "ios-connect", "session": session, "host": host, "port": 5558})
    assert reply["error"] == f"Failed to connect to iOS device at {host}:5558"
    assert statuses(reply) == ["error", "connect-failed", "done"]


def test_what_is_no_device_server_is_a_failed_connect(nrepl: Nrepl, session: str, bridge: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        id_ = nrepl.send({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": port})
        accepted, _ = listener.accept()
        with accepted:
            accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            (reply,) = nrepl.converse(id_)
    assert statuses(reply) == ["error", "connect-failed", "done"]
    assert nrepl.ask({"op": "ios-status", "session": session})["device"] == "local"


@pytest.mark.slow
def test_a_device_that_says_nothing_is_a_failed_connect_that_delays_nobody(nrepl: Nrepl, session: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        id_ = nrepl.send({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": port})
        assert values(nrepl.eval("1", session)) == ["1"]
        (reply,) = nrepl.converse(id_)
    assert statuses(reply) == ["error", "connect-failed", "done"]


def test_sessions_of_a_bridge_for_a_device_start_there(bridge_elsewhere: Server, second_device: Server) -> None:
    with Nrepl(bridge_elsewhere.port) as nrepl:
        session = nrepl.clone()
        assert nrepl.ask({"op": "ios-status", "session": session})["ios-port"] == second_device.port
        assert where(nrepl, session) == second_device.process.pid
        nrepl.ask({"op": "ios-disconnect", "session": session})
        assert where(nrepl, session) != second_device.process.pid
        nrepl.ask({"op": "close", "session": session})


# Losing a device


@pytest.fixture
def lost(tmp_path: Path) -> Iterator[Server]:
    """A device that a test may kill."""
    with servers.device(tmp_path / "lost") as device:
        yield device


def assert_lost(replies: list[Message], device: Server) -> None:
    """One line of remedy, then the error, then done, and nowhere a value."""
    err, error, done = replies
    remedy = str(err["err"])
    assert remedy.count("\n") == 1
    assert remedy.endswith("\n")
    for word in (f"127.0.0.1:{device.port}", "tether device", "ios-disconnect"):
        assert word in remedy
    assert (error["ex"], error["status"]) == ("device-lost", ["eval-error", "device-lost"])
    assert done["status"] == ["done"]


@pytest.mark.slow
def test_an_eval_that_runs_when_its_device_is_lost_fails_within_a_second(
    nrepl: Nrepl, session: str, lost: Server
) -> None:
    nrepl.ask({"op": "ios-connect", "session": session, **address(lost)})
    replies = nrepl.converse(nrepl.send({"op": "eval", "code": "(read-line)", "session": session}))
    assert statuses(next(replies)) == ["need-input"]
    started = time.monotonic()
    lost.end(signal.SIGKILL)
    assert_lost(list(replies), lost)
    assert time.monotonic() - started < LOST_S


@pytest.mark.slow
def test_a_lost_device_fails_evals_and_comes_back_by_itself(
    nrepl: Nrepl, session: str, lost: Server, tmp_path: Path
) -> None:
    nrepl.ask({"op": "ios-connect", "session": session, **address(lost)})
    other = nrepl.clone()
    nrepl.eval("(ns conformance.gone)", session)
    lost.end(signal.SIGKILL)
    eventually(lambda: nrepl.ask({"op": "ios-status", "session": session})["ios-connected"] == "false")
    for request in ({"op": "eval", "code": WHERE, "lang": "python"}, {"op": "load-file", "file": "(def ran-here 1)"}):
        started = time.monotonic()
        assert_lost(nrepl.talk({**request, "session": session}), lost)
        assert time.monotonic() - started < LOST_S
    assert values(nrepl.eval("(resolve 'ran-here)", other)) == ["nil"]  # it ran nowhere else
    assert nrepl.ask({"op": "ios-status", "session": session})["ios-port"] == lost.port
    with servers.device(tmp_path / "back", port=lost.port) as back:
        eventually(lambda: nrepl.ask({"op": "ios-status", "session": session})["ios-connected"] == "true")
        assert where(nrepl, session) == back.process.pid
        assert values(nrepl.eval("*ns*", session)) == ["user"]
        nrepl.ask({"op": "ios-disconnect", "session": session})
    nrepl.ask({"op": "close", "session": other})


@pytest.mark.slow
def test_a_session_can_leave_a_lost_device(nrepl: Nrepl, session: str, lost: Server) -> None:
    nrepl.ask({"op": "ios-connect", "session": session, **address(lost)})
    lost.end(signal.SIGKILL)
    assert nrepl.ask({"op": "ios-disconnect", "session": session})["device"] == "local"
    assert values(nrepl.eval("1", session)) == ["1"]


@pytest.mark.slow
def test_a_bridge_starts_without_its_device_and_finds_it_later(tmp_path: Path, free_port: int) -> None:
    with (
        servers.bridge(tmp_path / "bridge", "--device", f"127.0.0.1:{free_port}") as bridge,
        Nrepl(bridge.port) as nrepl,
    ):
        session = nrepl.clone()
        assert "device-lost" in [status for reply in nrepl.eval("1", session) for status in statuses(reply)]
        with servers.device(tmp_path / "device", port=free_port) as device:
            eventually(lambda: nrepl.ask({"op": "ios-status", "session": session})["ios-connected"] == "true")
            assert where(nrepl, session) == device.process.pid


@pytest.mark.slow
def test_the_local_device_is_started_again_when_it_dies(nrepl: Nrepl, session: str) -> None:
    supervisor = where(nrepl, session)
    replies = nrepl.converse(nrepl.send({"op": "eval", "code": "(read-line)", "session": session}))
    assert statuses(next(replies)) == ["need-input"]
    os.kill(supervisor, signal.SIGKILL)
    err, error, done = list(replies)
    assert "started again" in joined([err], "err")
    assert (statuses(error), statuses(done)) == (["eval-error", "device-lost"], ["done"])
    assert values(nrepl.eval("(+ 1 2)", session)) == ["3"]
    assert where(nrepl, session) != supervisor


@pytest.mark.slow
def test_an_eval_on_a_device_that_its_session_leaves_ends(nrepl: Nrepl, session: str, lost: Server) -> None:
    nrepl.ask({"op": "ios-connect", "session": session, **address(lost)})
    replies = nrepl.converse(nrepl.send({"op": "eval", "code": "(read-line)", "session": session}))
    assert statuses(next(replies)) == ["need-input"]
    nrepl.ask({"op": "ios-disconnect", "session": session})
    assert "done" in statuses(list(replies)[-1])
    assert values(nrepl.eval("1", session)) == ["1"]


@pytest.mark.slow
@pytest.mark.parametrize("op", ["close", "ios-disconnect"])
def test_leaving_a_device_interrupts_what_runs_there(op: str, nrepl: Nrepl, lost: Server) -> None:
    session = nrepl.clone()
    nrepl.ask({"op": "ios-connect", "session": session, **address(lost)})
    replies = nrepl.converse(nrepl.send({"op": "eval", "code": "(read-line)", "session": session}))
    assert statuses(next(replies)) == ["need-input"]
    nrepl.ask({"op": op, "session": session})
    assert "done" in statuses(list(replies)[-1])
    with JsonLines(lost.port) as client:
        eventually(lambda: client.ask("ping")["busy"] == [], within_s=LOST_S)


@pytest.mark.slow
def test_a_host_that_goes_while_its_eval_reads_blocks_no_other(lost: Server) -> None:
    with JsonLines(lost.port) as first:
        assert [frame["op"] for frame in first.converse(first.send("eval", code="(+ 1 2)"))] == ["result"]
        reads = first.converse(first.send("eval", code="(read-line)"))
        assert next(reads)["op"] == "need-input"
    with JsonLines(lost.port) as second:
        eventually(lambda: second.ask("ping")["busy"] == [], within_s=LOST_S)
