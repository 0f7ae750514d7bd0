"""Every op with keys missing, of a wrong type, unknown or repeated: it is answered, once, and nothing breaks.

The cases are made from what the bridge tells of its ops, so that an op which is added is tried as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import pytest

from bridge.framing import encode
from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import Nrepl, statuses
from tests.conformance.contract import describe
from tests.conformance.servers import Server

WRONG: Final[list[Bencode]] = [
    5, -1, 10**18, [], ["a"], [5], [[]], {}, {"a": "b"}, "", "no such thing", "-7", b"\xff\xfe",
]  # fmt: skip
NONE: Final[list[Bencode]] = ["", 0, []]
"""What clients write where they mean that there is nothing."""

_ids = itertools.count(1)


@pytest.fixture(scope="module")
def own_bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A bridge whose state may be rewound, undefined and tested to pieces. It must not have raised anything."""
    with servers.bridge(tmp_path_factory.mktemp("keys")) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture
def client(own_bridge: Server) -> Iterator[Nrepl]:
    with Nrepl(own_bridge.port) as client:
        yield client


def cases(port: int) -> Iterator[Message]:
    """Each op without keys, and with each of its keys in each wrong type."""
    ops = describe(port)["ops"]
    assert isinstance(ops, dict)
    for op, spec in ops.items():
        assert isinstance(spec, dict)
        requires, optional = spec["requires"], spec["optional"]
        assert isinstance(requires, dict)
        assert isinstance(optional, dict)
        needed: Message = {key: "1" for key in requires if key != "session"}
        yield {"op": op}
        yield {"op": op, **needed, "no-such-key": {"a": [1]}}
        for key, wrong in itertools.product(sorted({*requires, *optional} - {"session"}), WRONG):
            yield {"op": op, **needed, key: wrong}


def assert_answered(client: Nrepl, message: Message) -> None:
    """One `done`, and every reply says whose it is."""
    replies = client.talk({"id": f"case {next(_ids)}", **message})
    assert [statuses(reply).count("done") for reply in replies] == [*[0] * (len(replies) - 1), 1], message
    for reply in replies:
        assert "session" not in message or reply["session"] == message["session"], message
        assert all(isinstance(status, str) for status in statuses(reply)), message


@pytest.mark.slow
def test_every_op_answers_whatever_its_keys_are(own_bridge: Server, client: Nrepl) -> None:
    for op, messages in itertools.groupby(cases(own_bridge.port), key=lambda message: message["op"]):
        session = client.clone()
        for message in messages:
            assert_answered(client, {**message, "session": session})
        client.talk({"op": "close", "session": session})
        assert "Traceback" not in own_bridge.log.read_text(), op


@pytest.mark.slow
def test_every_op_answers_without_a_session_and_without_an_id(own_bridge: Server, client: Nrepl) -> None:
    ops = describe(own_bridge.port)["ops"]
    assert isinstance(ops, dict)
    for op in ops:
        for nothing in NONE:
            (session,) = {str(reply["session"]) for reply in client.talk({"op": op, "session": nothing})}
            assert session, op
        client.socket.sendall(encode({"op": op}))
        replies = [client.receive()]
        while "done" not in statuses(replies[-1]):
            replies.append(client.receive())
        assert all("id" not in reply and reply["session"] for reply in replies), op


@pytest.mark.parametrize("session", ["no such session", 5, ["a"], {"a": "b"}, b"\xff\xfe"])
def test_every_op_refuses_a_session_that_does_not_exist_and_echoes_it(
    session: Bencode, own_bridge: Server, client: Nrepl
) -> None:
    ops = describe(own_bridge.port)["ops"]
    assert isinstance(ops, dict)
    for op in [*ops, "no-such-op"]:
        reply = client.ask({"op": op, "session": session})
        assert (reply["session"], statuses(reply)) == (session, ["error", "unknown-session", "done"])


@pytest.mark.parametrize("id_", [7, -7, ["a"], {"a": "b"}, b"\xff\xfe", "é漢"])
def test_an_id_of_any_kind_is_echoed(id_: Bencode, client: Nrepl) -> None:
    session = client.clone()
    for op in ("describe", "eval", "interrupt"):
        assert_answered(client, {"op": op, "code": "1", "session": session, "id": id_})
    client.talk({"op": "close", "session": session})


@pytest.mark.parametrize("op", [5, -1, [], ["eval"], {}, {"op": "eval"}, "", b"\xff\xfe", "EVAL", " eval"])
def test_an_op_that_is_none_is_unknown(op: Bencode, client: Nrepl) -> None:
    client.socket.sendall(encode({"op": op, "code": "1", "id": "none"}))
    (reply,) = client.converse("none")
    assert statuses(reply) == ["error", "unknown-op", "done"]


def test_of_a_key_that_is_repeated_the_last_counts(client: Nrepl) -> None:
    client.socket.sendall(b"d4:code1:12:id1:x2:op4:eval4:code1:2e")
    reply, _ = client.converse("x")
    assert reply["value"] == "2"


@pytest.mark.parametrize(
    "request_",
    [
        {"op": "eval", "code": "7", "ns": [], "file": 0, "line": "", "column": [], "lang": 0, "timeout-ms": []},
        {"op": "load-file", "file": "7", "file-path": [], "file-name": 0, "lang": ""},
        {"op": "clone", "lang": [], "client-name": 0, "client-version": ""},
        {"op": "describe", "verbose?": []},
        {"op": "interrupt", "interrupt-id": []},
        {"op": "device-status", "host": []},
        {"op": "stdin", "stdin": []},
    ],
    ids=lambda request: str(request["op"]),
)
def test_nothing_in_the_place_of_a_key_is_no_error(request_: Message, client: Nrepl) -> None:
    session = client.clone()
    replies = client.talk({**request_, "session": session})
    assert "error" not in statuses(replies[-1])
    assert all("ex" not in reply for reply in replies)
    client.talk({"op": "close", "session": session})
