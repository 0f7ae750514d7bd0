"""The conversation of a `load-file`."""

from __future__ import annotations

import pytest

from tests.middleware.fakes import UNSAVED, FakeSession, replies_to


@pytest.fixture
def session() -> FakeSession:
    session = FakeSession()
    session.frames = [{"op": "result", "value": "3", "ns": "app.main"}]
    return session


@pytest.mark.parametrize(
    ("path", "lang"),
    [("/p/a.py", "python"), ("/p/a.lpy", "basilisp"), ("/p/a.clj", "basilisp"), ("/p/a.cljc", "basilisp")],
)
def test_the_ending_decides_the_language(session: FakeSession, path: str, lang: str) -> None:
    replies_to({"op": "load-file", "file": "x", "file-path": path}, session)
    assert session.asked == [{"op": "load", "source": "x", "file": path, "lang": lang, "session": "s1"}]


def test_another_ending_leaves_it_to_the_session(session: FakeSession) -> None:
    session.lang = "python"
    replies_to({"op": "load-file", "file": "x", "file-name": "Makefile"}, session)
    assert session.asked[0]["lang"] == "python"


def test_a_language_in_the_request_wins(session: FakeSession) -> None:
    replies_to({"op": "load-file", "file": "x", "file-path": "a.py", "lang": "basilisp"}, session)
    assert session.asked[0]["lang"] == "basilisp"


def test_a_module_of_the_project_is_loaded_under_its_name(session: FakeSession) -> None:
    replies_to({"op": "load-file", "file": "x", "file-path": "/p/app/main.py"}, session)
    assert session.asked[0]["name"] == "app.main"


def test_devices_import_what_was_loaded_but_not_what_has_failed_or_is_no_module(session: FakeSession) -> None:
    UNSAVED.clear()
    replies_to({"op": "load-file", "file": "x", "file-path": "/p/app/main.py"}, session)
    replies_to({"op": "load-file", "file": "x", "file-path": "/elsewhere.py"}, session)
    session.frames = [{"op": "error", "type": "runtime", "error": "E: no", "ex": "E", "ns": "app.main"}]
    replies_to({"op": "load-file", "file": "y", "file-path": "/p/app/main.py"}, session)
    assert UNSAVED == [("/p/app/main.py", "x")]


def test_the_reply_has_no_ns_and_the_session_stays_where_it_is(session: FakeSession) -> None:
    assert replies_to({"op": "load-file", "file": "x"}, session) == [{"value": "3"}, {"status": ["done"]}]
    assert session.ns == "user"


def test_an_error_has_no_ns_either(session: FakeSession) -> None:
    session.frames = [{"op": "error", "type": "runtime", "error": "E: no", "ex": "E", "ns": "app.main"}]
    _, error, done = replies_to({"op": "load-file", "file": "x"}, session)
    assert error == {"ex": "E", "root-ex": "E", "status": ["eval-error"]}
    assert done == {"status": ["done"]}


def test_an_empty_file_is_loaded_and_gives_no_value(session: FakeSession) -> None:
    session.frames = [{"op": "result", "ns": "user"}]
    assert replies_to({"op": "load-file", "file": ""}, session) == [{"status": ["done"]}]


def test_a_file_that_is_no_text_is_refused(session: FakeSession) -> None:
    (reply,) = replies_to({"op": "load-file", "file": b"\xff"}, session)
    assert reply["status"] == ["error", "bad-file", "done"]
