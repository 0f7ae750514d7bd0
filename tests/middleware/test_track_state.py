"""Which messages tell a client what has changed."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware.mirror import Mirror, apply
from middleware.request import Bencode, Message
from middleware.track_state import NAMES, changed_namespaces
from tests.middleware.fakes import FakeSession, replies_to

LIBRARIES: wire.Message = {
    "basilisp.core": {
        "hash": "c",
        "is_new": True,
        "symbols": {"map": {"type": "function"}, "if": {"type": "special-form"}},
    },
    "basilisp.string": {"hash": "s", "is_new": True, "symbols": {"join": {"type": "function"}}},
    "math": {"lang": "python", "hash": "m", "is_new": True},
    "basilisp.set": {"hash": "unknown"},
}
USER: wire.Message = {
    "symbols": {
        "f": {"type": "function", "arglists": ["[x]"]},
        "m": {"type": "macro", "arglists": ["[x & body]"]},
        "old": {"deprecated": "1.0"},
        "x": {},
    },
    "refers": {"join": "basilisp.string/join", "map": "basilisp.core/map"},
    "aliases": {"str": "basilisp.string"},
}
KNOWN = apply(Mirror(), {**LIBRARIES, "user": USER}, {})
EVAL: Message = {"op": "eval", "code": "(def x 1)"}
JOINED: Bencode = {"aliases": {}, "interns": {"join": {"fn": "true"}}}


def cider() -> FakeSession:
    session = FakeSession()
    session.client = "CIDER"
    return session


def states(session: FakeSession, message: Message) -> list[Bencode]:
    """What was said to have changed, in messages after `done`."""
    replies = replies_to(message, session)
    done = next(at for at, reply in enumerate(replies) if "done" in str(reply.get("status")))
    assert all(reply["status"] == ["state"] and reply["repl-type"] == "clj" for reply in replies[done + 1 :])
    return [reply["changed-namespaces"] for reply in replies[done + 1 :]]


def test_after_done_a_client_is_told_of_the_program_and_what_it_uses() -> None:
    session = cider()
    session.mirror = KNOWN
    assert states(session, EVAL) == [
        {
            "clojure.core": {"aliases": {}, "interns": {"map": {"fn": "true"}}},
            "basilisp.string": JOINED,
            "user": {
                "aliases": {"str": "basilisp.string"},
                "interns": {
                    "f": {"fn": "true"},
                    "m": {"macro": "true", "style/indent": "1"},
                    "old": {"deprecated": "1.0"},
                    "x": {},
                    "join": {"fn": "true"},
                },
            },
        }
    ]


def test_only_what_has_changed_is_told_the_next_time() -> None:
    session = cider()
    session.mirror = KNOWN
    states(session, EVAL)
    assert states(session, EVAL) == []
    session.mirror = apply(KNOWN, {"other": {"symbols": {"y": {}}}}, {})
    assert states(session, EVAL) == [{"other": {"aliases": {}, "interns": {"y": {}}}}]


def test_a_library_is_told_when_the_program_begins_to_use_it() -> None:
    before = apply(KNOWN, {"user": {"aliases": {"str": None}}}, {})
    assert set(changed_namespaces(before, KNOWN)) == {"user", "basilisp.string"}


def test_a_library_is_told_when_its_description_has_come() -> None:
    before = apply(KNOWN, {"user": {"aliases": {"set": "basilisp.set"}}}, {})
    after = apply(before, {"basilisp.set": {"hash": "unknown", "is_new": True, "symbols": {"union": {}}}}, {})
    assert "basilisp.set" not in changed_namespaces(Mirror(), before)
    assert set(changed_namespaces(before, after)) == {"basilisp.set"}


@pytest.mark.parametrize("message", [{**EVAL, "inhibit-cider-middleware": "true"}, {"op": "describe"}])
def test_nothing_is_told_after_requests_that_want_or_change_nothing(message: Message) -> None:
    session = cider()
    session.mirror = KNOWN
    assert states(session, message) == []


def test_python_sessions_are_not_told() -> None:
    session = cider()
    session.mirror = KNOWN
    session.language = "python"
    assert states(session, EVAL) == []


def test_requests_of_no_session_are_not_followed() -> None:
    session = FakeSession()
    session.is_ephemeral = True
    replies_to({"op": "get-state"}, session)
    session.mirror = KNOWN
    assert states(session, EVAL) == []


def test_other_clients_are_told_when_they_have_asked_once() -> None:
    session = FakeSession()
    session.mirror = KNOWN
    assert states(session, EVAL) == []
    replies_to({"op": "get-state"}, session)
    session.mirror = apply(KNOWN, {"other": {"symbols": {"y": {}}}}, {})
    assert len(states(session, EVAL)) == 1


@pytest.mark.parametrize("op", ["get-state", "cider/get-state"])
def test_the_state_can_be_asked_for(op: str) -> None:
    session = cider()
    session.mirror = apply(Mirror(), {"user": {"symbols": {"x": {}}}}, {})
    (reply,) = replies_to({"op": op}, session)
    assert reply == {
        "status": ["done", "state"],
        "repl-type": "clj",
        "changed-namespaces": {"user": {"aliases": {}, "interns": {"x": {}}}},
    }


def test_of_a_huge_namespace_a_part_is_told() -> None:
    huge = apply(Mirror(), {"user": {"symbols": {f"n{number}": {} for number in range(NAMES + 1)}}}, {})
    told = changed_namespaces(Mirror(), huge)["user"]
    assert isinstance(told, dict)
    interns = told["interns"]
    assert isinstance(interns, dict)
    assert len(interns) == NAMES


@pytest.mark.parametrize(
    ("arglists", "indent"),
    [
        (["[& body]"], "0"),
        (["[x]", "[x y & forms]"], "2"),
        (["[x & more]"], None),
        (["[[a b] & body]"], None),
        (["[]"], None),
        ([], None),
    ],
)
def test_a_macro_is_indented_by_where_its_body_begins(arglists: list[wire.JSON], indent: str | None) -> None:
    mirror = apply(Mirror(), {"user": {"symbols": {"m": {"type": "macro", "arglists": arglists}}}}, {})
    told = changed_namespaces(Mirror(), mirror)["user"]
    meta: dict[str, Bencode] = {"macro": "true"} if indent is None else {"macro": "true", "style/indent": indent}
    assert told == {"aliases": {}, "interns": {"m": meta}}
