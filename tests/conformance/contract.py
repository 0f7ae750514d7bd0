"""Holds every reply that the suite sees against what `describe` documents. Not what the replies mean."""

from __future__ import annotations

from typing import Final

from bridge.framing import Framer, encode
from middleware.request import Bencode, Message
from tests.conformance import connections

ALWAYS: Final = frozenset({"id", "session", "status", "error", "err"})
"""Any reply may have these: the last two when the op was refused."""
UNASKED: Final = {"notification": {"msg", "type"}, "state": {"repl-type", "changed-namespaces"}}
"""Status of a message that answers no request -> its keys."""

_documented: dict[int, dict[str, set[str]]] = {}


class Contract:
    """What one server has promised."""

    def __init__(self, port: int) -> None:
        if port not in _documented:
            _documented[port] = _returns(port)
        self._returns = _documented[port]
        self._ops: dict[str, str] = {}

    def note(self, request: Message) -> None:
        """Remember which op a request has asked for."""
        self._ops[repr(request.get("id"))] = str(request.get("op"))

    def check(self, reply: Message) -> None:
        """Fail on a key that the op of the request does not document."""
        op = self._ops.get(repr(reply.get("id")))
        if op is None or op not in self._returns:
            return
        status = reply.get("status")
        unasked = [UNASKED[str(said)] for said in status if said in UNASKED] if isinstance(status, list) else []
        undocumented = set(reply) - ALWAYS - self._returns[op] - set().union(*unasked)
        assert not undocumented, f"{op} does not document {sorted(undocumented)}: {reply}"


def _returns(port: int) -> dict[str, set[str]]:
    """Op -> the keys of its replies, as the server on that port tells."""
    ops = describe(port)["ops"]
    assert isinstance(ops, dict)
    return {op: _keys(spec) for op, spec in ops.items()}


def _keys(spec: Bencode) -> set[str]:
    assert isinstance(spec, dict)
    returns = spec["returns"]
    assert isinstance(returns, dict)
    return set(returns)


def describe(port: int) -> Message:
    """What the server on that port tells of itself, with documentation."""
    framer = Framer()
    with connections.connect(port) as connection:
        connection.sendall(encode({"op": "describe", "id": "1", "verbose?": 1}))
        while True:
            for message in framer.feed(connection.recv(connections.READ_BYTES)):
                return message
