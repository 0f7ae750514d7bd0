"""Sessions, the connections that use them and what these hear without having asked."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bridge.framing import encode
from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import JsonLines, Nrepl, joined, statuses, values
from tests.conformance.connections import Relay
from tests.conformance.servers import Server, eventually, resident_bytes

CLIENTS: Final = 64
MANY_BYTES: Final = 150 * 1024 * 1024
"""More than a bridge may keep for a client that does not read, with all else that it has."""


# Connections


def test_a_session_outlives_its_connection_and_serves_another(bridge: Server) -> None:
    with Nrepl(bridge.port) as first:
        session = first.clone()
        first.eval("(ns conformance.outlives) :kept", session)
    with Nrepl(bridge.port) as second:
        assert session in second.sessions()
        assert values(second.eval("[*1 (str *ns*)]", session)) == ['[:kept "conformance.outlives"]']
        second.talk({"op": "close", "session": session})
        assert session not in second.sessions()


def test_two_connections_use_one_session_and_each_gets_its_own_replies(bridge: Server) -> None:
    with Nrepl(bridge.port) as first, Nrepl(bridge.port) as second:
        session = first.clone()
        ids = [client.send({"op": "eval", "code": f"(do {n} *1)", "session": session, "id": f"same {n}"})
               for n in range(20) for client in (first, second)]  # fmt: skip
        for client in (first, second):
            for id_ in ids[::2]:
                assert all(reply["id"] == id_ for reply in client.converse(id_))
        assert first.unread() == second.unread() == []
        first.talk({"op": "close", "session": session})


def test_an_eval_whose_client_has_left_ends_and_the_session_goes_on(bridge: Server, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with Nrepl(bridge.port) as first:
        session = first.clone()
        code = f"print('on'); kept = open({str(fifo)!r}).read()"
        first.send({"op": "eval", "code": code, "lang": "python", "session": session})
        first.hear("on")
    fifo.write_text("all of it")
    with Nrepl(bridge.port) as second:
        assert values(second.eval("kept", session, lang="python")) == ["'all of it'"]
        second.talk({"op": "close", "session": session})


@pytest.mark.slow
def test_a_session_that_nobody_uses_is_closed_after_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TETHER_SESSION_IDLE_HOURS", "0.0001")
    with servers.bridge(tmp_path) as own, Nrepl(own.port) as client:
        used = client.clone()
        with Nrepl(own.port) as leaving:
            leaving.eval("1", leaving.clone())
        eventually(lambda: client.sessions() == [used])
        assert values(client.eval("1", used)) == ["1"]


@pytest.mark.slow
def test_a_session_is_forgotten_on_every_device_it_has_been_on(
    bridge: Server, second_device: Server, nrepl: Nrepl
) -> None:
    sessions_there = (
        "import gc; from device_server.languages.python import _Session; "
        "len([each for each in gc.get_objects() if type(each) is _Session and each.last_value == 'left behind'])"
    )
    session = nrepl.clone()
    nrepl.talk({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": second_device.port})
    nrepl.eval("'left ' + 'behind'", session, lang="python")
    nrepl.talk({"op": "ios-disconnect", "session": session})
    with JsonLines(second_device.port) as host:
        assert host.ask("eval", code=sessions_there, lang="python")["value"] == "1"
        nrepl.talk({"op": "close", "session": session})
        eventually(lambda: host.ask("eval", code=sessions_there, lang="python")["value"] == "0")


@pytest.mark.slow
def test_many_clients_at_once_that_leave_in_any_order_all_get_their_own_answers(bridge: Server) -> None:
    chance = random.Random(1)
    clients = [Nrepl(bridge.port) for _ in range(CLIENTS)]
    sessions = [client.clone() for client in clients]
    asked: list[list[Bencode]] = [[] for _ in clients]
    for turn in range(4):
        for number, (client, session) in enumerate(zip(clients, sessions, strict=True)):
            code = f"(do (println {number}) (+ {number} {turn}))"
            asked[number].append(client.send({"op": "eval", "code": code, "session": session}))
            client.send({"op": "describe", "session": session})
            if chance.random() < 0.1:
                client.send({"op": "interrupt", "session": session, "interrupt-id": "never was"})
    leaving = set(chance.sample(range(CLIENTS), CLIENTS // 2))
    for number in leaving:
        clients[number].socket.close()
    for number, client in enumerate(clients):
        if number in leaving:
            continue
        for turn, id_ in enumerate(asked[number]):
            replies = list(client.converse(id_))
            assert (joined(replies, "out"), values(replies)) == (f"{number}\n", [str(number + turn)])
        client.socket.close()
    with Nrepl(bridge.port) as after:
        for session in sessions:
            assert statuses(after.ask({"op": "close", "session": session})) == ["done", "session-closed"]
    eventually(lambda: len(os.listdir(f"/proc/{bridge.process.pid}/fd")) < 40)


@pytest.mark.slow
def test_a_client_that_asks_and_never_reads_is_dropped_before_it_costs_much(tmp_path: Path) -> None:
    with servers.bridge(tmp_path) as own, Nrepl(own.port) as deaf, Nrepl(own.port) as client:
        before = resident_bytes(own.process.pid)
        question = encode({"op": "describe", "verbose?": 1, "id": "x"}) * 500
        with pytest.raises(ConnectionError):  # noqa: PT012 whichever of them
            while True:
                deaf.socket.sendall(question)
        assert resident_bytes(own.process.pid) - before < MANY_BYTES
        assert values(client.talk({"op": "eval", "code": "1"})) == ["1"]
        assert "dropping" in own.log.read_text()


# Closing, interrupting, losing


def test_a_closed_session_refuses_what_comes_after_and_no_other_does(nrepl: Nrepl, session: str) -> None:
    closed = nrepl.clone()
    running = nrepl.converse(nrepl.send({"op": "eval", "code": "(read-line)", "session": closed}))
    assert statuses(next(running)) == ["need-input"]
    nrepl.talk({"op": "close", "session": closed})
    assert [statuses(reply) for reply in running] == [["interrupted", "done"]]
    for op in ("eval", "stdin", "interrupt", "close", "describe"):
        reply = nrepl.ask({"op": op, "code": "1", "stdin": "x", "session": closed})
        assert statuses(reply) == ["error", "unknown-session", "done"]
    assert values(nrepl.eval("1", session)) == ["1"]


# Notices


STATELESS: Final[Message] = {"inhibit-cider-middleware": "true"}
"""Nobody then tells CIDER what the eval has changed."""


@pytest.fixture
def own_bridge(tmp_path: Path) -> Iterator[Server]:
    """A bridge whose devices a test may kill."""
    with servers.bridge(tmp_path / "bridge") as server:
        yield server


@pytest.mark.slow
def test_a_crash_is_told_to_the_other_clients_and_once(own_bridge: Server) -> None:
    with Nrepl(own_bridge.port) as cider, Nrepl(own_bridge.port) as calva, Nrepl(own_bridge.port) as crashing:
        main, other, fatal = cider.clone(**{"client-name": "CIDER"}), calva.clone(), crashing.clone()
        cider.eval("1", main, id="latest", **STATELESS)
        calva.eval("1", other, id="last")
        crashing.eval("1", fatal)
        replies = crashing.eval("import os; os.abort()", fatal, lang="python")
        assert "SIGABRT" in joined(replies, "err")
        notice = cider.receive()
        assert (notice["id"], notice["session"], notice["status"]) == ("latest", main, ["notification"])
        assert (notice["type"], "SIGABRT" in str(notice["msg"])) == ("warning", True)
        told = calva.receive()
        assert (told["id"], told["session"]) == ("last", other)
        assert "SIGABRT" in str(told["err"])
        assert cider.unread() == calva.unread() == crashing.unread() == []


@pytest.mark.slow
def test_evals_that_a_crash_has_cost_another_session_are_told_in_the_same_message(own_bridge: Server) -> None:
    with Nrepl(own_bridge.port) as losing, Nrepl(own_bridge.port) as crashing:
        loses, fatal = losing.clone(), crashing.clone()
        losing.eval("1", loses)
        losing.eval("'settled'", fatal, lang="python")
        losing.send({"op": "eval", "code": "(def lost-with-it 1)", "session": loses, "id": "lost"})
        crashing.eval("import os; os.abort()", fatal, lang="python")
        heard = [*losing.converse("lost"), *losing.unread()]
        (told,) = [message for message in heard if "err" in message]
        assert str(told["err"]).startswith("The worker died")
        is_lost = values(losing.eval("(resolve 'lost-with-it)", loses)) == ["nil"]
        assert ("(def lost-with-it 1)" in str(told["err"])) == is_lost


@pytest.mark.slow
def test_a_device_that_is_lost_and_back_is_told_to_those_who_are_idle_there(own_bridge: Server, tmp_path: Path) -> None:
    with Nrepl(own_bridge.port) as cider, servers.device(tmp_path / "device") as device:
        session, elsewhere = cider.clone(**{"client-name": "CIDER"}), cider.clone(**{"client-name": "CIDER"})
        cider.talk({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": device.port})
        cider.eval("(ns conformance.there)", session, id="there", **STATELESS)
        cider.eval("1", elsewhere, id="here", **STATELESS)
        port = device.port
        device.end(signal.SIGKILL)
        lost = cider.receive()
        assert (lost["id"], lost["session"], lost["type"]) == ("there", session, "error")
        assert f"127.0.0.1:{port}" in str(lost["msg"])
        with servers.device(tmp_path / "again", port=port):
            back = cider.receive()
            assert (back["id"], back["type"]) == ("there", "warning")
            assert "what was defined is lost" in str(back["msg"])
            aux = cider.ask({"op": "describe", "session": session})["aux"]
            assert isinstance(aux, dict)
            assert aux["current-ns"] == "user"
            assert values(cider.eval("(+ 1 2)", session)) == ["3"]


@pytest.mark.slow
def test_a_device_whose_link_was_cut_is_back_with_its_state(bridge: Server, second_device: Server) -> None:
    with Nrepl(bridge.port) as client, Relay(second_device.port) as relay:
        session = client.clone()
        client.talk({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": relay.port})
        client.eval("(def kept 5)", session)
        relay.cut()
        assert "is lost" in str(client.receive()["err"])
        assert "has kept what was defined" in str(client.receive()["err"])
        assert values(client.eval("kept", session)) == ["5"]
        client.talk({"op": "close", "session": session})


# Listening


def test_a_session_hears_all_that_others_write_on_its_device(bridge: Server, nrepl: Nrepl, session: str) -> None:
    with Nrepl(bridge.port) as other:
        writes = other.clone()
        told = nrepl.ask({"op": "out-subscribe", "session": session, "id": "sub"})
        assert told["out-subscribe"] == session
        nrepl.eval("(println :mine)", session)
        other.eval("import sys; sys.stdout.write('theirs'); sys.stderr.write('oops')", writes, lang="python")
        heard = [nrepl.receive(), nrepl.receive()]
        assert {(message["id"], message.get("out"), message.get("err")) for message in heard} == {
            ("sub", "theirs", None),
            ("sub", None, "oops"),
        }
        assert statuses(nrepl.ask({"op": "cider/out-unsubscribe", "session": session})) == ["done"]
        other.eval("print('unheard')", writes, lang="python")
        assert nrepl.unread() == []
        other.talk({"op": "close", "session": writes})


def test_output_of_another_host_of_the_device_is_heard_and_its_source_told(
    bridge: Server, second_device: Server, nrepl: Nrepl, session: str
) -> None:
    nrepl.talk({"op": "ios-connect", "session": session, "host": "127.0.0.1", "port": second_device.port})
    assert nrepl.ask({"op": "forward-system-output", "session": session, "id": "sys"})["status"] == ["done"]
    with JsonLines(second_device.port) as host:
        host.ask("eval", code="import sys; sys.stdout.write('from elsewhere')", lang="python")
    assert nrepl.receive() == {"id": "sys", "session": session, "out": "from elsewhere", "source": "system"}


# Languages


@pytest.fixture(scope="module")
def python_bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A bridge whose sessions are in Python."""
    with servers.bridge(tmp_path_factory.mktemp("python"), "--lang", "python") as server:
        yield server


