"""The ops `undef` and `undef-all`."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to


def undefining(op: str, *removed: wire.JSON, **keys: Bencode) -> tuple[FakeSession, Message]:
    session = FakeSession()
    session.frames = [{"op": "result", "removed": [*removed]}]
    (reply,) = replies_to({"op": op, **keys}, session)
    return session, reply


@pytest.mark.parametrize("op", ["undef", "cider/undef"])
@pytest.mark.parametrize("key", ["sym", "symbol"])
def test_the_name_that_is_gone_is_told(op: str, key: str) -> None:
    session, reply = undefining(op, "f", **{"ns": "app", key: "f"})
    assert reply == {"undef": "f", "status": ["done"]}
    assert session.asked == [{"op": "undef", "ns": "app", "session": "s1", "name": "f"}]


@pytest.mark.parametrize("op", ["undef-all", "cider/undef-all"])
def test_a_whole_namespace_can_go(op: str) -> None:
    session, reply = undefining(op, "f", ns="app")
    assert reply == {"undef-all": "app", "status": ["done"]}
    assert session.asked == [{"op": "undef", "ns": "app", "session": "s1"}]


def test_without_a_namespace_it_is_the_sessions() -> None:
    session, _ = undefining("undef", "f", sym="f", ns=[], lang="python")
    assert session.asked == [{"op": "undef", "ns": "user", "session": "s1", "name": "f", "lang": "python"}]


def test_a_name_that_nobody_has_is_an_error() -> None:
    _, reply = undefining("undef", ns="app", sym="g")
    assert (reply["err"], reply["status"]) == ("There is no g in app\n", ["error", "undef-error", "done"])


@pytest.mark.parametrize("keys", [{}, {"sym": ""}, {"sym": []}, {"sym": 3}])
def test_without_a_name_nothing_is_asked(keys: Message) -> None:
    session, reply = undefining("undef", **keys)
    assert session.asked == []
    assert reply["status"][0:1] == ["error"]  # type: ignore[index]


def test_a_namespace_that_is_not_there_is_named() -> None:
    session = FakeSession()
    session.frames = [{"op": "error", "type": "namespace", "error": "no nope"}]
    (reply,) = replies_to({"op": "undef-all", "ns": "nope"}, session)
    assert (reply["ns"], reply["status"]) == ("nope", ["error", "namespace-not-found", "undef-error", "done"])
