"""The replies about sessions."""

from __future__ import annotations

from tests.middleware.fakes import FakeSession, replies_to


def test_clone_names_the_new_session() -> None:
    assert replies_to({"op": "clone"}, FakeSession()) == [{"new-session": "s2", "status": ["done"]}]


def test_close_says_that_it_is_closed() -> None:
    session = FakeSession()
    assert replies_to({"op": "close", "session": "s1"}, session) == [{"status": ["done", "session-closed"]}]
    assert not session.is_open


def test_close_needs_a_session() -> None:
    (reply,) = replies_to({"op": "close"}, FakeSession())
    assert reply["status"] == ["error", "no-session", "done"]


def test_the_session_of_a_connection_cannot_be_closed() -> None:
    session = FakeSession()
    session.is_ephemeral = True
    (reply,) = replies_to({"op": "close", "session": 0}, session)
    assert reply["status"] == ["error", "unknown-session", "done"]
    assert session.is_open


def test_ls_sessions_lists_ids() -> None:
    assert replies_to({"op": "ls-sessions"}, FakeSession()) == [{"sessions": ["s1"], "status": ["done"]}]


def test_a_clone_may_name_a_language_and_who_asks() -> None:
    session = FakeSession()
    replies_to({"op": "clone", "lang": "python", "client-name": "CIDER"}, session)
    replies_to({"op": "clone", "lang": [], "client-name": 0}, session)
    assert session.cloned == [("python", "CIDER"), (None, None)]


def test_a_clone_in_a_language_that_is_not_there_is_refused_with_those_that_are() -> None:
    session = FakeSession()
    (reply,) = replies_to({"op": "clone", "lang": "ruby"}, session)
    assert reply["status"] == ["error", "unknown-lang", "done"]
    assert reply["languages"] == ["basilisp", "python"]
    assert session.cloned == []