def test_sessions_of_two_languages_live_side_by_side(nrepl: Nrepl, session: str) -> None:
    python = nrepl.clone(lang="python")
    assert values(nrepl.eval("[1, 2]", python)) == ["[1, 2]"]
    assert values(nrepl.eval("(vector 1 2)", session)) == ["[1 2]"]
    clone = nrepl.clone(session=python)
    assert values(nrepl.eval("_", clone)) == ["[1, 2]"]
    for each in (python, clone):
        aux = nrepl.ask({"op": "describe", "session": each})["aux"]
        assert isinstance(aux, dict)
        assert (aux["lang"], aux["current-ns"]) == ("python", "__main__")
        nrepl.talk({"op": "close", "session": each})


def test_a_language_that_a_device_does_not_have_is_refused_with_those_it_has(
    nrepl: Nrepl, session: str, second_device: Server
) -> None:
    address: Message = {"host": "127.0.0.1", "port": second_device.port}
    for request in ({"op": "clone"}, {"op": "device-connect", **address}):
        reply = nrepl.ask({**request, "lang": "ruby", "session": session})
        assert statuses(reply) == ["error", "unknown-lang", "done"]
        assert reply["languages"] == ["basilisp", "python"]
    assert nrepl.ask({"op": "ios-status", "session": session})["device"] == "local"


def test_a_device_may_be_connected_in_a_language(nrepl: Nrepl, session: str, second_device: Server) -> None:
    address: Message = {"host": "127.0.0.1", "port": second_device.port}
    nrepl.talk({"op": "device-connect", "session": session, "lang": "python", **address})
    assert values(nrepl.eval("[1, 2]", session)) == ["[1, 2]"]


def test_editors_for_clojure_are_greeted_in_python_without_an_error(python_bridge: Server) -> None:
    with Nrepl(python_bridge.port) as nrepl:
        for code in (
            "*ns*",
            "(when-let [requires (resolve 'clojure.main/repl-requires)]\n"
            "  (clojure.core/apply clojure.core/require @requires))",
        ):
            for keys in ({}, {"ns": "user"}):
                replies = nrepl.talk({"op": "eval", "code": code, **keys})
                assert all("ex" not in reply and "err" not in reply for reply in replies)
                assert replies[-1]["ns"] == "__main__"


def test_the_namespace_that_editors_for_clojure_begin_in_is_main_in_python(python_bridge: Server) -> None:
    with Nrepl(python_bridge.port) as nrepl:
        session = nrepl.clone()
        reply, _ = nrepl.eval("x = 5\n__name__", session, ns="user")
        assert (reply["value"], reply["ns"]) == ("'__main__'", "__main__")
        assert values(nrepl.eval("x", session)) == ["5"]
        unknown = nrepl.ask({"op": "eval", "code": "1", "session": session, "ns": "no.such"})
        assert statuses(unknown) == ["error", "namespace-not-found", "done"]


def test_a_file_is_loaded_in_the_language_of_its_ending(python_bridge: Server) -> None:
    with Nrepl(python_bridge.port) as nrepl:
        clojure = nrepl.talk({"op": "load-file", "file": "(+ 1 2)", "file-path": "/nowhere/a.lpy"})
        python = nrepl.talk({"op": "load-file", "file": "1 + 3", "file-path": "/nowhere/a.py"})
        other = nrepl.talk({"op": "load-file", "file": "1 + 4", "file-path": "/nowhere/a"})
        assert [values(replies) for replies in (clojure, python, other)] == [["3"], ["4"], ["5"]]


def test_describe_tells_what_runs(python_bridge: Server) -> None:
    with Nrepl(python_bridge.port) as nrepl:
        told = nrepl.ask({"op": "describe", "session": nrepl.clone()})
        assert told["aux"] == {
            "current-ns": "__main__", "lang": "python", "languages": ["python", "basilisp"], "device": "local",
        }  # fmt: skip
        versions = told["versions"]
        assert isinstance(versions, dict)
        assert set(versions) == {"basilisp", "python", "nrepl", "tether"}
